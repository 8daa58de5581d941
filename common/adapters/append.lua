-- Adds entries to a shard's stream and counts them as its backlog, or refuses them all.
-- KEYS: stream, backlog. ARGV: most events, most bytes, version, then for each entry its count and data.
-- Returns 1, or 0 where the backlog would be over its bounds.
local events, bytes = 0, 0
for i = 4, #ARGV, 2 do
  events = events + tonumber(ARGV[i])
  bytes = bytes + #ARGV[i + 1]
end
local queued = redis.call('HMGET', KEYS[2], 'events', 'bytes')
if (tonumber(queued[1]) or 0) + events > tonumber(ARGV[1])
  or (tonumber(queued[2]) or 0) + bytes > tonumber(ARGV[2]) then
  return 0
end
for i = 4, #ARGV, 2 do
  redis.call('XADD', KEYS[1], '*', 'v', ARGV[3], 'n', ARGV[i], 'data', ARGV[i + 1])
end
redis.call('HINCRBY', KEYS[2], 'events', events)
redis.call('HINCRBY', KEYS[2], 'bytes', bytes)
return 1
