#!lua flags=allow-oom
-- What a shard shows of itself at one moment. KEYS: witness, backlog, stream.
-- ARGV: the generation to begin with where there is none (empty: none is begun), and the next mark (0: none); of the
-- last look that PostgreSQL has remembered, as far as the caller knows, when it was (0: none) and how many events were
-- settled then.
-- A mark is written only in its turn, after the one before it, and only where events came since: a queue that went
-- back keeps its lower mark, and an idle one writes nothing.
-- Returns generation, mark, when it was written, how many events had been accepted then, now, the last id, the oldest
-- id, events accepted, events that wait; how often ingest found the queue behind what it knew, since when it was so at
-- most, and by how many events; when the mark before was written; when the last look was that PostgreSQL has remembered.
-- Times are milliseconds since 1970.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local counts = redis.call('HMGET', KEYS[2], 'accepted', 'events')
local accepted = tonumber(counts[1]) or 0
local known = redis.call('HMGET', KEYS[1], 'generation', 'mark', 'at', 'accepted', 'behind', 'behind_from', 'behind_about', 'before', 'told', 'told_settled')
local generation, mark = known[1], tonumber(known[2]) or 0
local at, before = tonumber(known[3]) or now, tonumber(known[4]) or accepted
local previous = tonumber(known[8]) or 0
if not generation and ARGV[1] ~= '' then
  generation = ARGV[1]
  redis.call('HSET', KEYS[1], 'generation', generation, 'mark', 0, 'at', now, 'accepted', accepted)
end
if generation and tonumber(ARGV[2]) == mark + 1 and accepted ~= before then
  mark, previous, at, before = mark + 1, at, now, accepted
  redis.call('HSET', KEYS[1], 'mark', mark, 'at', now, 'accepted', accepted, 'before', previous)
end
local told = tonumber(known[9]) or 0
if generation and tonumber(ARGV[3]) > told and ARGV[4] ~= known[10] then
  told = tonumber(ARGV[3])
  redis.call('HSET', KEYS[1], 'told', told, 'told_settled', ARGV[4])
end
local last, oldest = 0, 0
if redis.call('EXISTS', KEYS[3]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[3])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      last = tonumber(string.match(info[i + 1], '^%d+'))
    end
  end
  local first = redis.call('XRANGE', KEYS[3], '-', '+', 'COUNT', 1)[1]
  oldest = first and tonumber(string.match(first[1], '^%d+')) or 0
end
return {generation or '', mark, at, before, now, last, oldest, accepted, tonumber(counts[2]) or 0,
  tonumber(known[5]) or 0, tonumber(known[6]) or 0, tonumber(known[7]) or 0, previous, told}
