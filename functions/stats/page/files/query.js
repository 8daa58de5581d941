// From what the page shows to what it asks of the API. Pure: the clock is an argument.
import { TOTALS } from "./words.js";

const MINUTE = 60_000;

/** The parameters that name site, range, comparison and filters. */
export function rangeOf(state, now) {
  const range = { site_id: state.site };
  if (state.period === "realtime") {
    const end = Math.floor(now / MINUTE) * MINUTE + MINUTE;
    Object.assign(range, { from: instant(end - 30 * MINUTE), to: instant(end) });
  } else if (state.from) Object.assign(range, { from: state.from, to: state.to });
  else range.period = state.period;
  if (state.filters.length) range.filters = JSON.stringify(state.filters);
  return range;
}

export function comparedRange(state, now) {
  const range = rangeOf(state, now);
  return state.compare ? { ...range, compare: state.compare } : range;
}

export function summaryOf(state, now) {
  return ["/v1/stats/summary", { ...comparedRange(state, now), metrics: TOTALS.join() }];
}

export function seriesOf(state, now) {
  const parameters = { ...comparedRange(state, now), metrics: state.metric };
  if (state.period === "realtime") parameters.interval = "minute";
  else if (state.interval) parameters.interval = state.interval;
  return ["/v1/stats/timeseries", parameters];
}

/** A panel's rows. `more`: metrics, sort, limit, offset, and `filter`, one condition beside the page's own. */
export function rowsOf(state, now, dimension, { filter, ...more } = {}) {
  const parameters = { ...comparedRange(state, now), dimension, metrics: "visitors", ...more };
  if (filter) parameters.filters = JSON.stringify([...state.filters, filter]);
  return ["/v1/stats/breakdown", parameters];
}

/** What the goals of the site come to. `more`: a dimension by which, and how many of its values. */
export function goalsOf(state, now, more = {}) {
  return ["/v1/stats/goals", { ...comparedRange(state, now), ...more }];
}

/** The notes of a site: the page marks them on its graph. */
export function annotationsOf(state) {
  return [`/v1/sites/${encodeURIComponent(state.site)}/annotations`, {}];
}

export function filteredOf(state, now) {
  const { filters, ...range } = rangeOf(state, now);
  return ["/v1/stats/filtered", range];
}

/** A path with its parameters, as the API takes it. */
export function urlOf([path, parameters]) {
  const query = new URLSearchParams(parameters).toString();
  return query ? `${path}?${query}` : path;
}

/** The same as a line for a shell. */
export function curlOf([path, parameters], origin, needsKey) {
  const quote = (text) => (/^[\w./:,@=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
  const given = Object.entries(parameters).map(([name, value]) => {
    const isPlain = /^[\w.:,-]*$/.test(value);
    return `${isPlain ? "-d" : "--data-urlencode"} ${quote(`${name}=${value}`)}`;
  });
  const key = needsKey ? ['-H "Authorization: Bearer $KEY"'] : [];
  return [`curl -G ${quote(origin + path)}`, ...key, ...given].join(" \\\n  ");
}

function instant(milliseconds) {
  return new Date(milliseconds).toISOString().replace(".000", "");
}
