-- Ends entries: they are acknowledged, deleted and no longer counted; events that died of them are kept.
-- KEYS: stream, backlog, failures, dead letters, and the prefix of the lists of the dead, one hash a minute.
-- ARGV: group, seconds to keep lists of the dead, number of entries, for each its stream id, count and bytes;
-- then for each dead letter its id, the letter and its site.
-- Returns how many entries it ended. Entries that another poller ended meanwhile change nothing, nor
-- do dead letters that came with one: its events were dealt with there.
local entries = tonumber(ARGV[3])
local ended, at = 0, 4
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
-- whatever somebody else wrote to the stream, or said that it counts: an empty one has no backlog
if redis.call('XLEN', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[2], 'events', 0, 'bytes', 0)
end
if ended == entries then
  for i = at, #ARGV, 3 do
    redis.call('HDEL', KEYS[3], string.match(ARGV[i], ':(.+)')) -- its entry may not have said that it has so many
    if redis.call('HSETNX', KEYS[4], ARGV[i], ARGV[i + 1]) == 1 then
      local dead = KEYS[5] .. math.floor(tonumber(string.match(ARGV[i], ':(%d+)')) / 60000)
      redis.call('HSET', dead, ARGV[i], ARGV[i + 2])
      redis.call('EXPIRE', dead, ARGV[2])
    end
  end
end
return ended
