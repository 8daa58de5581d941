// How dimensions, metrics, periods and intervals are called. Pure.

export const DIMENSIONS = {
  channel: "Channel", source: "Source", referrer: "Referrer", utm_campaign: "Campaign", utm_source: "UTM source",
  utm_medium: "UTM medium", utm_term: "UTM term", utm_content: "UTM content", path: "Page", entry: "Entry page",
  exit: "Exit page", hostname: "Host", country: "Country", region: "Region", city: "City", browser: "Browser",
  os: "System", device: "Device", screen: "Screen", language: "Language", event_type: "Event",
};

export const METRICS = {
  visitors: "Visitors", visits: "Visits", page_views: "Page views", views_per_visit: "Views per visit",
  bounce_rate: "Bounce rate", visit_duration: "Visit duration", engaged_time: "Engaged time", scroll_depth: "Scroll depth",
  events: "Events", revenue: "Revenue",
};
export const TOTALS = ["visitors", "visits", "page_views", "views_per_visit", "bounce_rate", "visit_duration", "engaged_time", "scroll_depth"];
export const REPORTED = ["engaged_time", "scroll_depth"]; // null unless pages report them
export const LESS_IS_BETTER = ["bounce_rate"];

// Each with its key on the keyboard.
export const PERIODS = [
  ["realtime", "Realtime", "R"], ["today", "Today", "D"], ["yesterday", "Yesterday", "E"],
  ["24h", "Last 24 hours", "H"], null,
  ["7d", "Last 7 days", "W"], ["30d", "Last 30 days", "T"], ["90d", "Last 90 days", "N"], null,
  ["month", "This month", "M"], ["year", "This year", "Y"], ["12m", "Last 12 months", "L"], ["all", "All time", "A"],
];
export const COMPARISONS = { "": "No comparison", previous: "Previous period", year: "Same dates last year" };
export const INTERVALS = {
  minute: "Minutes", hour: "Hours", day: "Days", week: "Weeks", month: "Months", year: "Years",
};

/** What a site keeps by name. Conditions may be about it; no rows are by it. */
export const NAMED = { goal: "Goal", segment: "Segment" };

/** A dimension's name; a property's is its key. */
export function nameDimension(dimension) {
  return DIMENSIONS[dimension] || NAMED[dimension] || String(dimension).replace(/^props\./, "");
}

export const PANELS = [
  { id: "sources", title: "Sources", tabs: [["channel", "Channels"], ["source", "Sources"], ["referrer", "Referrers"]],
    start: "source", more: ["Campaigns", ["utm_campaign", "utm_source", "utm_medium", "utm_term", "utm_content"]] },
  { id: "pages", title: "Pages", start: "path",
    tabs: [["path", "Top"], ["entry", "Entry"], ["exit", "Exit"], ["hostname", "Hosts"]] },
  { id: "places", title: "Places", start: "map",
    tabs: [["map", "Map"], ["country", "Countries"], ["region", "Regions"], ["city", "Cities"]] },
  { id: "devices", title: "Devices", start: "browser",
    tabs: [["browser", "Browsers"], ["os", "Systems"], ["device", "Types"], ["screen", "Screens"], ["language", "Languages"]] },
];
