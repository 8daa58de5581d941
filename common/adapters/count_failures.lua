-- Notes one more failure of each message, all or none. KEYS: failures. ARGV: fields. Returns the new counts.
local counts = {}
for i = 1, #ARGV do
  counts[i] = redis.call('HINCRBY', KEYS[1], ARGV[i], 1)
end
return counts
