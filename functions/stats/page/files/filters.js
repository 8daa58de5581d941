// Filters as the API has them: conditions {dimension, operator, value}, and groups {and: […]}, {or: […]}. Pure.

export const OPERATORS = {
  is: "is", is_not: "is not", contains: "contains", not_contains: "does not contain", matches: "matches",
};
const OF_VISIT = { has: "in the visit:", has_not: "not in the visit:" };

/** An operator in words. */
export function nameOperator(operator) {
  return OPERATORS[operator] || OF_VISIT[operator] || operator;
}

/** The values of a condition, as a list. */
export function valuesOf(condition) {
  return [condition.value].flat();
}

/** Whether a row's value is filtered for. */
export function isFiltered(filters, dimension, value) {
  return filters.some((one) => one.dimension === dimension && one.operator === "is" && valuesOf(one).includes(value));
}

/** The filters with a row's value, or, if it was among them, without it. */
export function toggleValue(filters, dimension, value) {
  const others = filters.filter((one) => !(one.dimension === dimension && one.operator === "is"));
  return isFiltered(filters, dimension, value) ? others : [...others, { dimension, operator: "is", value: [value] }];
}

/** The filters with one at a place replaced; appended where there is none, left out if it is null. */
export function replaceAt(filters, place, filter) {
  const changed = [...filters];
  changed.splice(place, 1, ...(filter ? [filter] : []));
  return changed;
}

/** A condition that holds for values with a text in them, however the text is capitalised at its start. */
export function searchFor(dimension, text) {
  const variants = [text, text.toLowerCase(), text.charAt(0).toUpperCase() + text.slice(1), text.toUpperCase()];
  return { dimension, operator: "contains", value: [...new Set(variants)] };
}

/** A filter in words. `nameOf` names a dimension, `show` a value of one. */
export function describe(filter, nameOf, show) {
  const group = filter?.and || filter?.or; // an address may say anything
  const inner = (one) => (group.length > 1 && (one?.and || one?.or) ? `(${describe(one, nameOf, show)})` : describe(one, nameOf, show));
  if (Array.isArray(group)) return group.map(inner).join(filter.and ? " and " : " or ");
  const values = valuesOf(filter || {}).map((value) => show(filter?.dimension, value)).join(" or ");
  return `${nameOf(filter?.dimension)} ${nameOperator(filter?.operator)} ${values}`;
}
