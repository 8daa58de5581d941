// The totals of the period: each one chooses what the graph shows.
import { html } from "../vendor/htm-preact.js";
import { dayIn } from "../days.js";
import { change, figure, range } from "../format.js";
import { usePage } from "../page.js";
import { LESS_IS_BETTER, METRICS, REPORTED, TOTALS } from "../words.js";
import { Failure } from "./failure.js";

export function Totals({ summary }) {
  const { state } = usePage();
  const { answer, problem, isLoading } = summary;
  if (!answer && problem) return html`<${Failure} problem=${problem} />`;
  if (!answer) return html`<div class="totals skeleton" aria-busy="true">${TOTALS.map(() => html`<i></i>`)}</div>`;
  const shown = TOTALS.filter((metric) => !REPORTED.includes(metric) || answer.data[metric] !== null || metric === state.metric);
  return html`<${Failure} problem=${problem} /><div class="totals ${isLoading ? "stale" : ""}" role="group" aria-label="Totals">
    ${shown.map((metric) => html`<${Total} metric=${metric} answer=${answer} isChosen=${metric === state.metric} />`)}
  </div>
  ${answer.comparison && html`<${Against} meta=${answer.meta} />`}`;
}

/** With what the totals are compared. */
function Against({ meta: { compared, timezone } }) {
  return html`<p class="against quiet">against <b>${range(compared, dayIn(timezone, Date.now()))}</b></p>`;
}

function Total({ metric, answer, isChosen }) {
  const { go } = usePage();
  const value = answer.data[metric];
  const bound = answer.meta.error?.[metric];
  const before = answer.comparison?.[metric];
  return html`<button class="total" data-metric=${metric} aria-pressed=${isChosen} onClick=${() => go({ metric })}>
    <span class="label">${METRICS[metric]}</span>
    <strong title=${figure(metric, value, true)}>${figure(metric, value)}</strong>
    ${bound !== undefined && html`<span class="bound" title="Estimated: how far the truth may lie from it">
      ${bound === null ? "estimated" : `± ${figure(metric, bound, true)}`}</span>`}
    ${answer.comparison && html`<span class="was"><${Change} metric=${metric} value=${answer.change[metric]} />
      <span class="before">was ${figure(metric, before)}</span></span>`}
  </button>`;
}

/** By how much a figure has changed: an arrow, and a colour that says whether that is good. */
export function Change({ metric, value }) {
  const text = change(value);
  if (text === null) return null;
  const isUp = value > 0;
  const isGood = isUp !== LESS_IS_BETTER.includes(metric);
  const tone = Math.round(value) === 0 ? "" : isGood ? "good" : "bad";
  return html`<span class="change ${tone}"><span aria-hidden="true">${Math.round(value) === 0 ? "→" : isUp ? "↑" : "↓"}</span>
    <span class="unseen">${isUp ? "up" : "down"}</span>${text}</span>`;
}
