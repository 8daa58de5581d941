// Days as texts (2026-11-28), without hours and zones. Pure.

const DAY = 86_400_000;

const read = (day) => Date.parse(`${day}T00:00:00Z`);
const write = (milliseconds) => new Date(milliseconds).toISOString().slice(0, 10);

export function addDays(day, days) {
  return write(read(day) + days * DAY);
}

/** The day that it is in a time zone. */
export function dayIn(zone, now) {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);
}

/** The days of an answer's range: the first and the last, as `meta` has them with their offsets. */
export function daysOf(meta) {
  const [, day, clock] = meta.to.match(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)/);
  return { from: meta.from.slice(0, 10), to: clock === "00:00:00" ? addDays(day, -1) : day };
}

/** As many days before (-1) or after (1) a range: whole months stay whole months. Null: it would lie ahead of today. */
export function step({ from, to }, direction, today) {
  const isMonth = from.endsWith("-01") && (addDays(to, 1).endsWith("-01") || (to === today && from.slice(0, 7) === to.slice(0, 7)));
  const moved = isMonth && from.slice(0, 7) === to.slice(0, 7) ? stepMonth(from, direction) : stepDays(from, to, direction);
  if (moved.from > today) return null;
  return moved;
}

function stepMonth(first, direction) {
  const [year, month] = first.split("-").map(Number);
  const at = (months) => write(Date.UTC(year, month - 1 + months, 1));
  return { from: at(direction), to: addDays(at(direction + 1), -1) };
}

function stepDays(from, to, direction) {
  const length = Math.round((read(to) - read(from)) / DAY) + 1;
  return { from: addDays(from, direction * length), to: addDays(to, direction * length) };
}
