-- What a fenced resource holds; a script, so that it is asked of the primary and not of a replica.
--
-- KEYS[1]  hash of the resource, see fenced-write.lua
-- ARGV[1]  which field
--
-- Returns the field, or nothing.

return redis.call('HGET', KEYS[1], ARGV[1])
