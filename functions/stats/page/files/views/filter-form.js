// A form for one condition: a dimension, an operator, and one or more values, of which those that occur are offered.
import { html, useRef, useState } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { nameOperator, OPERATORS, replaceAt, searchFor, valuesOf } from "../filters.js";
import { show } from "../format.js";
import { usePage } from "../page.js";
import { rowsOf } from "../query.js";
import { DIMENSIONS, NAMED } from "../words.js";
import { Dialog } from "./dialog.js";

/** `place`: which of the filters it changes; -1: it makes a new one. */
export function FilterForm({ place, onClose }) {
  const { state, go } = usePage();
  const before = state.filters[place];
  const [dimension, setDimension] = useState(before?.dimension || "path");
  const [operator, setOperator] = useState(before?.operator || "is");
  const [values, setValues] = useState(before ? valuesOf(before) : []);
  const [text, setText] = useState("");
  const known = useAnswer(["/v1/stats/dimensions", { site_id: state.site }]).answer?.data;
  const properties = known?.properties || [];
  const isNamed = Boolean(NAMED[dimension]);
  const operators = isNamed ? known?.named[dimension].operators || [operator] : Object.keys(OPERATORS);
  const choose = (chosen) => {
    setDimension(chosen);
    setValues([]);
    if (NAMED[chosen] || isNamed) setOperator("is"); // the one that both know
  };
  const box = useRef(null);
  const add = (value) => {
    if (value && !values.includes(value)) setValues([...values, value]);
    setText("");
    box.current.focus();
  };
  const apply = (event) => {
    event.preventDefault();
    const all = text.trim() && !values.includes(text.trim()) ? [...values, text.trim()] : values;
    if (!all.length) return box.current.focus();
    const filter = { dimension, operator, value: all };
    return go({ filters: replaceAt(state.filters, place < 0 ? state.filters.length : place, filter), detail: "" });
  };
  const onKey = (event) => {
    if (event.key !== "Enter" || !text.trim()) return;
    event.preventDefault();
    add(text.trim());
  };
  return html`<${Dialog} title=${before ? "Change filter" : "Add a filter"} onClose=${onClose} className="small">
    <form class="filter-form" onSubmit=${(event) => { apply(event); if (values.length || text.trim()) onClose(); }}>
      <div class="fields">
        <label>What <select value=${dimension} onChange=${(event) => choose(event.target.value)}>
          ${Object.entries(DIMENSIONS).map(([id, label]) => html`<option value=${id} selected=${id === dimension}>${label}</option>`)}
          ${properties.length > 0 && html`<optgroup label="Properties">${properties.map((id) => html`
            <option value=${id} selected=${id === dimension}>${id.slice("props.".length)}</option>`)}</optgroup>`}
          ${known && html`<optgroup label="Kept for this site">${Object.keys(NAMED).filter((id) => known.named[id].names.length || id === dimension).map((id) => html`
            <option value=${id} selected=${id === dimension}>${NAMED[id]}</option>`)}</optgroup>`}
        </select></label>
        <label>How <select value=${operator} onChange=${(event) => setOperator(event.target.value)}>
          ${operators.map((id) => html`<option value=${id} selected=${id === operator}>${nameOperator(id)}</option>`)}
        </select></label>
      </div>
      ${values.length > 0 && html`<div class="chips">${values.map((value) => html`<span class="chip"><span class="chip-words">${show(dimension, value)}</span>
        <button type="button" class="icon" aria-label=${`Remove ${value}`} onClick=${() => setValues(values.filter((other) => other !== value))}>✕</button></span>`)}</div>`}
      <label>Value <input ref=${box} value=${text} autofocus autocomplete="off" onInput=${(event) => setText(event.target.value)} onKeyDown=${onKey}
        placeholder=${operator === "matches" ? "/blog/*" : "Type, or choose below"} /></label>
      ${isNamed ? html`<${Choices} dimension=${dimension} values=${(known?.named[dimension].names || []).filter((name) => !values.includes(name) && name.includes(text.trim()))} add=${add} />`
        : html`<${Offered} dimension=${dimension} text=${text} chosen=${values} add=${add} />`}
      <p class="quiet">${operator === "matches" ? "* stands for any characters, ? for one. " : ""}${operator.startsWith("has") ? "The whole visit is looked at, also before and after the period. " : ""}Case matters. One of several values must match.</p>
      <div class="buttons"><button type="button" class="plain" onClick=${onClose}>Cancel</button><button class="primary">Apply</button></div>
    </form>
  <//>`;
}

function Offered({ dimension, text, chosen, add }) {
  const { state } = usePage();
  const isCoded = dimension === "country" || dimension === "language";
  const filter = text.trim() && !isCoded ? searchFor(dimension, text.trim()) : undefined;
  const query = rowsOf({ ...state, filters: [], compare: "" }, Date.now(), dimension, { limit: isCoded ? 250 : 8, filter });
  const { answer } = useAnswer(query);
  const fits = (value) => !chosen.includes(value) && (!isCoded || `${value} ${show(dimension, value)}`.toLowerCase().includes(text.trim().toLowerCase()));
  const values = (answer?.meta.dimension === dimension ? answer.data : []).map((row) => row[dimension]).filter(fits).slice(0, 8);
  return html`<${Choices} dimension=${dimension} values=${values} add=${add} />`;
}

function Choices({ dimension, values, add }) {
  return html`<ul class="offered">${values.map((value) => html`<li>
    <button type="button" onClick=${() => add(value)}>${show(dimension, value)}</button></li>`)}</ul>`;
}
