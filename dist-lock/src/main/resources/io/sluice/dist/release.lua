-- Gives a hold back. Ends with settle.lua if somebody waits.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 see settle.lua  3 "w" or "r": how it is held  4 after how many writers waiting readers have their turn; 0:
--      never
-- Answers 1 done | 0 there was no such hold | as settle.lua
if ARGV[3] == 'r' then
  if redis.call('ZREM', KEYS[2], ARGV[1]) == 0 then
    return 0
  end
  if not redis.call('HGET', KEYS[1], 'g') then
    return 1
  end
else
  local held = redis.call('HMGET', KEYS[1], 'w', 'g')
  if not held[1] or string.sub(held[1], 18) ~= ARGV[1] then
    return 0
  end
  redis.call('HDEL', KEYS[1], 'w', 'f')
  if not held[2] then
    return 1
  end
  if ARGV[4] ~= '0' then
    local time = redis.call('TIME')
    local now = time[1] * 1000000 + time[2]
    redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now) -- those of dead clients
    if redis.call('EXISTS', KEYS[5]) == 0 then
      redis.call('HDEL', KEYS[1], 'p')
    else
      local passed = redis.pcall('HINCRBY', KEYS[1], 'p', 1) -- it fails when the memory is full; releasing must not
      if type(passed) == 'number' and passed >= tonumber(ARGV[4]) then
        redis.call('RENAME', KEYS[5], KEYS[4])
        redis.pcall('HSET', KEYS[1], 'ax', string.format('%.0f', now + 1200000))
        redis.call('HDEL', KEYS[1], 'p')
      end
    end
  end
end

