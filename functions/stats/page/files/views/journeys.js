// Journeys: the ways that visits take, the most usual first. Each place filters.
import { html, useState } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { figure, percent } from "../format.js";
import { usePage } from "../page.js";
import { choiceOf, conditionsOf, filterOf, journeysOf, readList } from "../ways.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { More } from "./more.js";
import { Place } from "./place.js";
import { boundText } from "./rows.js";

const DIRECTIONS = { "": "From where visits begin", start: "From", end: "To" };
const DEPTHS = Object.fromEntries(["2", "3", "4", "5", "6", "8", "10"].map((id) => [id, `${id} places`]));
const NODES = { "": "All events", pages: "Pages alone" };

export function Journeys({ now }) {
  const { state, go } = usePage();
  const query = journeysOf(state, now);
  const { answer, problem, isLoading } = useAnswer(query);
  const { start, end, depth = "5", nodes = "" } = state.tabs;
  const [direction, setDirection] = useState(start ? "start" : end ? "end" : "");
  const [place, setPlace] = useState(choiceOf(readList(start || end), { kind: "page", value: "/" }));
  const choose = (tabs) => go({ tabs: { ...state.tabs, ...tabs } }, { isSmall: true });
  const ask = (event) => {
    event.preventDefault();
    choose({ start: "", end: "", ...(direction && { [direction]: JSON.stringify(conditionsOf(place)) }) });
  };
  const select = (label, words, value, set) => html`<select aria-label=${label} value=${value} onChange=${(event) => set(event.target.value)}>
    ${Object.entries({ ...words, [value]: words[value] || value }).map(([id, text]) => html`<option value=${id} selected=${id === value}>${text}</option>`)}</select>`;
  return html`<${Dialog} title="Journeys" onClose=${() => go({ detail: "" })} className="large"><div class="details">
    <form class="line" onSubmit=${ask}>${select("Which", DIRECTIONS, direction, setDirection)}
      ${direction && html`<${Place} label="Place" place=${place} onChange=${setPlace} />`}
      <button class="primary">Show</button><${More} query=${query} name="journeys" /></form>
    <div class="details-bar">${select("Places", DEPTHS, depth, (id) => choose({ depth: id }))}${select("Of what", NODES, nodes, (id) => choose({ nodes: id }))}
      <${Groups} prefixes=${readList(state.tabs.prefixes)} change=${(list) => choose({ prefixes: list.length ? JSON.stringify(list) : "" })} /></div>
    <${Failure} problem=${problem} role="alert" />
    ${answer && html`<${Ways} answer=${answer} isStale=${isLoading} />`}
  </div><//>`;
}

/** Beginnings of paths: pages that have one are one place. Of several that fit the first counts. */
function Groups({ prefixes, change }) {
  const [text, setText] = useState("");
  const add = (event) => {
    event.preventDefault();
    const prefix = text.trim().replace(/\*$/, "");
    if (prefix && !prefixes.includes(prefix)) change([...prefixes, prefix]);
    setText("");
  };
  return html`<form class="line group" onSubmit=${add}><input aria-label="Group pages that begin with" placeholder="Group pages: /docs/" maxlength="1000" value=${text}
      onInput=${(event) => setText(event.target.value)} /><button class="plain" disabled=${!text.trim()}>Group</button></form>
    ${prefixes.length > 0 && html`<div class="chips" role="group" aria-label="Groups">${prefixes.map((prefix, place) => html`<span class="chip" key=${prefix}><span class="chip-words">${`${prefix}*`}</span>
      <button class="icon" aria-label=${`Ungroup ${prefix}*`} onClick=${() => change(prefixes.filter((_, number) => number !== place))}>✕</button></span>`)}</div>`}`;
}

function Ways({ answer, isStale }) {
  const { journeys, visits, total } = answer.data;
  if (!journeys.length) return html`<p class="none">No visit took such a way in this period.</p>`;
  const longest = journeys[0].share;
  return html`<table class=${`rows ways ${isStale ? "stale" : ""}`}>
    <thead><tr><th scope="col">Way</th><th scope="col">Visits</th></tr></thead>
    <tbody>${journeys.map((way) => html`<tr key=${JSON.stringify(way.steps)}>
      <th scope="row"><span class="length" style=${{ width: `${(100 * way.share) / longest}%` }}></span><span class="way">${way.steps.map((step, number) =>
        html`${number > 0 && html`<i aria-hidden="true">→</i>`}<${Step} step=${step} prefixes=${answer.meta.prefixes} isFirst=${number === 0} />`)}</span></th>
      <td data-visits=${way.visits} data-share=${way.share}><span class="cell"><span title=${way.visits_error === undefined ? undefined : boundText("visits", way.visits_error)}>
        ${way.visits_error !== undefined && "≈ "}${figure("visits", way.visits)}</span><span class="share">${percent(way.share / 100)}</span></span></td></tr>`)}</tbody></table>
    <p class="quiet" data-visits=${visits}>${figure("visits", journeys.length)} of ${figure("visits", total)} ways, of ${figure("visits", visits)} visits.</p>`;
}

function Step({ step, prefixes, isFirst }) {
  const { state, go } = usePage();
  if (!step) return html`<span class="quiet">${isFirst ? "the visit begins" : "no further action"}</span>`;
  const filter = filterOf(step, prefixes);
  const [name] = filter.value;
  return html`<button class="value" title=${`Filter: ${name}`} onClick=${() => go({ filters: [...state.filters, filter], detail: "" })}>${name}</button>`;
}
