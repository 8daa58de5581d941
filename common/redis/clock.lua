-- The server's own clock, in milliseconds since 1970: that of the entries' ids. KEYS: any key of the shard.
local now = redis.call('TIME')
return tonumber(now[1]) * 1000 + math.floor(tonumber(now[2]) / 1000)
