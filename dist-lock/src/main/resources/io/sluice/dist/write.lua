-- Asks for the write hold; asking again with the same id is the same request.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 lease, us  3 life of the intent, us; 0: does not wait  4 highest token seen
--      5 too late after this time of Redis, us; 0: never  6 unused
-- Answers, if granted, "token,seconds,microseconds,found": the time of Redis, and what was found: "" nothing, "w" a write
--      hold that ran out, "r" read holds that did; else {0 refused | 2 too late, us until it may be worth asking again,
--      time of Redis us, who is in the way, as kind (see describe.lua) and id}
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local limit = tonumber(ARGV[5])
if limit > 0 and now > limit then
  return {2, 0, now, ''}
end

local id = ARGV[1]
local state = redis.call('HMGET', KEYS[1], 'w', 't', 'g', 'f')
local found = ''
local blocker, free, turn
if state[1] then
  local till, holder = tonumber(string.sub(state[1], 1, 16)), string.sub(state[1], 18)
  if till <= now then
    found = 'w'
  elseif holder == id then -- the answer was lost, or it was handed over
    local token = state[2]
    if tonumber(token) < tonumber(ARGV[4]) then
      token = string.format('%.0f', math.max(now, ARGV[4] + 1))
    end
    redis.call('HSET', KEYS[1], 'w', string.format('%.0f:%s', now + ARGV[2], id), 't', token)
    return token .. ',' .. time[1] .. ',' .. time[2] .. ',' .. (state[4] or '')
  else
    blocker, free = 'w' .. holder, till
  end
end
if not blocker and redis.call('EXISTS', KEYS[2]) == 1 then
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  if tonumber(last[2]) > now then
    blocker, free = 'r' .. last[1], tonumber(last[2])
  else
    redis.call('DEL', KEYS[2])
    found = found == '' and 'r' or found
  end
end
if not blocker and state[3] then
  turn = redis.call('HGET', KEYS[1], 'ax')
  if turn and tonumber(turn) > now and redis.call('EXISTS', KEYS[4]) == 1 then -- of the readers
    blocker, free = 'R' .. redis.call('ZRANGE', KEYS[4], 0, 0)[1], tonumber(turn)
  end
end

if blocker then
  if ARGV[3] ~= '0' then
    redis.call('ZADD', KEYS[3], 'NX', now, id)
    redis.call('PEXPIRE', KEYS[3], 86400000)
    redis.call('HSET', KEYS[1], 'g', string.format('%.0f', now + ARGV[3]))
    redis.call('PEXPIRE', KEYS[1], 86400000)
  end
  return {0, free - now, now, blocker}
end

local last = tonumber(state[2] or 0)
local token = math.max(last + 1, now, ARGV[4] + 1)
local text = string.format('%.0f', token)
redis.call('HSET', KEYS[1], 'w', string.format('%.0f:%s', now + ARGV[2], id), 't', text)
if math.floor(last / 3600000000) ~= math.floor(token / 3600000000) then -- once an hour is enough for a day
  redis.call('PEXPIRE', KEYS[1], 86400000)
end
if found ~= '' then
  redis.call('HSET', KEYS[1], 'f', found)
elseif state[4] then
  redis.call('HDEL', KEYS[1], 'f')
end
if state[3] then
  redis.call('ZREM', KEYS[3], id)
  if redis.call('EXISTS', KEYS[3]) == 0 then -- no writer waits any more
    if redis.call('EXISTS', KEYS[5]) == 1 then
      redis.call('HSET', KEYS[1], 'g', '0')
    else
      redis.call('HDEL', KEYS[1], 'g')
    end
  end
end
return text .. ',' .. time[1] .. ',' .. time[2] .. ',' .. found
