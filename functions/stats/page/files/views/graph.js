// The graph of one metric over time, its intervals, and the table that stands behind it.
import { html, useState } from "../vendor/htm-preact.js";
import { bucket, changeOf, figure } from "../format.js";
import { useAnswer } from "../answers.js";
import { usePage } from "../page.js";
import { annotationsOf } from "../query.js";
import { INTERVALS, METRICS } from "../words.js";
import { Failure } from "./failure.js";
import { late } from "./late.js";
import { Plot } from "./plot.js";
import { Change } from "./totals.js";

const Annotations = late("Annotations", (again) => import("./annotations.js" + again));

const DAY = 86_400_000;
const MOST_BUCKETS = 2_000;
const LENGTHS = { minute: 60_000, hour: 3_600_000, day: DAY, week: 7 * DAY, month: 30 * DAY, year: 365 * DAY };

export function Graph({ series, more }) {
  const { state, door } = usePage();
  const notes = useAnswer(door.door ? null : annotationsOf(state)).answer?.data || []; // a link's readers get none
  const [isTable, setTable] = useState(false);
  const { answer, problem, isLoading } = series;
  if (!answer || answer.meta.metrics[0] !== state.metric) {
    if (problem) return html`<${Failure} problem=${problem} />`;
    return html`<div class="plot skeleton" aria-busy="true"><i></i></div>`;
  }
  const points = readPoints(answer, Date.now());
  return html`<${Failure} problem=${problem} /><div class="graph ${isLoading ? "stale" : ""}">
    <div class="graph-bar">
      <span class="quiet">${METRICS[state.metric]}</span>
      <${Intervals} meta=${answer.meta} />
      <button class="link" aria-pressed=${isTable} onClick=${() => setTable(!isTable)}>${isTable ? "Graph" : "Table"}</button>${more}
    </div>
    ${isTable ? html`<${Table} answer=${answer} points=${points} />` : html`<${Plot} answer=${answer} points=${points} notes=${notes} />`}
    ${notes.length > 0 && html`<${Annotations} notes=${notes} points=${points} meta=${answer.meta} />`}
  </div>`;
}

/** The buckets: {time, value, before, isOpen} where one is not over yet, {isAhead} where it has not begun, {isImported} where another tracker counted. */
export function readPoints(answer, now) {
  const { metrics: [metric], imported } = answer.meta;
  return answer.data.map((row, index) => {
    const end = Date.parse(answer.data[index + 1]?.time || answer.meta.to);
    const isAhead = Date.parse(row.time) > now;
    const earlier = answer.comparison?.[index];
    const bound = row[`${metric}_error`];
    return {
      time: row.time, value: isAhead ? null : row[metric], isOpen: !isAhead && end > now, isAhead, bound,
      isImported: Boolean(imported) && imported.metrics.includes(metric) && row.time.slice(0, 10) <= imported.to,
      before: earlier ? earlier[metric] : null, beforeTime: earlier?.time,
    };
  });
}

function Intervals({ meta }) {
  const { state, go } = usePage();
  const length = Date.parse(meta.to) - Date.parse(meta.from);
  const fitting = Object.keys(INTERVALS).filter((one) => length / LENGTHS[one] <= MOST_BUCKETS && length >= LENGTHS[one]);
  if (state.period === "realtime" || fitting.length < 2) return null;
  const choose = (event) => go({ interval: event.target.value });
  return html`<label class="select"><span class="unseen">Interval</span>
    <select value=${meta.interval} onChange=${choose}>
      ${fitting.map((one) => html`<option value=${one} selected=${one === meta.interval}>${INTERVALS[one]}</option>`)}
    </select></label>`;
}

function Table({ answer, points }) {
  const { interval, metrics: [metric] } = answer.meta;
  const hasBefore = Boolean(answer.comparison);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Table of the graph"><table class="figures">
    <thead><tr><th scope="col">Time</th><th scope="col">${METRICS[metric]}</th>
      ${hasBefore && html`<th scope="col">Before</th><th scope="col">Change</th>`}</tr></thead>
    <tbody>${points.filter((point) => !point.isAhead).map((point) => html`<tr>
      <th scope="row">${bucket(point.time, interval)}${point.isOpen && html` <span class="quiet">so far</span>`}${point.isImported && html` <span class="quiet">imported</span>`}</th>
      <td>${figure(metric, point.value, true)}</td>
      ${hasBefore && html`<td>${figure(metric, point.before, true)}</td>
        <td><${Change} metric=${metric} value=${point.isOpen ? null : changeOf(point.before, point.value)} /></td>`}
    </tr>`)}</tbody>
  </table></div>`;
}
