// Steps of funnels and places of journeys: as conditions of the API, and in words. Pure.
import { describe } from "./filters.js";
import { show } from "./format.js";
import { rangeOf } from "./query.js";
import { nameDimension } from "./words.js";

const is = (dimension, value, operator = "is") => ({ dimension, operator, value: [value] });

/** The conditions of a page (its path may have `*`), of any event on a path, of another event; those that were there if nothing was changed. */
export function conditionsOf({ kind, value, given, before }) {
  if (kind === "given" || (before && before.kind === kind && before.value === value)) return given;
  if (!kind) return [];
  if (kind === "path") return [is("path", value, "matches")];
  return kind === "page" ? [is("event_type", "page_view"), is("path", value, "matches")] : [is("event_type", value)];
}

/** The page or event that conditions are of; null for any others. */
export function placeOf(conditions) {
  if (!Array.isArray(conditions)) return null;
  const [first, second] = conditions;
  if (first?.dimension !== "event_type" || first.operator !== "is" || [first.value].flat().length !== 1) return null;
  const value = (condition) => [condition.value].flat()[0];
  if (conditions.length === 1) return { kind: "event", value: value(first) };
  const isPage = conditions.length === 2 && value(first) === "page_view" && second?.dimension === "path" && second.operator === "matches";
  return isPage && [second.value].flat().length === 1 ? { kind: "page", value: value(second) } : null;
}

/** A place that can be chosen anew: `empty` where there are no conditions. Any that are no page and no event stay as they are. */
export function choiceOf(conditions, empty) {
  if (!conditions?.length) return empty;
  const before = placeOf(conditions) || pathOf(conditions) || { kind: "given", value: "" };
  return { ...before, before, given: conditions };
}

/** The path that one condition is of, whatever the event; null if it is none, or could not be written as a pattern. */
function pathOf([first, ...more]) {
  const values = [first?.value].flat();
  if (more.length || first?.dimension !== "path" || values.length !== 1) return null;
  return first.operator === "matches" || (first.operator === "is" && !/[*?]/.test(values[0])) ? { kind: "path", value: values[0] } : null;
}

/** What a click on a place of a way filters for. A group is of all paths with its beginning. */
export function filterOf({ page, event }, prefixes) {
  if (page === undefined) return is("event_type", event);
  return is("path", page, prefixes.some((prefix) => `${prefix}*` === page) ? "matches" : "is");
}

/** Conditions in words. */
export function nameOf(conditions) {
  return placeOf(conditions)?.value || describe({ and: [conditions].flat().filter(Boolean) }, nameDimension, show);
}

/** What an address says in JSON: a list, or nothing. */
export function readList(text) {
  try {
    const list = JSON.parse(text || "[]");
    return Array.isArray(list) ? list : [];
  } catch {
    return [];
  }
}

/** A time such as 12h in words. */
export function spanOf(text) {
  const [, count, unit] = text.match(/^(\d+)([mhd])$/) || [];
  const word = { m: "minute", h: "hour", d: "day" }[unit];
  return word ? `${count} ${word}${count === "1" ? "" : "s"}` : text === "visit" ? "one visit" : text;
}

/** The question that the address asks; null while it names no funnel. A name, or steps. */
export function funnelOf(state, now, name) {
  const { within, mode, exclude, split } = state.tabs;
  if (!name) return null;
  const asked = name.startsWith("[") ? { steps: name, ...(within && { within }), ...(mode && { mode }), ...(exclude && { exclude }) } : { funnel: name };
  return ["/v1/stats/funnel", { ...rangeOf(state, now), ...asked, ...(split && { dimension: split }) }];
}

export function retentionOf(state, now) {
  const { unit, by, goal } = state.tabs;
  return ["/v1/stats/retention", { ...rangeOf(state, now), unit: unit || "week", ...(by && { by }), ...(goal && { goal }) }];
}

export function journeysOf(state, now) {
  const { start, end, depth, nodes, prefixes } = state.tabs;
  const anchor = start ? { start } : end ? { end } : {};
  return ["/v1/stats/journeys", { ...rangeOf(state, now), ...anchor, depth: depth || "5", ...(nodes && { nodes }), ...(prefixes && { prefixes }) }];
}
