// The filters that hold, each as a chip: a click changes it, its cross takes it away.
import { html, useState } from "../vendor/htm-preact.js";
import { describe, replaceAt } from "../filters.js";
import { show } from "../format.js";
import { usePage } from "../page.js";
import { nameDimension } from "../words.js";
import { lateDialog } from "./late.js";

const FilterForm = lateDialog("FilterForm", (again) => import("./filter-form.js" + again));

export function Chips() {
  const { state, go } = usePage();
  const [edited, setEdited] = useState(null);
  if (!state.filters.length) return null;
  const remove = (place) => () => go({ filters: replaceAt(state.filters, place, null) });
  return html`<div class="chips" role="group" aria-label="Filters">
    ${state.filters.map((filter, place) => {
      const words = describe(filter, nameDimension, show);
      return html`<span class="chip"><button type="button" class="chip-words" title=${words} onClick=${() => filter.dimension && setEdited(place)}>${words}</button>
        <button type="button" class="icon" aria-label=${`Remove: ${words}`} onClick=${remove(place)}>✕</button></span>`;
    })}
    ${state.filters.length > 1 && html`<button type="button" class="link" onClick=${() => go({ filters: [] })}>Clear all</button>`}
    ${edited !== null && html`<${FilterForm} place=${edited} onClose=${() => setEdited(null)} />`}
  </div>`;
}
