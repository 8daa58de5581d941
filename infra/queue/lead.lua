#!lua flags=allow-oom
-- Takes the lead of a shard, or keeps it, for so many milliseconds; 0: gives it up. KEYS: lead. ARGV: poller, milliseconds.
-- Returns whether it is, or was, this poller's. It runs where memory is full, too: the queue could not drain otherwise.
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  return 0
end
if ARGV[2] == '0' then
  redis.call('DEL', KEYS[1])
else
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return 1
