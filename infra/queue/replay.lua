-- Queues a dead letter's event again, as newly accepted, and forgets the letter; 0 if the letter is gone.
-- KEYS: stream, backlog, dead letters, and the prefix of the accepted counts.
-- ARGV: message id, payload, site, seconds to keep accepted counts, how many of these an hour may have by site.
if redis.call('HDEL', KEYS[3], ARGV[1]) == 0 then
  return 0
end
local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'n', '1', 'data', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'events', 1)
redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[2])
redis.call('HINCRBY', KEYS[2], 'accepted', 1)
local minute = math.floor(tonumber(string.match(id, '^%d+')) / 60000)
local accepted, place = KEYS[4] .. minute, ARGV[3]
local counted = redis.call('HMGET', KEYS[2], 'counted_hour', 'counted')
local is_full = tonumber(counted[1]) == math.floor(minute / 60) and tonumber(counted[2]) >= tonumber(ARGV[5])
if is_full and not redis.call('HGET', accepted, place) then
  place = '\0' .. string.sub(redis.sha1hex(place), 1, 1) -- as append.lua does
end
redis.call('HINCRBY', accepted, place, 1)
redis.call('EXPIRE', accepted, ARGV[4])
return 1
