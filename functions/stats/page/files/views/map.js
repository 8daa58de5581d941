// The map of countries. Its shapes are loaded when it is first seen; the table below it says the same.
import { html, useState } from "../vendor/htm-preact.js";
import { figure, show } from "../format.js";
import { isFiltered, toggleValue } from "../filters.js";
import { usePage } from "../page.js";
import { useModule } from "./late.js";

const STEPS = 5;

export function PlaceMap({ answer }) {
  const { state, go } = usePage();
  const { module: world, isLost } = useModule((again) => import("../world.js" + again));
  const [at, setAt] = useState(null);
  if (isLost) return html`<p class="refused">The map could not be loaded. The table has the same.</p>`;
  if (!world || !answer) return html`<div class="map skeleton"><i></i></div>`;
  const visitors = Object.fromEntries(answer.data.map((row) => [row.country, row.visitors]));
  const most = Math.max(...Object.values(visitors), 1);
  const toggle = (code) => go({ filters: toggleValue(state.filters, "country", code) });
  return html`<div class="map">
    <svg viewBox=${world.VIEW_BOX} role="img" aria-label="Map of visitors by country; the tab Countries lists them"
        onPointerLeave=${() => setAt(null)}>
      ${Object.entries(world.COUNTRIES).map(([code, path]) => html`<path d=${path} data-country=${code}
        class=${`land s${visitors[code] ? shade(visitors[code], most) : 0} ${isFiltered(state.filters, "country", code) ? "on" : ""}`}
        onPointerEnter=${() => setAt(code)} onClick=${() => visitors[code] && toggle(code)} />`)}
    </svg>
    <p class="map-tip" aria-hidden="true">${at ? html`${show("country", at)} <b>${figure("visitors", visitors[at] || 0)}</b>` : ""}</p>
  </div>`;
}

/** From 1, few, to STEPS, most: by the logarithm, so that the second country does not look like the last. */
function shade(value, most) {
  return Math.max(1, Math.ceil((Math.log(value + 1) / Math.log(most + 1)) * STEPS));
}
