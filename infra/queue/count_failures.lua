#!lua flags=allow-oom
-- Notes one more failure of each message, all or none. KEYS: failures, stream. ARGV: fields.
-- Returns the new counts; 0 for a message that another poller settled meanwhile, which nobody would forget again.
-- It runs where memory is full, too: what can't be given up would keep the queue from draining.
local counts = {}
for i = 1, #ARGV do
  local id = string.match(ARGV[i], '^[^/]+')
  if #redis.call('XRANGE', KEYS[2], id, id) == 0 then
    counts[i] = 0
  else
    counts[i] = redis.call('HINCRBY', KEYS[1], ARGV[i], 1)
  end
end
return counts
