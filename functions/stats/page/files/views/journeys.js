// Journeys: the ways that visits take, the most usual first. Each place filters.
import { html, useState } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { figure, percent } from "../format.js";
import { usePage } from "../page.js";
import { conditionsOf, journeysOf, placeOf, readList } from "../ways.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { More } from "./more.js";
import { Place } from "./place.js";
import { boundText } from "./rows.js";

const DIRECTIONS = { "": "From where visits begin", start: "From", end: "To" };
const DEPTHS = ["2", "3", "4", "5", "6", "8", "10"];

export function Journeys({ now }) {
  const { state, go } = usePage();
  const query = journeysOf(state, now);
  const { answer, problem, isLoading } = useAnswer(query);
  const { start, end, depth } = state.tabs;
  const [direction, setDirection] = useState(start ? "start" : end ? "end" : "");
  const [place, setPlace] = useState(placeOf(readList(start || end)) || { kind: "page", value: "/" });
  const choose = (tabs) => go({ tabs: { ...state.tabs, ...tabs } }, { isSmall: true });
  const ask = (event) => {
    event.preventDefault();
    choose({ start: "", end: "", ...(direction && { [direction]: JSON.stringify(conditionsOf(place)) }) });
  };
  return html`<${Dialog} title="Journeys" onClose=${() => go({ detail: "" })} className="large"><div class="details">
    <form class="line" onSubmit=${ask}><select aria-label="Which" value=${direction} onChange=${(event) => setDirection(event.target.value)}>
        ${Object.entries(DIRECTIONS).map(([id, text]) => html`<option value=${id} selected=${id === direction}>${text}</option>`)}</select>
      ${direction && html`<${Place} label="Place" place=${place} onChange=${setPlace} />`}
      <select aria-label="Places" value=${depth || "5"} onChange=${(event) => choose({ depth: event.target.value })}>
        ${DEPTHS.map((id) => html`<option value=${id} selected=${id === (depth || "5")}>${id} places</option>`)}</select>
      <button class="primary">Show</button><${More} query=${query} name="journeys" /></form>
    <${Failure} problem=${problem} role="alert" />
    ${answer && html`<${Ways} answer=${answer} isStale=${isLoading} />`}
  </div><//>`;
}

function Ways({ answer, isStale }) {
  const { journeys, visits, total } = answer.data;
  if (!journeys.length) return html`<p class="none">No visit took such a way in this period.</p>`;
  const longest = journeys[0].share;
  return html`<table class=${`rows ways ${isStale ? "stale" : ""}`}>
    <thead><tr><th scope="col">Way</th><th scope="col">Visits</th></tr></thead>
    <tbody>${journeys.map((way) => html`<tr key=${JSON.stringify(way.steps)}>
      <th scope="row"><span class="length" style=${{ width: `${(100 * way.share) / longest}%` }}></span><span class="way">${way.steps.map((step, number) =>
        html`${number > 0 && html`<i aria-hidden="true">→</i>`}<${Step} step=${step} isFirst=${number === 0} />`)}</span></th>
      <td data-visits=${way.visits} data-share=${way.share}><span class="cell"><span title=${way.visits_error === undefined ? undefined : boundText("visits", way.visits_error)}>
        ${way.visits_error !== undefined && "≈ "}${figure("visits", way.visits)}</span><span class="share">${percent(way.share / 100)}</span></span></td></tr>`)}</tbody></table>
    <p class="quiet" data-visits=${visits}>${figure("visits", journeys.length)} of ${figure("visits", total)} ways, of ${figure("visits", visits)} visits.</p>`;
}

function Step({ step, isFirst }) {
  const { state, go } = usePage();
  if (!step) return html`<span class="quiet">${isFirst ? "the visit begins" : "no further action"}</span>`;
  const place = step.page === undefined ? { kind: "event", value: step.event } : { kind: "page", value: step.page };
  const filter = { dimension: place.kind === "page" ? "path" : "event_type", operator: "is", value: [place.value] };
  return html`<button class="value" title=${`Filter: ${place.value}`} onClick=${() => go({ filters: [...state.filters, filter], detail: "" })}>${place.value}</button>`;
}
