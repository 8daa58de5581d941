// Figures, times and values as a reader of the browser's language writes them. Pure.
import { addDays, daysOf } from "./days.js";

const LOCALE = globalThis.navigator?.languages?.filter((one) => one) || ["en"];
const whole = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const one = new Intl.NumberFormat(LOCALE, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const two = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat(LOCALE, { notation: "compact", maximumFractionDigits: 1 });

/** A figure of a metric: short where it is large, unless `isFull`. */
export function figure(metric, value, isFull = false) {
  if (value === null || value === undefined) return "–";
  if (metric === "revenue") return money(value);
  if (metric === "visit_duration" || metric === "engaged_time") return duration(value);
  if (metric === "bounce_rate" || metric === "scroll_depth") return `${one.format(value)}%`;
  if (metric === "views_per_visit") return two.format(value);
  return isFull || value < 10_000 ? whole.format(value) : short.format(value);
}

export function duration(seconds) {
  const rounded = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(rounded / 3600), Math.floor(rounded / 60) % 60, rounded % 60];
  if (hours) return `${hours}h ${minutes}m`;
  return minutes ? `${minutes}m ${String(rest).padStart(2, "0")}s` : `${rest}s`;
}

export function money(amounts) {
  const written = Object.entries(amounts).map(([currency, amount]) =>
    new Intl.NumberFormat(LOCALE, { style: "currency", currency }).format(amount));
  return written.join(" + ") || "–";
}

export function percent(share) {
  return share >= 0.0995 || share === 0 ? `${whole.format(share * 100)}%` : `${one.format(share * 100)}%`;
}

/** A change in percent, with its sign; null where there is none to tell. */
export function change(value) {
  return value === null || value === undefined ? null : `${whole.format(Math.abs(value))}%`;
}

export function changeOf(before, after) {
  return before && after !== null && after !== undefined ? (100 * (after - before)) / before : null;
}

// The API's times are local, with their offset: what the clock there shows is formatted as it stands.
function clock(time, options) {
  return new Intl.DateTimeFormat(LOCALE, { ...options, timeZone: "UTC" }).format(new Date(`${time.slice(0, 19)}Z`));
}
const HOUR = { hour: "numeric", minute: "2-digit" };
const DAY = { day: "numeric", month: "short" };
const TICKS = { minute: HOUR, hour: HOUR, day: DAY, week: DAY, month: { month: "short", year: "2-digit" }, year: { year: "numeric" } };
const LONG = {
  minute: HOUR, hour: { weekday: "short", ...DAY, ...HOUR }, day: { weekday: "short", ...DAY, year: "numeric" },
  week: { ...DAY, year: "numeric" }, month: { month: "long", year: "numeric" }, year: { year: "numeric" },
};

/** A bucket below the graph. */
export function tick(time, interval) {
  return clock(time, TICKS[interval]);
}

/** A bucket in words. */
export function bucket(time, interval) {
  return (interval === "week" ? "Week of " : "") + clock(time, LONG[interval]);
}

export function day(text) {
  return clock(`${text}T00:00:00`, { ...DAY, year: "numeric" });
}

export function days({ from, to }) {
  const shape = new Intl.DateTimeFormat(LOCALE, { ...DAY, year: "numeric", timeZone: "UTC" });
  return from === to ? day(from) : shape.formatRange(new Date(`${from}T00:00:00Z`), new Date(`${to}T00:00:00Z`));
}

/** A range of an answer: its days, and until when of the last one; or its times, where it begins within a day. */
export function range(meta, today) {
  const at = (time) => new Date(`${time.slice(0, 19)}Z`);
  if (meta.from.slice(11, 19) !== "00:00:00") {
    return new Intl.DateTimeFormat(LOCALE, { ...DAY, ...HOUR, timeZone: "UTC" }).formatRange(at(meta.from), at(meta.to));
  }
  const shown = daysOf(meta);
  const isYesterday = shown.from === shown.to && shown.to === addDays(today, -1);
  const words = isYesterday ? "yesterday" : days(shown);
  return meta.to.slice(11, 19) === "00:00:00" ? words : `${words} until ${tick(meta.to, "hour")}`;
}

export function moment(iso, zone) {
  return new Intl.DateTimeFormat(LOCALE, { dateStyle: "medium", timeStyle: "medium", timeZone: zone }).format(new Date(iso));
}

const names = (type) => {
  const display = new Intl.DisplayNames(LOCALE, { type, fallback: "code" });
  return (code) => {
    try {
      return display.of(code);
    } catch {
      return code;
    }
  };
};
const SHOWN = {
  country: names("region"), language: names("language"),
  channel: (text) => ({ ai_assistant: "AI assistants", direct: "Direct", search: "Search", social: "Social", email: "Email", paid: "Paid", referral: "Referral", internal: "Internal" })[text] || text,
  device: (text) => text.charAt(0).toUpperCase() + text.slice(1),
};

/** A value of a dimension, in words where it is a code. */
export function show(dimension, value) {
  return SHOWN[dimension]?.(value) || value;
}
