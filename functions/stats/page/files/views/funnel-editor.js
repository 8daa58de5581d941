// The form of a funnel's definition: to look at what it gives, or to keep it for the site.
import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { choiceOf, conditionsOf, spanOf } from "../ways.js";
import { Place } from "./place.js";

export const MODES = { ordered: "in this order", strict: "with nothing between", any: "in any order" };
const WITHIN = ["visit", "30m", "12h", "1d", "7d", "30d"];
const MOST_STEPS = 8;
const EMPTY = { kind: "page", value: "" };
const NEW = [{ kind: "page", value: "/" }, EMPTY];

/** `given`: the definition to begin with; `name`: under which the site keeps it. `show` takes a definition.
    `keep`, for who may, takes a name and a definition; `cancel` is there where a kept one is edited. */
export function Editor({ given, name, names, show, keep, cancel }) {
  const [steps, setSteps] = useState(given.steps.length ? given.steps.map((one) => choiceOf(one, EMPTY)) : NEW);
  const [within, setWithin] = useState(given.within);
  const [mode, setMode] = useState(given.mode);
  const [exclude, setExclude] = useState(choiceOf(given.exclude, { kind: "", value: "" }));
  const [newName, setNewName] = useState("");
  const [failure, setFailure] = useState("");
  const form = useRef(null);
  useEffect(() => name && form.current.querySelector("select").focus(), []); // the button that led here is gone
  const change = (place, step) => setSteps(steps.map((one, number) => (number === place ? step : one)));
  const submit = (event) => {
    event.preventDefault();
    const definition = { steps: steps.map(conditionsOf), within, mode, exclude: conditionsOf(exclude) };
    if (!name && !newName) return show(definition);
    if (names.includes(newName)) return setFailure(`There is a funnel ${newName} already. Choose it above to edit it.`);
    return keep(name || newName, definition).catch((problem) => setFailure(problem.errors?.[0]?.detail || problem.message));
  };
  const spans = Object.fromEntries([...new Set([...WITHIN, given.within])].map((id) => [id, spanOf(id)]));
  const select = (label, words, value, set) => html`<label>${label}<select value=${value} onChange=${(event) => set(event.target.value)}>
    ${Object.entries(words).map(([id, text]) => html`<option value=${id} selected=${id === value}>${text}</option>`)}</select></label>`;
  return html`<form ref=${form} onSubmit=${submit} aria-label=${name ? `Edit ${name}` : "Steps of my own"}>
    ${steps.map((step, place) => html`<div class="line" key=${place}><${Place} label=${`Step ${place + 1}`} place=${step} onChange=${(one) => change(place, one)} />
      <button type="button" class="icon" aria-label=${`Remove step ${place + 1}`} disabled=${steps.length <= 2} onClick=${() => setSteps(steps.filter((_, number) => number !== place))}>✕</button></div>`)}
    <div class="fields">${select("Within", spans, within, setWithin)}${select("Steps", MODES, mode, setMode)}</div>
    <div class="field"><span class="quiet">An attempt ends at</span><${Place} label="Exclusion" place=${exclude} none="Nothing" onChange=${setExclude} /></div>
    ${keep && !name && html`<label>Keep it for the site as (or leave this empty)<input value=${newName} maxlength="64" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]*" onInput=${(event) => setNewName(event.target.value)} /></label>`}
    ${failure && html`<p class="refused" role="alert">${failure}</p>`}
    <div class="buttons"><button type="button" class="plain first" disabled=${steps.length >= MOST_STEPS} onClick=${() => setSteps([...steps, EMPTY])}>Add a step</button>
      ${cancel && html`<button type="button" class="plain" onClick=${cancel}>Cancel</button>`}<button class="primary">${name ? "Save" : "Show"}</button></div></form>`;
}
