-- Ends entries: they are acknowledged, deleted and no longer counted; events that died of them are kept.
-- KEYS: stream, backlog, failures, dead letters.
-- ARGV: group, number of entries, for each its stream id, count and bytes; then dead letters: id, letter, …
-- Returns how many entries it ended. Entries that another poller ended meanwhile change nothing, nor
-- do dead letters that came with one: its events were dealt with there.
local entries = tonumber(ARGV[2])
local ended, at = 0, 3
for _ = 1, entries do
  local id, count, bytes = ARGV[at], tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
  redis.call('XACK', KEYS[1], ARGV[1], id)
  if redis.call('XDEL', KEYS[1], id) == 1 then
    ended = ended + 1
    if count > 0 then
      redis.call('HINCRBY', KEYS[2], 'events', -count)
      redis.call('HINCRBY', KEYS[2], 'bytes', -bytes)
    end
  end
  if redis.call('HDEL', KEYS[3], id) == 1 then
    for index = 0, count - 1 do
      redis.call('HDEL', KEYS[3], id .. '/' .. index)
    end
  end
  at = at + 3
end
if ended == entries then
  for i = at, #ARGV, 2 do
    redis.call('HSETNX', KEYS[4], ARGV[i], ARGV[i + 1])
  end
end
return ended
