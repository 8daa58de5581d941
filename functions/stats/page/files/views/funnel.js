// A funnel: how many visitors took each step. A site's own funnels by name, or steps of the reader's.
import { html, useState } from "../vendor/htm-preact.js";
import { request } from "../api.js";
import { useAnswer } from "../answers.js";
import { duration, figure } from "../format.js";
import { usePage } from "../page.js";
import { roleAt } from "../session.js";
import { conditionsOf, funnelOf, nameOf, placeOf, readList } from "../ways.js";
import { Dialog } from "./dialog.js";
import { More } from "./more.js";
import { Place } from "./place.js";
import { boundText } from "./rows.js";

const WITHIN = { visit: "one visit", "30m": "30 minutes", "1d": "a day", "7d": "7 days", "30d": "30 days" };
const MODES = { ordered: "in this order", strict: "with nothing between", any: "in any order" };
const MOST_STEPS = 8;
const NEW = [{ kind: "page", value: "/" }, { kind: "page", value: "" }];

export function Funnel({ now }) {
  const { state, go, door, session } = usePage();
  const manages = !door.door && roleAt(session, state.site) !== "view";
  const address = `/v1/sites/${encodeURIComponent(state.site)}/funnels`;
  const list = useAnswer(door.door ? null : [address, {}]).answer?.data || [];
  const [kept, setKept] = useState([]);
  const names = [...new Set([...list.map((one) => one.name), ...kept])];
  const chosen = state.tabs.funnel || names[0] || "";
  const query = funnelOf(state, now, chosen);
  const { answer, problem, isLoading } = useAnswer(query);
  const choose = (tabs) => go({ tabs: { ...state.tabs, ...tabs } }, { isSmall: true });
  const keep = async (name, definition) => {
    await request(`${address}/${encodeURIComponent(name)}`, { method: "PUT", body: definition });
    setKept([...kept, name]);
    choose({ funnel: name });
  };
  const isOwn = !names.includes(chosen);
  return html`<${Dialog} title="Funnel" onClose=${() => go({ detail: "" })} className="large"><div class="details">
    <div class="details-bar">${names.length > 0 && html`<select aria-label="Funnel" value=${isOwn ? "[]" : chosen} onChange=${(event) => choose({ funnel: event.target.value })}>
      ${names.map((name) => html`<option value=${name} selected=${name === chosen}>${name}</option>`)}
      <option value="[]" selected=${isOwn}>Steps of my own …</option></select>`}${query && html`<${More} query=${query} name="funnel" hasCsv=${false} />`}</div>
    ${isOwn && html`<${Editor} key=${chosen} steps=${readList(chosen)} choose=${choose} keep=${manages && keep} />`}
    ${chosen !== "[]" && problem && !problem.isPassing && html`<p class="refused" role="alert">${problem.errors[0]?.detail || problem.message}</p>`}
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
    <p class="quiet">${meta.within === "visit" ? "Within one visit" : `Within ${WITHIN[meta.within] || meta.within}, of visitors with a user id`}, ${MODES[meta.mode]}.</p>`;
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
  const [name, setName] = useState("");
  const [failure, setFailure] = useState("");
  const change = (place, step) => setSteps(steps.map((one, number) => (number === place ? step : one)));
  const written = () => steps.map(conditionsOf);
  const show = (event) => {
    event.preventDefault();
    if (name && keep) keep(name, { steps: written(), within, mode }).catch((problem) => setFailure(problem.errors?.[0]?.detail || problem.message));
    else choose({ funnel: JSON.stringify(written()), within: within === "visit" ? "" : within, mode: mode === "ordered" ? "" : mode });
  };
  const select = (label, words, value, set) => html`<label>${label}<select value=${value} onChange=${(event) => set(event.target.value)}>
    ${Object.entries(words).map(([id, text]) => html`<option value=${id} selected=${id === value}>${text}</option>`)}</select></label>`;
  return html`<form onSubmit=${show}>
    ${steps.map((step, place) => html`<div class="line" key=${place}><${Place} label=${`Step ${place + 1}`} place=${step} onChange=${(one) => change(place, one)} />
      <button type="button" class="icon" aria-label=${`Remove step ${place + 1}`} disabled=${steps.length <= 2} onClick=${() => setSteps(steps.filter((_, number) => number !== place))}>✕</button></div>`)}
    <div class="fields">${select("Within", WITHIN, within, setWithin)}${select("Steps", MODES, mode, setMode)}</div>
    ${keep && html`<label>Keep it for the site as (or leave this empty)<input value=${name} maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" onInput=${(event) => setName(event.target.value)} /></label>`}
    ${failure && html`<p class="refused" role="alert">${failure}</p>`}
    <div class="buttons"><button type="button" class="plain" disabled=${steps.length >= MOST_STEPS} onClick=${() => setSteps([...steps, { kind: "page", value: "" }])}>Add a step</button>
      <button class="primary">Show</button></div></form>`;
}
