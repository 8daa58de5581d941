-- Adds entries to a shard's stream, counts them as its backlog and as accepted, or refuses them all.
-- KEYS: stream, backlog, and the prefix of the accepted counts, one hash a minute.
-- ARGV: most events, most bytes, version, seconds to keep accepted counts, number of entries, for each its
-- count and data; then for each site its id and number of events.
-- Returns 1, or 0 where the backlog would be over its bounds.
local first, entries = 6, tonumber(ARGV[5])
local last = first + 2 * entries - 1
local events, bytes = 0, 0
for i = first, last, 2 do
  events = events + tonumber(ARGV[i])
  bytes = bytes + #ARGV[i + 1]
end
local queued = redis.call('HMGET', KEYS[2], 'events', 'bytes')
if (tonumber(queued[1]) or 0) + events > tonumber(ARGV[1])
  or (tonumber(queued[2]) or 0) + bytes > tonumber(ARGV[2]) then
  return 0
end
local id
for i = first, last, 2 do
  id = redis.call('XADD', KEYS[1], '*', 'v', ARGV[3], 'n', ARGV[i], 'data', ARGV[i + 1])
end
redis.call('HINCRBY', KEYS[2], 'events', events)
redis.call('HINCRBY', KEYS[2], 'bytes', bytes)
redis.call('HINCRBY', KEYS[2], 'accepted', events)
-- the minute of the entry's own id; the key has the shard's hash tag as all others
local accepted = KEYS[3] .. math.floor(tonumber(string.match(id, '^%d+')) / 60000)
for i = last + 1, #ARGV, 2 do
  redis.call('HINCRBY', accepted, ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', accepted, ARGV[4])
return 1
