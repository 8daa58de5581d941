// A page or another event, to be chosen; with `none`, a word for it, also neither. Other conditions are shown, and stay as they are.
import { html } from "../vendor/htm-preact.js";
import { nameOf } from "../ways.js";

export function Place({ label, place, none, onChange }) {
  const { kind, value, given, before } = place;
  const option = (id, words) => html`<option value=${id} selected=${id === kind}>${words}</option>`;
  return html`<div class="place">
    <select aria-label=${`${label}: kind`} value=${kind} onChange=${(event) => onChange({ ...place, kind: event.target.value })}>
      ${none && option("", none)}${before?.kind === "given" && option("given", "Conditions")}${option("page", "Page")}${before?.kind === "path" && option("path", "Path")}${option("event", "Event")}
    </select>
    ${kind === "given" ? html`<span class="given">${nameOf(given)} <span class="quiet">This can't be edited here. It stays as it is.</span></span>`
      : kind && html`<input aria-label=${label} required maxlength="1000" placeholder=${kind === "event" ? "signup" : "/pricing*"} value=${value}
        onInput=${(event) => onChange({ ...place, value: event.target.value })} />`}
  </div>`;
}
