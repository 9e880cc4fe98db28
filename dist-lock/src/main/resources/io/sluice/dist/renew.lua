-- Prolongs a hold that has not run out.
-- KEYS 1 state  2 readers
-- ARGV 1 id  2 lease, us
-- Answers 1 done | 0 there is no such hold
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local held = redis.call('HGET', KEYS[1], 'w')
if held and string.sub(held, 18) == ARGV[1] then
  if tonumber(string.sub(held, 1, 16)) <= now then
    return 0 -- readers may have come since
  end
  redis.call('HSET', KEYS[1], 'w', string.format('%.0f:%s', now + ARGV[2], ARGV[1]))
  redis.call('HDEL', KEYS[1], 'f') -- it has been told
  redis.call('PEXPIRE', KEYS[1], 86400000)
  return 1
end
local score = redis.call('ZSCORE', KEYS[2], ARGV[1])
if not score or tonumber(score) <= now then
  return 0
end
redis.call('ZADD', KEYS[2], now + ARGV[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], 86400000)
return 1
