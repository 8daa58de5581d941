-- Takes one request from each of some quotas, or from none of them if one is exceeded (generic cell rate
-- algorithm: a key holds the time, in microseconds since 1970, at which its quota would be whole again).
-- KEYS: a key a quota, then the ledger's count of refused requests of this minute.
-- ARGV: microseconds in which one request's worth comes back, the window in microseconds, and seconds to keep
-- the count of refused requests.
-- Returns whether one is exceeded; and, of the tightest, how many are left and the microseconds until one more is.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local interval, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local quotas = #KEYS - 1
local whole, latest = {}, 0
for i = 1, quotas do
  whole[i] = math.max(tonumber(redis.call('GET', KEYS[i])) or 0, now)
  latest = math.max(latest, whole[i])
end
local is_exceeded = latest + interval - now > window
if is_exceeded then
  redis.call('INCR', KEYS[#KEYS])
  redis.call('EXPIRE', KEYS[#KEYS], ARGV[3])
else
  latest = latest + interval
  for i = 1, quotas do
    local at = whole[i] + interval
    redis.call('SET', KEYS[i], string.format('%.0f', at), 'PX', math.ceil((at - now) / 1000))
  end
end
local spare = window - (latest - now)
local left = math.max(math.floor(spare / interval), 0)
return {is_exceeded and 1 or 0, left, math.ceil((left + 1) * interval - spare)}
