// A funnel: how many visitors took each step. A site's own funnels by name, or steps of the reader's.
import { html, useState } from "../vendor/htm-preact.js";
import { request } from "../api.js";
import { useAnswer } from "../answers.js";
import { duration, figure } from "../format.js";
import { usePage } from "../page.js";
import { roleAt } from "../session.js";
import { conditionsOf, funnelOf, nameOf, placeOf, readList, spanOf } from "../ways.js";
import { DIMENSIONS, nameDimension } from "../words.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { More } from "./more.js";
import { Place } from "./place.js";
import { boundText, Value } from "./rows.js";

const WITHIN = Object.fromEntries(["visit", "30m", "12h", "1d", "7d", "30d"].map((id) => [id, spanOf(id)]));
const MODES = { ordered: "in this order", strict: "with nothing between", any: "in any order" };
const MOST_STEPS = 8;
const MOST_VALUES = 100;
const NEW = [{ kind: "page", value: "/" }, { kind: "page", value: "" }];

export function Funnel({ now }) {
  const { state, go, door, session } = usePage();
  const manages = !door.door && roleAt(session, state.site) !== "view";
  const address = `/v1/sites/${encodeURIComponent(state.site)}/funnels`;
  const list = useAnswer(door.door ? null : [address, {}]).answer?.data || [];
  const [changes, setChanges] = useState({}); // of what is kept, by name: whether it still is
  const names = [...new Set([...list.map((one) => one.name), ...Object.keys(changes)])].filter((name) => changes[name] !== false);
  const chosen = state.tabs.funnel || names[0] || "";
  const query = funnelOf(state, now, chosen);
  const { answer, problem, isLoading } = useAnswer(query);
  const choose = (tabs) => go({ tabs: { ...state.tabs, ...tabs } }, { isSmall: true });
  const keep = async (name, definition) => {
    await request(`${address}/${encodeURIComponent(name)}`, { method: "PUT", body: definition });
    setChanges({ ...changes, [name]: true });
    choose({ funnel: name });
  };
  const remove = async () => {
    await request(`${address}/${encodeURIComponent(chosen)}`, { method: "DELETE" });
    setChanges({ ...changes, [chosen]: false });
    choose({ funnel: "" });
  };
  const isOwn = !names.includes(chosen);
  return html`<${Dialog} title="Funnel" onClose=${() => go({ detail: "" })} className="large"><div class="details">
    <div class="details-bar">${names.length > 0 && html`<select aria-label="Funnel" value=${isOwn ? "[]" : chosen} onChange=${(event) => choose({ funnel: event.target.value })}>
      ${names.map((name) => html`<option value=${name} selected=${name === chosen}>${name}</option>`)}
      <option value="[]" selected=${isOwn}>Steps of my own …</option></select>`}
      ${chosen !== "[]" && query && html`<select aria-label="By" value=${state.tabs.split || ""} onChange=${(event) => choose({ split: event.target.value })}>
        <option value="" selected=${!state.tabs.split}>All visitors</option>
        ${Object.entries(DIMENSIONS).map(([id, label]) => html`<option value=${id} selected=${id === state.tabs.split}>By ${label}</option>`)}</select>`}
      ${manages && !isOwn && html`<${Delete} key=${chosen} name=${chosen} act=${remove} />`}
      ${chosen !== "[]" && query && html`<${More} query=${query} name="funnel" most=${MOST_VALUES} />`}</div>
    ${isOwn && html`<${Editor} key=${chosen} steps=${readList(chosen)} choose=${choose} keep=${manages && keep} />`}
    ${chosen !== "[]" && html`<${Failure} problem=${problem} role="alert" />`}
    ${chosen !== "[]" && answer && html`<${Steps} answer=${answer} isStale=${isLoading} />`}
  </div><//>`;
}

