-- Queues a dead letter's event again and forgets the letter; 0 if the letter is gone.
-- KEYS: stream, backlog, dead letters. ARGV: message id, payload.
if redis.call('HDEL', KEYS[3], ARGV[1]) == 0 then
  return 0
end
redis.call('XADD', KEYS[1], '*', 'v', '1', 'n', '1', 'data', ARGV[2])
redis.call('HINCRBY', KEYS[2], 'events', 1)
redis.call('HINCRBY', KEYS[2], 'bytes', #ARGV[2])
return 1
