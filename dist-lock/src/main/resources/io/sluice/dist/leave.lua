-- Withdraws a request, whatever came of it. Begins with settle.lua.
-- Answers {1, who was called}
local id = ARGV[1]
local state = redis.call('HMGET', KEYS[1], 'w', 'n')
if state[1] == id then
  redis.call('HDEL', KEYS[1], 'w', 'wx')
end
if state[2] == id then
  redis.call('HDEL', KEYS[1], 'n', 'nx')
end
for i = 2, 5 do
  redis.call('ZREM', KEYS[i], id)
end
return {1, settle()}
