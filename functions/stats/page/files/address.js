// What the page shows, to and from its address. Pure: nothing here reads the window.

export const START = {
  site: "", view: "", period: "30d", from: "", to: "", compare: "", metric: "visitors", interval: "",
  filters: [], tabs: {}, detail: "", sort: "", search: "",
};
const PLAIN = ["site", "view", "period", "from", "to", "compare", "metric", "interval", "detail", "sort", "search"];
const TAB = "tab.";

/** The state that a query string names. What it can't read, it leaves out. */
export function readAddress(search) {
  const query = new URLSearchParams(search);
  const state = { ...START, filters: [], tabs: {} };
  for (const name of PLAIN) if (query.get(name)) state[name] = query.get(name);
  if (state.from && state.to) state.period = "";
  else state.from = state.to = "";
  state.filters = readFilters(query.get("filters"));
  for (const [name, value] of query) if (name.startsWith(TAB) && value) state.tabs[name.slice(TAB.length)] = value;
  return state;
}

/** The query string of a state, without what is the default. */
export function writeAddress(state) {
  const query = new URLSearchParams();
  for (const name of PLAIN) if (state[name] && state[name] !== START[name]) query.set(name, state[name]);
  if (state.filters.length) query.set("filters", JSON.stringify(state.filters));
  for (const [panel, tab] of Object.entries(state.tabs)) if (tab) query.set(TAB + panel, tab);
  const text = query.toString();
  return text ? `?${text}` : "";
}

function readFilters(text) {
  try {
    const filters = JSON.parse(text || "[]");
    return Array.isArray(filters) ? filters.filter((one) => one && typeof one === "object") : [];
  } catch {
    return [];
  }
}

/** Which door the page came through: the owner's, a shared link's, or a public site's. */
export function readDoor(pathname) {
  const [, door, name] = pathname.match(/^\/(share|public)\/([^/]+)$/) || [];
  return { door: door || "", name: name ? decodeURIComponent(name) : "" };
}
