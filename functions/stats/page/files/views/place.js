// A page or another event, to be chosen; with `none`, a word for it, also neither.
import { html } from "../vendor/htm-preact.js";

export function Place({ label, place, none, onChange }) {
  return html`<div class="place">
    <select aria-label=${`${label}: kind`} value=${place.kind} onChange=${(event) => onChange({ ...place, kind: event.target.value })}>
      ${none && html`<option value="" selected=${!place.kind}>${none}</option>`}
      <option value="page" selected=${place.kind === "page"}>Page</option>
      <option value="event" selected=${place.kind === "event"}>Event</option>
    </select>
    ${place.kind && html`<input aria-label=${label} required maxlength="1000" placeholder=${place.kind === "page" ? "/pricing*" : "signup"} value=${place.value}
      onInput=${(event) => onChange({ ...place, value: event.target.value })} />`}
  </div>`;
}
