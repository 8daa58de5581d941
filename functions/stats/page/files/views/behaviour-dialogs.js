// The dialogs of what visitors do, loaded together: they share the form of a place and the words for it.
import { html } from "../vendor/htm-preact.js";
import { usePage } from "../page.js";
import { Funnel } from "./funnel.js";
import { Journeys } from "./journeys.js";
import { Retention } from "./retention.js";

const DIALOGS = { funnel: Funnel, retention: Retention, journeys: Journeys };

export function BehaviourDialog({ now }) {
  const { state } = usePage();
  const Chosen = DIALOGS[state.detail];
  return Chosen && html`<${Chosen} now=${now} />`;
}
