-- What release.lua, downgrade.lua and leave.lua end with: wakes whose turn it is.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 command that publishes: "PUBLISH" or "SPUBLISH"
-- Answers {1, id of the writer that was called, "r" if the readers were, "" if nobody was}
local CALL = 50000 -- us that a writer that was called has the lock to itself
local LOOKS = 8 -- most writers that are looked at in one step
local NEW = 2500000 -- us after its arrival in which a writer may not listen yet

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
  -- Calls the writer that has waited longest. One that was called before and did not come goes, and queues again if it
  -- lives. One for which nobody listens is dead, or about to listen: it is passed over, and goes when it is not new.
  local own = string.match(ARGV[1], '^[^:]*')
  local place, late = 0, false
  for _ = 1, LOOKS do
    local head = redis.call('ZRANGE', KEYS[3], place, place, 'WITHSCORES')
    if not head[1] then
      break
    end
    if head[1] == state[3] and tonumber(state[4]) <= now then
      redis.call('ZREM', KEYS[3], head[1])
      late = true
    else
      local client = string.match(head[1], '^[^:]*')
      if client == own or publish(KEYS[1] .. ':c:' .. client) > 0 then
        -- pcall: it fails when the memory is full; releasing must not
        redis.pcall('HSET', KEYS[1], 'n', head[1], 'nx', string.format('%.0f', now + CALL))
        return {1, head[1]}
      end
      if now - head[2] > NEW then
        redis.call('ZREM', KEYS[3], head[1])
      else
        place = place + 1
      end
    end
  end
  if late or redis.call('EXISTS', KEYS[3]) == 1 then
    return {1, ''} -- they ask again by themselves; if not, the gate opens when the last intent ends
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
