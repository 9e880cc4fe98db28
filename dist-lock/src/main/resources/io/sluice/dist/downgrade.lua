-- Turns the write hold into a read hold of the same id. Begins with settle.lua.
-- ARGV 4 lease, us
-- Answers {1 done | 0 there was no such hold, who was called}
local id = ARGV[1]
local state = redis.call('HMGET', KEYS[1], 'w', 'wx')
if state[1] ~= id then
  return {redis.call('ZSCORE', KEYS[2], id) and 1 or 0, ''} -- 1: the answer was lost
end
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
if tonumber(state[2]) <= now then
  return {0, ''}
end
redis.call('ZADD', KEYS[2], now + tonumber(ARGV[4]), id)
redis.call('PEXPIRE', KEYS[2], 86400000)
redis.call('HDEL', KEYS[1], 'w', 'wx')
return {1, settle()}
