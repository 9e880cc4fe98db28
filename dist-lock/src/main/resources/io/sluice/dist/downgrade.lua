-- Turns the write hold into a read hold of the same id. Ends with settle.lua.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 see settle.lua  3 lease, us
-- Answers 1 done before | 0 there was no such hold | as settle.lua
do
  local held = redis.call('HGET', KEYS[1], 'w')
  if not held or string.sub(held, 18) ~= ARGV[1] then
    return redis.call('ZSCORE', KEYS[2], ARGV[1]) and 1 or 0 -- 1: the answer was lost
  end
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  if tonumber(string.sub(held, 1, 16)) <= now then
    return 0
  end
  redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[2], 86400000)
  redis.call('HDEL', KEYS[1], 'w', 'f')
end

