-- Gives a hold back. Begins with settle.lua.
-- ARGV 4 "w" or "r": how it is held  5 after how many writers waiting readers have their turn; 0: never
-- Answers {1 done | 0 there was no such hold, who was called}
local id = ARGV[1]
if ARGV[4] == 'r' then
  if redis.call('ZREM', KEYS[2], id) == 0 then
    return {0, ''}
  end
  if not redis.call('HGET', KEYS[1], 'g') then
    return {1, ''} -- readers wait for writers only
  end
  return {1, settle()}
end

local state = redis.call('HMGET', KEYS[1], 'w', 'g')
if state[1] ~= id then
  return {0, ''}
end
redis.call('HDEL', KEYS[1], 'w', 'wx')
local readers = redis.call('EXISTS', KEYS[5]) == 1
if not state[2] and not readers then
  return {1, ''}
end

local bound = tonumber(ARGV[5])
if bound > 0 then
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  if readers then
    redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now) -- those of dead clients
    readers = redis.call('EXISTS', KEYS[5]) == 1
  end
  if not readers then
    redis.call('HDEL', KEYS[1], 'p')
  else
    local passed = redis.pcall('HINCRBY', KEYS[1], 'p', 1) -- fails when the memory is full; releasing must not
    if type(passed) == 'number' and passed >= bound then
      redis.call('RENAME', KEYS[5], KEYS[4])
      redis.pcall('HSET', KEYS[1], 'ax', string.format('%.0f', now + 1200000))
      redis.call('HDEL', KEYS[1], 'p')
    end
  end
end
return {1, settle()}
