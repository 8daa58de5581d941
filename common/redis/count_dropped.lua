-- Count a minute's events that were accepted without a field. KEYS: the minute's counts.
-- ARGV: how many seconds they are kept, the most counts by site and field, and for each count: field, site, events.
local counts = redis.call('HLEN', KEYS[1])
for at = 3, #ARGV, 3 do
    counts = counts + 1
    local site = counts <= tonumber(ARGV[2]) and ARGV[at + 1] or ''
    redis.call('HINCRBY', KEYS[1], ARGV[at] .. ' ' .. site, ARGV[at + 2])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
