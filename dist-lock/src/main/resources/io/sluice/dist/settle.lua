-- What release.lua, downgrade.lua and leave.lua begin with: who is to be woken.
-- KEYS 1 state  2 readers  3 writers  4 admitted  5 waiting readers
-- ARGV 1 id  2 channel of the readers; that of a client: this, ":" and the client
--      3 command that publishes: "PUBLISH" or "SPUBLISH"
-- Answers the id of the writer that was called, "r" if the readers were, "" if nobody was.
local CALL = 50000 -- us that a writer that was called has the lock to itself
local DEAD = 8 -- most dead writers that one release passes over

local function publish(channel)
  local heard = redis.pcall(ARGV[3], channel, '')
  if type(heard) == 'table' then -- a server without sharded channels
    heard = redis.call('PUBLISH', channel, '')
  end
  return heard
end

local function client_of(id)
  return string.match(id, '^[^:]*')
end

local function call_readers()
  publish(ARGV[2])
  return 'r'
end

-- Calls the writer that has waited longest; one that nobody hears for, or that was called before and did not come,
-- goes, and queues again if it lives.
local function call_writer(now, called, lapse)
  for _ = 1, DEAD do
    local head = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
    if not head then
      return nil
    end
    if not (head == called and lapse <= now) then
      local client = client_of(head)
      if client == client_of(ARGV[1]) or publish(ARGV[2] .. ':' .. client) > 0 then
        redis.pcall('HSET', KEYS[1], 'n', head, 'nx', string.format('%.0f', now + CALL))
        return head
      end
    end
    redis.call('ZREM', KEYS[3], head)
  end
  return ''
end

local function settle()
  local time = redis.call('TIME')
  local now = time[1] * 1000000 + time[2]
  local state = redis.call('HMGET', KEYS[1], 'w', 'wx', 'g', 'n', 'nx', 'ax')
  if state[1] and tonumber(state[2]) > now then
    return ''
  end
  if state[6] then
    if tonumber(state[6]) > now and redis.call('EXISTS', KEYS[4]) == 1 then
      return call_readers()
    end
    redis.call('DEL', KEYS[4])
    redis.call('HDEL', KEYS[1], 'ax')
  end
  if state[3] and tonumber(state[3]) > now then
    local last = redis.call('ZRANGE', KEYS[2], -1, -1, 'WITHSCORES')
    if last[2] and tonumber(last[2]) > now then
      if redis.call('EXISTS', KEYS[3]) == 1 then
        return ''
      end
    else
      local called = call_writer(now, state[4], tonumber(state[5] or 0))
      if called then
        return called
      end
    end
  end
  if state[3] then -- no writer waits any more: the gate opens
    redis.call('HDEL', KEYS[1], 'g', 'n', 'nx')
    redis.call('DEL', KEYS[3])
  end
  if redis.call('EXISTS', KEYS[5]) == 1 then
    return call_readers()
  end
  return ''
end
