-- Prolongs a hold that has not run out.
-- KEYS 1 state  2 readers
-- ARGV 1 id  2 lease, us
-- Answers {1 done | 0 there is no such hold, ""}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'w', 'wx')
local till = now + tonumber(ARGV[2])
if state[1] == ARGV[1] then
  if tonumber(state[2]) <= now then
    return {0, ''} -- readers may have come since
  end
  redis.call('HSET', KEYS[1], 'wx', string.format('%.0f', till))
  redis.call('PEXPIRE', KEYS[1], 86400000)
  return {1, ''}
end
local score = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not score or tonumber(score) <= now then
  return {0, ''}
end
redis.call('ZADD', KEYS[2], till, ARGV[1])
redis.call('PEXPIRE', KEYS[2], 86400000)
return {1, ''}
