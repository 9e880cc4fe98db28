-- Asks for a read hold; asking again with the same id is the same request.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 lease, us  3 life of the intent, us; 0: does not wait  4 highest token seen
--      5 too late after this time of Redis, us; 0: never  6 "1" if this id may have asked before
-- Answers {0 refused | 1 granted | 2 too late, us until it may be worth asking again | token, time of Redis us,
--      who is in the way, as kind (see describe.lua) and id | ""}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local late = tonumber(ARGV[5])
if late > 0 and now > late then
  return {2, 0, now, ''}
end

local state = redis.call('HMGET', KEYS[1], 'w', 'wx', 't', 'g', 'ax')
local id = ARGV[1]
local again = ARGV[6] == '1'
local blocker, free
if state[1] and tonumber(state[2]) > now then
  blocker, free = 'w' .. state[1], tonumber(state[2])
elseif state[4] and tonumber(state[4]) > now then
  local admitted = again and state[5] and tonumber(state[5]) > now and redis.call('ZSCORE', KEYS[4], id)
  if not admitted then
    local score = again and redis.call('ZSCORE', KEYS[2], id)
    if not score or tonumber(score) <= now then -- else the answer was lost
      local head = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
      if head then
        blocker, free = 'W' .. head, tonumber(state[4])
      end
    end
  end
end

if blocker then
  local intent = tonumber(ARGV[3])
  if intent > 0 then
    redis.call('ZADD', KEYS[5], now + intent, id)
    redis.call('PEXPIRE', KEYS[5], 86400000)
  end
  return {0, free - now, now, blocker}
end

redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), id)
redis.call('PEXPIRE', KEYS[2], 86400000)
if again then
  redis.call('ZREM', KEYS[5], id)
  if redis.call('ZREM', KEYS[4], id) == 1 and redis.call('EXISTS', KEYS[4]) == 0 then
    redis.call('HDEL', KEYS[1], 'ax')
  end
end
return {1, math.max(tonumber(state[3] or 0), tonumber(ARGV[4])), now, ''}
