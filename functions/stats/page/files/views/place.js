// A page or another event, to be chosen.
import { html } from "../vendor/htm-preact.js";

export function Place({ label, place, onChange }) {
  return html`<div class="place">
    <select aria-label=${`${label}: kind`} value=${place.kind} onChange=${(event) => onChange({ ...place, kind: event.target.value })}>
      <option value="page" selected=${place.kind === "page"}>Page</option>
      <option value="event" selected=${place.kind === "event"}>Event</option>
    </select>
    <input aria-label=${label} required maxlength="1000" placeholder=${place.kind === "page" ? "/pricing*" : "signup"} value=${place.value}
      onInput=${(event) => onChange({ ...place, value: event.target.value })} />
  </div>`;
}
