#!lua flags=allow-oom
-- Which of these sites may have events. A site is new if it had none in the hours that the ledger remembers, and an
-- hour has room for a number of new ones. KEYS: sites, a sorted set of each one's last hour, and the prefix of the
-- counts of new sites, one hash an hour. ARGV: most new sites an hour, hours to remember; then for each site its id
-- and its number of events.
-- Returns a 1 for each site that may, 0 for others, whose events are counted as refused; then the seconds until the
-- next hour. Sites that are not admitted take no memory.
local now = tonumber(redis.call('TIME')[1])
local hour = math.floor(now / 3600)
local counts = KEYS[2] .. hour
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', hour - tonumber(ARGV[2]) - 1)
local new = tonumber(redis.call('HGET', counts, 'sites')) or 0
local answer = {}
for i = 3, #ARGV, 2 do
  local known = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if known or new < tonumber(ARGV[1]) then
    if not known then
      new = redis.call('HINCRBY', counts, 'sites', 1)
    end
    redis.call('ZADD', KEYS[1], hour, ARGV[i])
    table.insert(answer, 1)
  else
    redis.call('HINCRBY', counts, 'refused', ARGV[i + 1])
    table.insert(answer, 0)
  end
end
redis.call('EXPIRE', counts, tonumber(ARGV[2]) * 3600)
table.insert(answer, 3600 - now % 3600)
return answer