/** The steps with their bars; a click on one filters for its conditions. */
function Steps({ answer, isStale }) {
  const { state, go } = usePage();
  const { steps } = answer.data;
  const { meta } = answer;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Steps"><table class=${`rows steps ${isStale ? "stale" : ""}`} data-steps>
    <thead><tr><th scope="col">Step</th><th scope="col">Visitors</th><th scope="col">Of the first</th><th scope="col">Lost before it</th><th scope="col">Median time</th></tr></thead>
    <tbody>${steps.map((step, place) => {
      const words = meta.mode === "any" ? `${place + 1} of ${steps.length} steps` : nameOf(meta.steps[place]);
      return html`<tr key=${place}><th scope="row"><span class="length" style=${{ width: `${step.rate || 0}%` }}></span>
        ${meta.mode === "any" ? html`<span class="value">${words}</span>`
          : html`<button class="value" title=${`Filter: ${words}`} onClick=${() => go({ filters: [...state.filters, ...meta.steps[place]], detail: "" })}>${place + 1}. ${words}</button>`}</th>
        <td data-visitors=${step.visitors}>${tell(step, "visitors", "visitors")}</td><td data-rate=${step.rate}>${tell(step, "rate", "bounce_rate")}</td>
        <td data-drop-off=${step.drop_off}>${place > 0 && tell(step, "drop_off", "bounce_rate")}</td>
        <td data-median=${step.median_seconds}>${place > 0 && step.median_seconds !== null && html`<span>${step.median_seconds_error !== undefined && "≈ "}${duration(step.median_seconds)}</span>`}</td></tr>`;
    })}</tbody></table></div>
    <p class="quiet" data-definition>Within ${spanOf(meta.within)}${meta.within !== "visit" && ", of visitors with a user id"}, ${MODES[meta.mode]}.
      ${meta.exclude.length > 0 && ` An attempt ends at ${nameOf(meta.exclude)}.`}</p>
    ${answer.data.values && html`<${Values} answer=${answer} />`}`;
}

/** Who took each step, by what the event of the first one had. */
function Values({ answer: { data: { values, total, steps }, meta: { dimension } } }) {
  if (!values.length) return html`<p class="none">No event of the first step has a known value.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="By value"><table class="rows by-value" data-values style=${{ minWidth: `${12 + 5 * (steps.length + 1)}rem` }}>
    <thead><tr><th scope="col">${nameDimension(dimension)}</th>${steps.map((step) => html`<th scope="col">Step ${step.step}</th>`)}<th scope="col">Took all</th></tr></thead>
    <tbody>${values.map((row) => html`<tr key=${row[dimension]}>
      <th scope="row"><span class="length" style=${{ width: `${(100 * row.steps[0].visitors) / values[0].steps[0].visitors}%` }}></span><${Value} dimension=${dimension} value=${row[dimension]} /></th>
      ${row.steps.map((step) => html`<td data-reached=${step.visitors}>${tell(step, "visitors", "visitors")}</td>`)}<td>${tell(row.steps.at(-1), "rate", "bounce_rate")}</td></tr>`)}</tbody></table></div>
    ${total > values.length && html`<p class="quiet">The first ${values.length} of ${figure("events", total)}.</p>`}`;
}

/** Two clicks: the second one deletes. */
function Delete({ name, act }) {
  const [isSure, setSure] = useState(false);
  const [failure, setFailure] = useState("");
  const click = () => (isSure ? act().catch((problem) => setFailure(problem.message)) : setSure(true));
  return html`<button class="plain" onClick=${click}>${isSure ? `Really delete ${name}` : "Delete"}</button>
    ${failure && html`<p class="refused" role="alert">${failure}</p>`}`;
}

function tell(row, name, metric) {
  const bound = row[`${name}_error`];
  return html`<span title=${bound === undefined ? undefined : boundText(metric, bound)}>${bound === undefined ? "" : "≈ "}${figure(metric, row[name])}</span>`;
}

function Editor({ steps: given, choose, keep }) {
  const { state } = usePage();
  const [steps, setSteps] = useState(given.length ? given.map((one) => placeOf(one) || { kind: "page", value: "" }) : NEW);
  const [within, setWithin] = useState(state.tabs.within || "visit");
  const [mode, setMode] = useState(state.tabs.mode || "ordered");
  const [exclude, setExclude] = useState(placeOf(readList(state.tabs.exclude)) || { kind: "", value: "" });
  const [name, setName] = useState("");
  const [failure, setFailure] = useState("");
  const change = (place, step) => setSteps(steps.map((one, number) => (number === place ? step : one)));
  const written = () => steps.map(conditionsOf);
  const excluded = () => (exclude.kind ? conditionsOf(exclude) : []);
  const show = (event) => {
    event.preventDefault();
    if (name && keep) keep(name, { steps: written(), within, mode, exclude: excluded() }).catch((problem) => setFailure(problem.errors?.[0]?.detail || problem.message));
    else choose({ funnel: JSON.stringify(written()), within: within === "visit" ? "" : within, mode: mode === "ordered" ? "" : mode, exclude: exclude.kind ? JSON.stringify(excluded()) : "" });
  };
  const select = (label, words, value, set) => html`<label>${label}<select value=${value} onChange=${(event) => set(event.target.value)}>
    ${Object.entries(words).map(([id, text]) => html`<option value=${id} selected=${id === value}>${text}</option>`)}</select></label>`;
  return html`<form onSubmit=${show}>
    ${steps.map((step, place) => html`<div class="line" key=${place}><${Place} label=${`Step ${place + 1}`} place=${step} onChange=${(one) => change(place, one)} />
      <button type="button" class="icon" aria-label=${`Remove step ${place + 1}`} disabled=${steps.length <= 2} onClick=${() => setSteps(steps.filter((_, number) => number !== place))}>✕</button></div>`)}
    <div class="fields">${select("Within", WITHIN, within, setWithin)}${select("Steps", MODES, mode, setMode)}</div>
    <div class="field"><span class="quiet">An attempt ends at</span><${Place} label="Exclusion" place=${exclude} none="Nothing" onChange=${setExclude} /></div>
    ${keep && html`<label>Keep it for the site as (or leave this empty)<input value=${name} maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" onInput=${(event) => setName(event.target.value)} /></label>`}
    ${failure && html`<p class="refused" role="alert">${failure}</p>`}
    <div class="buttons"><button type="button" class="plain" disabled=${steps.length >= MOST_STEPS} onClick=${() => setSteps([...steps, { kind: "page", value: "" }])}>Add a step</button>
      <button class="primary">Show</button></div></form>`;
}
