// Says that the API can't be reached, until it can again.
import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { watch } from "../api.js";

export function Away() {
  const [isAway, setAway] = useState(false);
  useEffect(() => watch((isReachable) => setAway(!isReachable)), []);
  return html`<div role="status" class="away-place">${isAway && html`<p class="away">
    The service does not answer. What is shown may be old; trying again.</p>`}</div>`;
}
