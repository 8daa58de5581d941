// The line of the graph: drawn as SVG in the size that it has, with a cursor for pointer and arrow keys.
import { html, useLayoutEffect, useMemo, useRef, useState } from "../vendor/htm-preact.js";
import { bucket, changeOf, figure, tick } from "../format.js";
import { usePage } from "../page.js";
import { area, line, place, thin, ticks, timeTicks } from "../scale.js";
import { METRICS } from "../words.js";
import { late } from "./late.js";
import { Change } from "./totals.js";

const WHOLE = ["visitors", "visits", "page_views"];
const HEIGHT = 240;
const FOOT = 26;
const LEFT = 46;
const RIGHT = 14;

const Marks = late("Marks", (again) => import("./annotations.js" + again), () => html`<text class="axis" x="6" y="28">The notes could not be loaded. Trying again …</text>`);

export function Plot({ answer, points, notes }) {
  const { go } = usePage();
  const frame = useRef(null);
  const width = useWidth(frame);
  const [at, setAt] = useState(null);
  const { interval, metrics: [metric] } = answer.meta;
  const inner = Math.max(width - LEFT - RIGHT, 10);
  const drawn = useMemo(() => draw(points, metric, inner), [answer, inner]);
  const nearest = (event) => {
    const x = event.clientX - frame.current.getBoundingClientRect().left - LEFT;
    const index = Math.round((x / inner) * (points.length - 1));
    return Math.min(Math.max(index, 0), points.length - 1);
  };
  const last = points.findLastIndex((point) => !point.isAhead);
  const onKey = (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    event.stopPropagation();
    event.preventDefault();
    setAt((before) => Math.min(Math.max((before ?? last + 1) + step, 0), points.length - 1));
  };
  const open = (index) => interval === "day" && !points[index].isAhead &&
    go({ period: "", from: points[index].time.slice(0, 10), to: points[index].time.slice(0, 10), interval: "" });
  const label = `${METRICS[metric]}, ${points.length} ${points.length === 1 ? "point" : "points"}. Arrow keys read them; the button Table lists them.`;
  return html`<div class="plot" ref=${frame} tabindex="0" role="group" aria-label=${label}
      onPointerMove=${(event) => setAt(nearest(event))} onPointerLeave=${() => setAt(null)} onBlur=${() => setAt(null)}
      onClick=${(event) => open(nearest(event))} onKeyDown=${onKey}>
    ${width > 0 && html`<svg width=${width} height=${HEIGHT + FOOT + 10} aria-hidden="true">
      <g transform=${`translate(${LEFT} 10)`}>
        ${drawn.lines.map(({ y, value }) => html`<line class="rule" x1="0" x2=${inner} y1=${y} y2=${y} />
          <text class="axis" x="-10" y=${y + 4} text-anchor="end">${figure(metric, value)}</text>`)}
        ${thin(points.length, inner, interval === "hour" ? 64 : 58).map((index) => html`
          <text class="axis" x=${drawn.xs[index]} y=${HEIGHT + 20} text-anchor=${anchor(index, points.length)}>
            ${tick(points[index].time, interval)}</text>`)}
        ${drawn.imported > 0 && html`<rect class="imported" width=${drawn.imported} height=${HEIGHT} />
          <text class="axis" x="6" y="12">imported</text>`}
        ${notes.length > 0 && html`<${Marks} notes=${notes} points=${points} xs=${drawn.xs} end=${answer.meta.to} height=${HEIGHT} />`}
        <path class="shade" d=${drawn.shade} /><path class="before" d=${drawn.before} />
        <path class="line" d=${drawn.line} /><path class="line open" d=${drawn.open} />
        ${drawn.dots.map((dot) => html`<circle class="dot" cx=${dot.x} cy=${dot.y} r="3" />`)}
        ${at !== null && points[at] && html`<line class="cursor" x1=${drawn.xs[at]} x2=${drawn.xs[at]} y1="0" y2=${HEIGHT} />
          ${drawn.now[at] && html`<circle class="dot" cx=${drawn.now[at].x} cy=${drawn.now[at].y} r="4" />`}`}
      </g></svg>`}
    <div class="unseen" role="status">${at !== null && points[at] && say(points[at], metric, interval)}</div>
    ${at !== null && points[at] && html`<${Tip} point=${points[at]} metric=${metric} interval=${interval}
      x=${LEFT + drawn.xs[at]} width=${width} />`}
  </div>`;
}

function draw(points, metric, inner) {
  const values = points.map((point) => point.value);
  const before = points.map((point) => point.before);
  const most = Math.max(...values.map(Number), ...before.map(Number), 0);
  const marks = metric === "visit_duration" || metric === "engaged_time" ? timeTicks(most) : ticks(most, WHOLE.includes(metric) ? 1 : 0);
  const top = marks.at(-1);
  const now = place(values, inner, HEIGHT, top);
  const open = points.findIndex((point) => point.isOpen);
  const isCut = open > 0;
  const closed = isCut ? now.slice(0, open) : now;
  const drawnOnce = now.filter(Boolean);
  const xs = place(points.map(() => 0), inner, HEIGHT, 1).map((point) => point.x);
  const last = points.findLastIndex((point) => point.isImported);
  return {
    now, xs,
    imported: last < 0 ? 0 : (xs[last] + (xs[last + 1] ?? xs[last])) / 2,
    lines: marks.map((value) => ({ value, y: HEIGHT - (value / top) * HEIGHT })),
    line: line(closed),
    open: isCut ? line(now.slice(open - 1, open + 1)) : "",
    shade: area(now, HEIGHT),
    before: line(place(before, inner, HEIGHT, top)),
    dots: drawnOnce.length === 1 ? drawnOnce : [],
  };
}

const anchor = (index, count) => (count > 1 && index === 0 ? "start" : count > 1 && index === count - 1 ? "end" : "middle");

function say(point, metric, interval) {
  const value = point.isAhead ? "not yet" : figure(metric, point.value, true) + (point.isOpen ? " so far" : "") + (point.isImported ? ", imported" : "");
  return `${bucket(point.time, interval)}: ${value}`;
}

function Tip({ point, metric, interval, x, width }) {
  const isRight = x > width / 2;
  const style = isRight ? { right: `${width - x + 14}px` } : { left: `${x + 14}px` };
  return html`<div class="tip" style=${style} aria-hidden="true">
    <div class="tip-line"><b>${METRICS[metric]}</b>
      ${point.before !== null && !point.isOpen && html`<${Change} metric=${metric} value=${changeOf(point.before, point.value)} />`}</div>
    <div class="tip-line"><span>${bucket(point.time, interval)}</span>
      <b>${point.isAhead ? "–" : figure(metric, point.value, true)}</b></div>
    ${point.bound !== undefined && html`<div class="quiet">± ${point.bound === null ? "unknown" : figure(metric, point.bound, true)}, estimated</div>`}
    ${point.beforeTime && html`<div class="tip-line was"><span>${bucket(point.beforeTime, interval)}</span>
      <span>${figure(metric, point.before, true)}</span></div>`}
    ${point.isOpen && html`<div class="quiet">not over yet</div>`}
    ${point.isImported && html`<div class="quiet">imported</div>`}
  </div>`;
}

function useWidth(frame) {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    setWidth(Math.floor(frame.current.getBoundingClientRect().width));
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, []);
  return width;
}
