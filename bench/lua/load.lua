-- wrk -s load.lua URL -- single|page|batch: different bodies, formatted once, sent round and round.
-- At the end a line of JSON: requests, seconds, errors, percentiles in milliseconds.
local requests, i = {}, 0

local function pareto(most)
  return math.min(math.floor((1 - math.random()) ^ (-1 / 0.8)), most)
end

local function event(more)
  return string.format(
    '{"site_id":"site-%d","event_type":"page_view"%s,"timestamp":"2025-11-12T%02d:%02d:%02dZ"}',
    math.random(1, 20), more, math.random(0, 23), math.random(0, 59), math.random(0, 59))
end

local function known()
  return event(string.format(',"path":"/p/%d","user_id":"u%d"', pareto(500), math.random(1, 200000)))
end

local agents = {
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 18_%d like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (X11; Linux x86_64; rv:%d.0) Gecko/20100101 Firefox/144.0",
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/%d.1 Safari/605.1.15",
}
local referrers = { "https://www.google.com/", "https://news.ycombinator.com/item?id=%d", "https://chatgpt.com/", "https://t.co/x%d" }

local function address()
  return string.format("%d.%d.%d.%d", math.random(1, 223), math.random(0, 255), math.random(0, 255), math.random(1, 254))
end

function init(args)
  math.randomseed(1)
  local kind = args[1]
  local headers = { ["Content-Type"] = "application/json" }
  for k = 1, kind == "batch" and 40 or 20000 do
    local path, body = "/event", nil
    if kind == "single" then
      body = known()
    elseif kind == "page" then
      headers["User-Agent"] = string.format(agents[math.random(#agents)], math.random(100, 144))
      headers["Accept-Language"] = "de-DE,de;q=0.9,en;q=0.8"
      headers["X-Forwarded-For"] = address()
      local referrer = string.format(referrers[math.random(#referrers)], math.random(1, 99999))
      local url = string.format("https://example.com/p/%d?utm_source=letter", pareto(500))
      body = event(string.format(',"url":"%s","referrer":"%s"', url, referrer))
    else
      local events = {}
      for e = 1, 500 do events[e] = known() end
      path, body = "/events", "[" .. table.concat(events, ",") .. "]"
    end
    requests[k] = wrk.format("POST", path, headers, body)
  end
end

function request()
  i = i % #requests + 1
  return requests[i]
end

function done(summary, latency, _)
  local e = summary.errors
  print(string.format(
    '{"requests":%d,"seconds":%f,"errors":%d,"p50":%f,"p95":%f,"p99":%f}',
    summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
    latency:percentile(50) / 1e3, latency:percentile(95) / 1e3, latency:percentile(99) / 1e3))
end
