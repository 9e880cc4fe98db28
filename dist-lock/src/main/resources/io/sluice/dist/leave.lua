-- Withdraws a request, whatever came of it. Ends with settle.lua.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 see settle.lua
do
  local held = redis.call('HGET', KEYS[1], 'w')
  if held and string.sub(held, 18) == ARGV[1] then
    redis.call('HDEL', KEYS[1], 'w', 'n')
  end
  for i = 2, 5 do
    redis.call('ZREM', KEYS[i], ARGV[1])
  end
end

