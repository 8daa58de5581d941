#!lua flags=allow-oom
-- How a shard is doing, at one moment. KEYS: stream, backlog, dead letters.
-- Returns events, bytes, entries, dead letters, the age of the oldest entry in milliseconds (0 where there is none),
-- the time now, and how far the stream's newest id is ahead of it. Settled entries are deleted, so the first one is the
-- oldest that waits. An id of the future says nothing of an entry's age: that counts from when somebody first asked.
local queued = redis.call('HMGET', KEYS[2], 'events', 'bytes', 'head', 'head_at')
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local first = redis.call('XRANGE', KEYS[1], '-', '+', 'COUNT', 1)[1]
local age, ahead = 0, 0
if first then
  age = now - tonumber(string.match(first[1], '^%d+'))
  if age < 0 then
    if queued[3] ~= first[1] then
      redis.call('HSET', KEYS[2], 'head', first[1], 'head_at', now)
      age = 0
    else
      age = now - tonumber(queued[4])
    end
  end
  local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
  ahead = tonumber(string.match(newest[1], '^%d+')) - now
end
return {
  tonumber(queued[1]) or 0, tonumber(queued[2]) or 0, redis.call('XLEN', KEYS[1]), redis.call('HLEN', KEYS[3]), age,
  now, math.max(ahead, 0)
}
