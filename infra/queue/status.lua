-- How a shard is doing, at one moment. KEYS: stream, backlog, dead letters.
-- Returns events, bytes, entries, dead letters, and the age of the oldest entry in milliseconds (0 where
-- there is none): settled entries are deleted, so the first one is the oldest that waits.
local queued = redis.call('HMGET', KEYS[2], 'events', 'bytes')
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local age = 0
if first then
  local now = redis.call('TIME')
  age = tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000) - tonumber(string.match(first[1], '^%d+'))
end
return {
  tonumber(queued[1]) or 0, tonumber(queued[2]) or 0, redis.call('XLEN', KEYS[1]), redis.call('HLEN', KEYS[3]), age
}
