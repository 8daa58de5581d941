// A dimension to choose, also a property of events; with `all`, a word for it, also none.
import { html } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { usePage } from "../page.js";
import { DIMENSIONS, nameDimension } from "../words.js";

export const isProperty = (dimension) => dimension.startsWith("props.");

export function By({ chosen, all, choose }) {
  const { state } = usePage();
  const known = useAnswer(["/v1/stats/dimensions", { site_id: state.site }]).answer?.data.properties || [];
  const properties = isProperty(chosen) && !known.includes(chosen) ? [...known, chosen] : known;
  const option = (id, words) => html`<option value=${id} selected=${id === chosen}>${words}</option>`;
  return html`<select aria-label="By" value=${chosen} onChange=${(event) => choose(event.target.value)}>
    ${all && option("", all)}${Object.entries(DIMENSIONS).map(([id, words]) => option(id, `By ${words}`))}
    ${properties.length > 0 && html`<optgroup label="Properties">${properties.map((id) => option(id, `By ${nameDimension(id)}`))}</optgroup>`}</select>`;
}
