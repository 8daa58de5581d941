// The rows of a panel: a table whose first cell is a button that filters, over a bar of its length.
import { html } from "../vendor/htm-preact.js";
import { changeOf, figure, percent, show } from "../format.js";
import { isFiltered, toggleValue } from "../filters.js";
import { usePage } from "../page.js";
import { METRICS, nameDimension } from "../words.js";
import { Failure } from "./failure.js";
import { Change } from "./totals.js";

const WHY_NONE = {
  region: "Regions need a database of places: set PLACES_MMDB.",
  city: "Cities need a database of places: set PLACES_MMDB.",
};

export function Rows({ rows, dimension, total, most, metrics = ["visitors"] }) {
  const { state } = usePage();
  const { answer, problem, isLoading } = rows;
  if (!answer || answer.meta.dimension !== dimension) return problem ? html`<${Failure} problem=${problem} />` : html`<div class="skeleton lines" aria-busy="true"><i></i></div>`;
  const shown = answer.data.slice(0, most);
  if (!shown.length) return html`<p class="none">${state.filters.length ? "Nothing that passes the filters." : WHY_NONE[dimension] || "Nothing in this period."}</p>`;
  const [first] = metrics;
  const longest = Math.max(...shown.map((row) => Number(row[first]) || 0), 1);
  return html`<${Failure} problem=${problem} /><table class="rows ${isLoading ? "stale" : ""}">
    <thead><tr><th scope="col">${nameDimension(dimension)}</th>
      ${metrics.map((metric) => html`<th scope="col">${METRICS[metric]}</th>`)}</tr></thead>
    <tbody>${shown.map((row) => html`<${Row} key=${row[dimension]} row=${row} dimension=${dimension} metrics=${metrics}
      share=${(Number(row[first]) || 0) / longest} total=${total} />`)}</tbody>
  </table>`;
}

function Row({ row, dimension, metrics, share, total }) {
  const value = row[dimension];
  return html`<tr>
    <th scope="row"><span class="length" style=${{ width: `${share * 100}%` }}></span><${Value} dimension=${dimension} value=${value} /></th>
    ${metrics.map((metric) => html`<td data-value=${row[metric]}><${Cell} metric=${metric} row=${row} total=${total} /></td>`)}
  </tr>`;
}

/** A value as a button that filters for it. What an event sent is text, whatever it looks like. */
export function Value({ dimension, value }) {
  const { state, go } = usePage();
  const isOn = isFiltered(state.filters, dimension, value);
  const filter = () => go({ filters: toggleValue(state.filters, dimension, value), detail: "" });
  return html`<button class="value" aria-pressed=${isOn} title=${value} onClick=${filter}>${show(dimension, value)}</button>`;
}

function Cell({ metric, row, total }) {
  const bound = row[`${metric}_error`];
  const before = row.comparison?.[metric];
  const isCompared = row.comparison !== undefined && typeof row[metric] === "number";
  return html`<span class="cell">
    ${isCompared && html`<${Change} metric=${metric} value=${changeOf(before, row[metric])} />`}
    <span title=${bound === undefined ? undefined : boundText(metric, bound)}>${bound === undefined ? "" : "≈ "}${row[metric] === undefined ? "…" : figure(metric, row[metric])}</span>
    ${metric === "visitors" && total > 0 && !isCompared && html`<span class="share">${percent(row[metric] / total)}</span>`}
  </span>`;
}

export function boundText(metric, bound) {
  return bound === null ? "Estimated" : `Estimated: ± ${figure(metric, bound, true)}`;
}
