-- Asks for the write hold; asking again with the same id is the same request.
-- KEYS 1 state  2 readers  3 writers  4 admitted
-- ARGV 1 id  2 lease, us  3 life of the intent, us; 0: does not wait  4 highest token seen
--      5 too late after this time of Redis, us; 0: never
-- Answers {0 refused | 1 granted | 2 too late, us until it may be worth asking again | token, time of Redis us,
--      who is in the way, as kind (see describe.lua) and id | what was found: "" nothing, "w" a write hold that ran out,
--      "r" read holds that did}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local late = tonumber(ARGV[5])
if late > 0 and now > late then
  return {2, 0, now, ''}
end

local state = redis.call('HMGET', KEYS[1], 'w', 'wx', 't', 'g', 'n', 'nx', 'ax')
local id = ARGV[1]
local lease = tonumber(ARGV[2])
local held = state[1] and tonumber(state[2]) > now
if held and state[1] == id then -- the answer was lost
  redis.call('HSET', KEYS[1], 'wx', string.format('%.0f', now + lease))
  return {1, tonumber(state[3]), now, ''}
end

local blocker, free
local found = ''
if held then
  blocker, free = 'w' .. state[1], tonumber(state[2])
elseif redis.call('EXISTS', KEYS[2]) == 1 then
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  if tonumber(last[2]) > now then
    blocker, free = 'r' .. last[1], tonumber(last[2])
  else
    redis.call('DEL', KEYS[2])
    found = 'r'
  end
end
if not blocker and state[7] and tonumber(state[7]) > now and redis.call('EXISTS', KEYS[4]) == 1 then
  blocker, free = 'R' .. redis.call('ZRANGE', KEYS[4], 0, 0)[1], tonumber(state[7]) -- readers have their turn
end
if not blocker and state[5] and state[5] ~= id then
  if tonumber(state[6]) > now then
    blocker, free = 'W' .. state[5], tonumber(state[6]) -- another writer was called
  else
    redis.call('ZREM', KEYS[3], state[5]) -- it did not come
  end
end

if blocker then
  local intent = tonumber(ARGV[3])
  if intent > 0 then
    redis.call('ZADD', KEYS[3], 'NX', now, id)
    redis.call('PEXPIRE', KEYS[3], 86400000)
    redis.call('HSET', KEYS[1], 'g', string.format('%.0f', now + intent))
    redis.call('PEXPIRE', KEYS[1], 86400000)
  end
  return {0, free - now, now, blocker}
end

if state[1] then
  found = 'w'
end
local token = math.max(tonumber(state[3] or 0) + 1, now, tonumber(ARGV[4]) + 1)
redis.call('HSET', KEYS[1], 'w', id, 'wx', string.format('%.0f', now + lease), 't', string.format('%.0f', token))
redis.call('PEXPIRE', KEYS[1], 86400000)
if state[5] then
  redis.call('HDEL', KEYS[1], 'n', 'nx')
end
if state[4] then
  redis.call('ZREM', KEYS[3], id)
  if redis.call('EXISTS', KEYS[3]) == 0 then
    redis.call('HDEL', KEYS[1], 'g')
  end
end
return {1, token, now, found}
