-- Who holds the lock and who waits, the first thousand of each kind, for people to read.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- Answers {time of Redis us, token, then three of each party: kind "w" writes, "r" reads, "W" waits to write, "R" waits
--      to read; id; when the hold runs out, or for "W" since when it waits, us}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'w', 't', 'g')
local answer = {string.format('%.0f', now), state[2] or '0'}
if state[1] and tonumber(string.sub(state[1], 1, 16)) > now then
  answer[3], answer[4], answer[5] = 'w', string.sub(state[1], 18), string.sub(state[1], 1, 16)
end
local function add(kind, key, from)
  local all = redis.call('ZRANGEBYSCORE', key, from, '+inf', 'WITHSCORES', 'LIMIT', 0, 1000)
  for i = 1, #all, 2 do
    answer[#answer + 1] = kind
    answer[#answer + 1] = all[i]
    answer[#answer + 1] = all[i + 1]
  end
end
add('r', KEYS[2], now)
if state[3] and tonumber(state[3]) > now then
  add('W', KEYS[3], '-inf')
end
add('R', KEYS[4], now)
add('R', KEYS[5], now)
return answer
