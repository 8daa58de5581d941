-- Adds entries to a shard's stream, counts them as its backlog and as accepted, or refuses them all.
-- KEYS: stream, backlog, the prefix of the accepted counts, one hash a minute, and witness.
-- ARGV: most events, most bytes, version, seconds to keep accepted counts, how many events had been accepted in the
-- queue's life when the caller last heard of it, the mark's time that it was told then, number of entries, how many
-- counts of accepted events an hour may have by site, for each entry its count, data, stripe and traces; then for each
-- site its id and number of events.
-- Returns how many events have been accepted now, and when the mark before the present one was written, which
-- PostgreSQL has seen for sure (0: there is none); or nothing where the backlog would be over its bounds.
-- A queue that has accepted fewer than the caller was told has gone back: that is noted for whoever watches it, from
-- the mark that the caller was told of, for the present one may have been written since.
local first, entries = 9, tonumber(ARGV[7])
local last = first + 4 * entries - 1
local events, bytes = 0, 0
for i = first, last, 4 do
  events = events + tonumber(ARGV[i])
  bytes = bytes + #ARGV[i + 1]
end
local queued = redis.call('HMGET', KEYS[2], 'events', 'bytes', 'accepted', 'counted_hour', 'counted')
if (tonumber(queued[1]) or 0) + events > tonumber(ARGV[1])
  or (tonumber(queued[2]) or 0) + bytes > tonumber(ARGV[2]) then
  return {}
end
local noted = redis.call('HMGET', KEYS[4], 'at', 'before', 'mark', 'behind_from', 'behind_about')
local behind = tonumber(ARGV[5]) - (tonumber(queued[3]) or 0)
if behind > 0 then
  local is_new = noted[3] == '0' and not queued[3] -- whoever watches has seen that it was replaced
  local from, told = tonumber(noted[1]) or 0, tonumber(ARGV[6])
  if told > 0 and (from == 0 or told < from) then
    from = told
  end
  if from > 0 and from == tonumber(noted[4]) then
    behind = math.max(behind, tonumber(noted[5]))
  end
  if not is_new then
    redis.call('HINCRBY', KEYS[4], 'behind', 1)
    redis.call('HSET', KEYS[4], 'behind_from', from, 'behind_about', behind)
  end
end
local id
for i = first, last, 4 do
  if ARGV[i + 3] == '' then
    id = redis.call('XADD', KEYS[1], '*', 'v', ARGV[3], 'n', ARGV[i], 'data', ARGV[i + 1], 'g', ARGV[i + 2])
  else
    id = redis.call('XADD', KEYS[1], '*', 'v', ARGV[3], 'n', ARGV[i], 'data', ARGV[i + 1], 'g', ARGV[i + 2],
      't', ARGV[i + 3])
  end
end
redis.call('HINCRBY', KEYS[2], 'events', events)
redis.call('HINCRBY', KEYS[2], 'bytes', bytes)
local total = redis.call('HINCRBY', KEYS[2], 'accepted', events)
-- the minute of the entry's own id; the key has the shard's hash tag as all others
local minute = math.floor(tonumber(string.match(id, '^%d+')) / 60000)
local accepted, hour = KEYS[3] .. minute, math.floor(minute / 60)
local counted = tonumber(queued[4]) == hour and tonumber(queued[5]) or 0
local before, most = counted, tonumber(ARGV[8])
for i = last + 1, #ARGV, 2 do
  local place = ARGV[i]
  if counted >= most and not redis.call('HGET', accepted, place) then
    place = '\0' .. string.sub(redis.sha1hex(place), 1, 1) -- a count that sites share: infra/ledger/shared_counts.py
  end
  if redis.call('HINCRBY', accepted, place, ARGV[i + 1]) == tonumber(ARGV[i + 1]) then
    counted = counted + 1
  end
end
if counted > before then
  redis.call('HSET', KEYS[2], 'counted_hour', hour, 'counted', counted)
end
redis.call('EXPIRE', accepted, ARGV[4])
return {total, tonumber(noted[2] or noted[1]) or 0}
