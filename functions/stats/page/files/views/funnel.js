// A funnel: how many visitors took each step. A site's own funnels by name, or steps of the reader's.
import { html, useContext, useState } from "../vendor/htm-preact.js";
import { request } from "../api.js";
import { Changes, useAnswer } from "../answers.js";
import { duration, figure } from "../format.js";
import { usePage } from "../page.js";
import { roleAt } from "../session.js";
import { funnelOf, nameOf, readList, spanOf } from "../ways.js";
import { nameDimension } from "../words.js";
import { By } from "./by.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { Editor, MODES } from "./funnel-editor.js";
import { More } from "./more.js";
import { boundText, Value } from "./rows.js";

const MOST_VALUES = 100;
const OWN = "[]"; // steps that are not chosen yet

/** What is kept is asked for again, with its figures, whenever it is changed here. */
export function Funnel({ now }) {
  const [count, setCount] = useState(0);
  return html`<${Changes.Provider} value=${useContext(Changes) + count}><${Chosen} now=${now} changed=${() => setCount(count + 1)} /><//>`;
}

function Chosen({ now, changed }) {
  const { state, go, door, session } = usePage();
  const manages = !door.door && roleAt(session, state.site) !== "view";
  const address = `/v1/sites/${encodeURIComponent(state.site)}/funnels`;
  const list = useAnswer(door.door ? null : [address, {}]);
  const kept = list.answer?.data || [];
  const [edited, setEdited] = useState("");
  const chosen = state.tabs.funnel || kept[0]?.name || (list.isLoading || list.problem?.isPassing ? "" : OWN);
  const isOwn = chosen.startsWith("[");
  const names = [...new Set([...kept.map((one) => one.name), ...(isOwn || !chosen ? [] : [chosen])])];
  const definition = kept.find((one) => one.name === chosen);
  const isEdited = manages && definition && edited === chosen;
  const query = chosen === OWN ? null : funnelOf(state, now, chosen);
  const { answer, problem, isLoading } = useAnswer(query);
  const choose = (tabs) => go({ tabs: { ...state.tabs, ...tabs } }, { isSmall: true });
  const show = ({ steps, within, mode, exclude }) => choose({ funnel: JSON.stringify(steps), within: within === "visit" ? "" : within,
    mode: mode === "ordered" ? "" : mode, exclude: exclude.length ? JSON.stringify(exclude) : "" });
  const change = async (name, method, body) => {
    await request(`${address}/${encodeURIComponent(name)}`, { method, body });
    changed();
    setEdited("");
  };
  const keep = async (name, { steps, within, mode, exclude }) => {
    await change(name, "PUT", { steps, within, mode, exclude });
    choose({ funnel: name, within: "", mode: "", exclude: "" });
  };
  const remove = async () => {
    await change(chosen, "DELETE");
    choose({ funnel: names.find((name) => name !== chosen) || OWN });
  };
  const own = { steps: readList(state.tabs.funnel), within: state.tabs.within || "visit", mode: state.tabs.mode || "ordered", exclude: readList(state.tabs.exclude) };
  return html`<${Dialog} title=${isEdited ? `Edit ${chosen}` : "Funnel"} onClose=${() => go({ detail: "" })} className="large"><div class="details">
    ${!isEdited && html`<div class="details-bar">${names.length > 0 && html`<select aria-label="Funnel" value=${isOwn ? OWN : chosen} onChange=${(event) => choose({ funnel: event.target.value })}>
      ${names.map((name) => html`<option value=${name} selected=${name === chosen}>${name}</option>`)}
      <option value=${OWN} selected=${isOwn}>Steps of my own …</option></select>`}
      ${query && html`<${By} chosen=${state.tabs.split || ""} all="All visitors" choose=${(split) => choose({ split })} />`}
      ${manages && definition && html`<button class="plain" onClick=${() => setEdited(chosen)}>Edit</button><${Delete} key=${chosen} name=${chosen} act=${remove} />`}
      ${query && html`<${More} query=${query} name="funnel" most=${MOST_VALUES} />`}</div>`}
    ${isOwn && html`<${Editor} key=${chosen} given=${own} names=${names} show=${show} keep=${manages && keep} />`}
    ${isEdited && html`<${Editor} key=${`edit ${chosen}`} given=${definition} name=${chosen} names=${names} keep=${keep} cancel=${() => setEdited("")} />`}
    ${query && !isEdited && html`<${Failure} problem=${problem} role="alert" />`}
    ${query && !isEdited && answer && html`<${Steps} answer=${answer} isStale=${isLoading} />`}
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
