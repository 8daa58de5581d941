// Why a part of the page has no figures: what the API refused, or that it could not be asked and will be again.
import { html } from "../vendor/htm-preact.js";

/** `role`: how it is announced, where it answers a click. */
export function Failure({ problem, role }) {
  if (!problem) return null;
  return problem.isPassing ? html`<p class="refused">This could not be loaded. Trying again …</p>`
    : html`<p class="refused" role=${role}>${problem.errors[0]?.detail || problem.message}</p>`;
}
