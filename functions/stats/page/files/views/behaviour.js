// What visitors do one after the other: doors to funnels, retention and journeys, each with an address of its own.
import { html } from "../vendor/htm-preact.js";
import { usePage } from "../page.js";
import { lateDialog } from "./late.js";

/** By what the address calls them: the dialogs, loaded when they are opened. */
export const BEHAVIOUR = {
  funnel: lateDialog("Funnel", (again) => import("./funnel.js" + again)),
  retention: lateDialog("Retention", (again) => import("./retention.js" + again)),
  journeys: lateDialog("Journeys", (again) => import("./journeys.js" + again)),
};
const DOORS = [
  ["funnel", "Funnel", "how many take each step"],
  ["retention", "Retention", "who comes again"],
  ["journeys", "Journeys", "the ways that visits take"],
];

export function Behaviour() {
  const { go } = usePage();
  return html`<section class="card panel full doors" data-panel="behaviour" aria-label="What visitors do">
    ${DOORS.map(([detail, title, what]) => html`<button class="plain" onClick=${() => go({ detail })}>${title}
      <span class="quiet">${what}</span></button>`)}
  </section>`;
}
