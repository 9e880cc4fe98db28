-- Asks for a read hold; asking again with the same id is the same request.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 lease, us  3 life of the intent, us; 0: does not wait  4 highest token seen
--      5 too late after this time of Redis, us; 0: never  6 "1" if this id may have asked before
-- Answers as write.lua
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[5])
if limit > 0 and now > limit then
  return {2, 0, now, ''}
end

local id = ARGV[1]
local again = ARGV[6] == '1'
local state = redis.call('HMGET', KEYS[1], 'w', 't', 'g')
local blocker, free
if state[1] and tonumber(string.sub(state[1], 1, 16)) > now then
  blocker, free = 'w' .. string.sub(state[1], 18), tonumber(string.sub(state[1], 1, 16))
elseif state[3] and tonumber(state[3]) > now then
  local turn = again and redis.call('HGET', KEYS[1], 'ax')
  local admitted = turn and tonumber(turn) > now and redis.call('ZSCORE', KEYS[4], id)
  local held = again and redis.call('ZSCORE', KEYS[2], id) -- then the answer was lost
  if not admitted and not (held and tonumber(held) > now) then
    blocker, free = 'W' .. (redis.call('ZRANGE', KEYS[3], 0, 0)[1] or ''), tonumber(state[3])
  end
end

if blocker then
  if ARGV[3] ~= '0' then
    redis.call('ZADD', KEYS[5], now + ARGV[3], id)
    redis.call('PEXPIRE', KEYS[5], 5000)
    redis.call('HSETNX', KEYS[1], 'g', '0')
    redis.call('PEXPIRE', KEYS[1], 86400000)
  end
  return {0, free - now, now, blocker}
end

redis.call('ZADD', KEYS[2], now + ARGV[2], id)
redis.call('PEXPIRE', KEYS[2], 86400000)
if again then
  redis.call('ZREM', KEYS[5], id)
  redis.call('ZREM', KEYS[4], id)
end
local token = state[2]
if not token or tonumber(token) < tonumber(ARGV[4]) then
  token = ARGV[4]
end
return token .. ',' .. time[1] .. ',' .. time[2] .. ','
