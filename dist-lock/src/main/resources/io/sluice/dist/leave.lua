-- Withdraws a request, whatever came of it. Ends with settle.lua.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 see settle.lua  3 "1" if a write hold of this id was lost, and may have been used
do
  local held = redis.call('HMGET', KEYS[1], 'w', 'f')
  if held[1] and string.sub(held[1], 18) == ARGV[1] then
    redis.call('HDEL', KEYS[1], 'w', 'f')
    if ARGV[3] == '1' or held[2] == 'w' then -- the next one is told that a writer died
      redis.call('HSET', KEYS[1], 'w', '0000000000000000:') -- of no id: LEAVE may be repeated
    end
  end
  for i = 2, 5 do
    redis.call('ZREM', KEYS[i], ARGV[1])
  end
end

