// What the figures are: exact or estimated, how fresh, in whose days, and what a visitor is over several of them.
import { html } from "../vendor/htm-preact.js";
import { moment } from "../format.js";
import { METRICS } from "../words.js";

export function Notes({ summary, series, zone, live }) {
  const meta = summary.answer?.meta;
  if (!meta) return null;
  const estimated = [...new Set([...(meta.estimated || []), ...(series.answer?.meta.estimated || [])])];
  const names = estimated.map((metric) => METRICS[metric]?.toLowerCase() || metric).join(", ");
  const fresh = live?.meta.fresh_as_of || meta.fresh_as_of;
  return html`<footer class="notes">
    <p>${estimated.length ? html`<b>Partly estimated:</b> ${names}, from a sample of visitors. The ± beside a figure says how far the truth may lie from it.`
      : html`<b>Exact:</b> totals and graph are counted, not sampled.`} A panel's estimates are marked ≈.</p>
    ${fresh && html`<p><b>Last change</b> of these figures: <time datetime=${fresh}>${moment(fresh, zone)}</time>. Days are those of ${zone}.</p>`}
    ${meta.compared?.part_note && html`<p><b>Compared:</b> ${meta.compared.part_note} The dashed line of the graph is all of it.</p>`}
    <${Imported} share=${meta.imported} of=${series.answer?.meta.imported} />
    ${meta.visitors_note && html`<p><b>Visitors:</b> ${meta.visitors_note}</p>`}
  </footer>`;
}

/** Days of another tracker's totals: whose, and which figures are without them. `of`: those of the graph. */
function Imported({ share, of }) {
  if (!share) return null;
  const left = [...share.left_out, ...(of?.left_out || [])];
  const name = ({ metrics, why }) => `${metrics.map((metric) => METRICS[metric]?.toLowerCase() || metric).join(", ")} (${why})`;
  return html`<p class="imported"><b>Imported:</b> ${share.from} to ${share.to}, as totals: ${share.sources.join(", ")}.
    ${left.length > 0 && ` Without these days: ${[...new Set(left.map(name))].join("; ")}.`} ${share.visitors_note}</p>`;
}
