-- The check of a fenced resource, and its write, in one step.
--
-- KEYS[1]  hash of the resource: token, the highest that it was shown (absent: 0), and value (absent: empty)
-- ARGV[1]  token of the caller's hold, decimal, 1 to 2^53 - 1
-- ARGV[2]  optional: the new value
--
-- Returns the highest token afterwards. Above ARGV[1]: refused, nothing was changed.

local highest = tonumber(redis.call('HGET', KEYS[1], 'token') or '0')
if tonumber(ARGV[1]) < highest then
    return highest
end
if ARGV[2] then
    redis.call('HSET', KEYS[1], 'token', ARGV[1], 'value', ARGV[2])
else
    redis.call('HSET', KEYS[1], 'token', ARGV[1])
end
return tonumber(ARGV[1])
