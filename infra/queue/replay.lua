-- Queues a dead letter's event again, as newly accepted, and forgets the letter; 0 if the letter is gone.
-- KEYS: stream, backlog, dead letters, and the prefix of the accepted counts.
-- ARGV: message id, payload, site, seconds to keep accepted counts.
if redis.call('HDEL', KEYS[3], ARGV[1]) == 0 then
  return 0
end
local id = redis.call('XADD', KEYS[1], '*', 'v', '1', 'n', '1', 'data', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'events', 1)
redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[2])
redis.call('HINCRBY', KEYS[2], 'accepted', 1)
local accepted = KEYS[4] .. math.floor(tonumber(string.match(id, '^%d+')) / 60000)
redis.call('HINCRBY', accepted, ARGV[3], 1)
redis.call('EXPIRE', accepted, ARGV[4])
return 1
