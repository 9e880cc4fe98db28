-- What release.lua, downgrade.lua and leave.lua end with: hands the lock to the writer whose turn it is, or wakes readers.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 command that publishes: "PUBLISH" or "SPUBLISH"
-- Answers {1, id of the writer that has the lock now, its grant as write.lua answers it} | {1, "r"}: the readers were
--      called | {1, ""}
local HANDED = 1000000 -- us that it is handed over for; who gets it renews it at once
local LOOKS = 8 -- most writers that are looked at in one step
local NEW = 2500000 -- us after its arrival in which a writer may not listen yet

local function publish(channel, message)
  local heard = redis.pcall(ARGV[2], channel, message)
  if type(heard) == 'table' then -- a server without sharded channels
    heard = redis.call('PUBLISH', channel, message)
  end
  return heard
end

local function call_readers()
  publish(KEYS[1] .. ':c', '')
  return {1, 'r'}
end

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local state = redis.call('HMGET', KEYS[1], 'w', 'g', 't', 'ax')
local found = ''
if state[1] then
  if tonumber(string.sub(state[1], 1, 16)) > now then
    return {1, ''}
  end
  found = 'w'
end
if state[4] then
  if tonumber(state[4]) > now and redis.call('EXISTS', KEYS[4]) == 1 then
    return call_readers()
  end
  redis.call('DEL', KEYS[4])
  redis.call('HDEL', KEYS[1], 'ax')
end

if state[2] and tonumber(state[2]) > now and redis.call('EXISTS', KEYS[3]) == 1 then
  local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
  if last[2] then
    if tonumber(last[2]) > now then
      return {1, ''} -- the last reader will hand over
    end
    found = found == '' and 'r' or found
  end
  -- Hands it to the writer that has waited longest. One for which nobody listens is dead, or about to listen: it is passed
  -- over, and goes when it is not new. Also when the memory is full: something has been written before.
  local own = string.match(ARGV[1], '^[^:]*')
  local token = string.format('%.0f', math.max((state[3] or 0) + 1, now))
  local grant = token .. ',' .. time[1] .. ',' .. time[2] .. ',' .. found
  local place = 0
  for _ = 1, LOOKS do
    local head = redis.call('ZRANGE', KEYS[3], place, place, 'WITHSCORES')
    local id = head[1]
    if not id then
      break
    end
    local client = string.match(id, '^[^:]*')
    if client == own or publish(KEYS[1] .. ':c:' .. client, grant .. ',' .. id) > 0 then
      redis.call('HSET', KEYS[1], 'w', string.format('%.0f:%s', now + HANDED, id), 't', token, 'f', found)
      redis.call('PEXPIRE', KEYS[1], 86400000)
      redis.call('DEL', KEYS[2])
      redis.call('ZREM', KEYS[3], id)
      if redis.call('EXISTS', KEYS[3]) == 0 then -- no writer waits any more
        if redis.call('EXISTS', KEYS[5]) == 1 then
          redis.call('HSET', KEYS[1], 'g', '0')
        else
          redis.call('HDEL', KEYS[1], 'g')
        end
      end
      return {1, id, grant}
    end
    if now - head[2] > NEW then
      redis.call('ZREM', KEYS[3], id)
    else
      place = place + 1
    end
  end
  if redis.call('EXISTS', KEYS[3]) == 1 then
    return {1, ''} -- they ask again by themselves; if not, the gate opens when the last intent ends
  end
end

if state[2] then -- no writer waits: the gate is open
  redis.call('HDEL', KEYS[1], 'g')
  redis.call('DEL', KEYS[3])
  if redis.call('EXISTS', KEYS[5]) == 1 then
    redis.pcall('HSET', KEYS[1], 'g', '0')
    return call_readers()
  end
end
return {1, ''}
