// What visitors do one after the other: doors to funnels, retention and journeys, each with an address of its own.
import { html } from "../vendor/htm-preact.js";
import { usePage } from "../page.js";
import { lateDialog } from "./late.js";

const DOORS = [
  ["funnel", "Funnel", "how many take each step"],
  ["retention", "Retention", "who comes again"],
  ["journeys", "Journeys", "the ways that visits take"],
];

const BehaviourDialog = lateDialog("BehaviourDialog", (again) => import("./behaviour-dialogs.js" + again));
/** By what the address calls them: the dialogs, loaded when one is opened. */
export const BEHAVIOUR = Object.fromEntries(DOORS.map(([detail]) => [detail, BehaviourDialog]));

export function Behaviour() {
  const { go } = usePage();
  return html`<section class="card panel full doors" data-panel="behaviour" aria-label="What visitors do">
    ${DOORS.map(([detail, title, what]) => html`<button class="plain" onClick=${() => go({ detail })}>${title}
      <span class="quiet">${what}</span></button>`)}
  </section>`;
}
