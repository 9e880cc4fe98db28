-- What release.lua, downgrade.lua and leave.lua end with: wakes whose turn it is.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 command that publishes: "PUBLISH" or "SPUBLISH"
-- Answers {1, id of the writer that was called, "r" if the readers were, "" if nobody was}
local CALL = 50000 -- us that a writer that was called has the lock to itself
local DEAD = 8 -- most dead writers that one release passes over

local function publish(channel)
  local heard = redis.pcall(ARGV[2], channel, '')
  if type(heard) == 'table' then -- a server without sharded channels
    heard = redis.call('PUBLISH', channel, '')
  end
  return heard
end

local function call_readers()
  publish(KEYS[1] .. ':c')
  return {1, 'r'}
end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'w', 'g', 'n', 'nx', 'ax')
if state[1] and tonumber(string.sub(state[1], 1, 16)) > now then
  return {1, ''}
end
if state[5] then
  if tonumber(state[5]) > now and redis.call('EXISTS', KEYS[4]) == 1 then
    return call_readers()
  end
  redis.call('DEL', KEYS[4])
  redis.call('HDEL', KEYS[1], 'ax')
end

if state[2] and tonumber(state[2]) > now then
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  if last[2] and tonumber(last[2]) > now and redis.call('EXISTS', KEYS[3]) == 1 then
    return {1, ''} -- the last reader will call
  end
  -- Calls the writer that has waited longest; one for which nobody listens, or that was called before and did not come,
  -- goes, and queues again if it lives.
  local own = string.match(ARGV[1], '^[^:]*')
  for _ = 1, DEAD do
    local head = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
    if not head then
      break
    end
    if not (head == state[3] and tonumber(state[4]) <= now) then
      local client = string.match(head, '^[^:]*')
      if client == own or publish(KEYS[1] .. ':c:' .. client) > 0 then
        -- pcall: it fails when the memory is full; releasing must not
        redis.pcall('HSET', KEYS[1], 'n', head, 'nx', string.format('%.0f', now + CALL))
        return {1, head}
      end
    end
    redis.call('ZREM', KEYS[3], head)
  end
  if redis.call('EXISTS', KEYS[3]) == 1 then
    return {1, ''} -- more of the dead; the living ask again by themselves
  end
end

if state[2] then -- no writer waits: the gate is open
  redis.call('HDEL', KEYS[1], 'g', 'n', 'nx')
  redis.call('DEL', KEYS[3])
  if redis.call('EXISTS', KEYS[5]) == 1 then
    redis.pcall('HSET', KEYS[1], 'g', '0')
    return call_readers()
  end
end
return {1, ''}
