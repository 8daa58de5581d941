-- Count a minute's refused events; the count and its end in one step, or it could be kept for ever.
-- KEYS: the minute's count. ARGV: how many seconds it is kept, how many events more.
redis.call('INCRBY', KEYS[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[1])
