// A panel opened: all its rows, searched, sorted, a page at a time.
import { html, useState } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { figure, show } from "../format.js";
import { searchFor } from "../filters.js";
import { usePage } from "../page.js";
import { rowsOf } from "../query.js";
import { METRICS, nameDimension, REPORTED } from "../words.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { More } from "./more.js";
import { boundText, Value } from "./rows.js";

const OF_EVENTS = ["path", "hostname", "event_type"];
const OF_PAGES = ["path", "hostname"];
const FIRST = "visitors:desc";
const PAGE = 50;

export function Details({ now }) {
  const { state, go } = usePage();
  const dimension = state.detail;
  if (dimension === "filter") return null;
  return html`<${Dialog} title=${nameDimension(dimension)} onClose=${() => go({ detail: "" })} className="large">
    <${Rows} key=${dimension} dimension=${dimension} now=${now} /><//>`;
}

function Rows({ dimension, now }) {
  const { state, go } = usePage();
  const text = state.search;
  const [offset, setOffset] = useState(0);
  const codes = useCodes(dimension, text, now);
  const isOfEvents = OF_EVENTS.includes(dimension) || dimension.startsWith("props.");
  const metrics = OF_PAGES.includes(dimension) ? ["visitors", "page_views", "engaged_time", "scroll_depth"]
    : isOfEvents ? ["visitors", "events", "revenue"]
      : ["visitors", "visits", "page_views", "bounce_rate", "visit_duration", "engaged_time"];
  const sort = metrics.includes(state.sort.split(":")[0]) ? state.sort : FIRST;
  const filter = !text.trim() ? undefined : codes ? { dimension, operator: "is", value: codes } : searchFor(dimension, text.trim());
  const query = rowsOf(state, now, dimension, { metrics: metrics.join(), sort, limit: PAGE, offset, filter });
  const { answer, problem, isLoading } = useAnswer(codes && !codes.length ? null : query);
  const search = (event) => {
    go({ search: event.target.value }, { isSmall: true });
    setOffset(0);
  };
  const sortBy = (metric) => {
    const chosen = sort === `${metric}:desc` ? `${metric}:asc` : `${metric}:desc`;
    go({ sort: chosen === FIRST ? "" : chosen }, { isSmall: true });
    setOffset(0);
  };
  const total = answer?.meta.total ?? 0;
  const isReported = (metric) => !REPORTED.includes(metric) || sort.startsWith(metric) || answer?.data.some((row) => row[metric] !== null);
  const shown = metrics.filter(isReported);
  return html`<div class="details">
    <div class="details-bar"><input type="search" placeholder="Search" aria-label=${`Search ${nameDimension(dimension)}`} value=${text} onInput=${search} autofocus />
      <${More} query=${query} name=${dimension} /></div>
    <${Failure} problem=${problem} />
    <div class="scroll"><table class="figures ${isLoading ? "stale" : ""}">
      <thead><tr><th scope="col">${nameDimension(dimension)}</th>${shown.map((metric) => html`
        <th scope="col" aria-sort=${sortOf(sort, metric)}>${metric === "revenue" ? METRICS[metric]
          : html`<button onClick=${() => sortBy(metric)}>${METRICS[metric]}<span aria-hidden="true">${{ ascending: "\u00a0↑", descending: "\u00a0↓" }[sortOf(sort, metric)] || ""}</span></button>`}</th>`)}</tr></thead>
      <tbody>${(answer?.data || []).map((row) => html`<tr key=${row[dimension]}><th scope="row"><${Value} dimension=${dimension} value=${row[dimension]} /></th>
        ${shown.map((metric) => html`<td><${Figure} metric=${metric} row=${row} /></td>`)}</tr>`)}</tbody>
    </table></div>
    ${!answer && isLoading && html`<div class="skeleton lines" aria-busy="true"><i></i></div>`}
    ${answer && !answer.data.length && html`<p class="none">Nothing found.</p>`}
    <div class="pager">
      <span class="quiet" role="status">${total ? `${figure("visits", offset + 1, true)}–${figure("visits", Math.min(offset + PAGE, total), true)} of ${figure("visits", total, true)}` : ""}</span>
      <button class="plain" disabled=${offset === 0} onClick=${() => setOffset(offset - PAGE)}>Previous</button>
      <button class="plain" disabled=${offset + PAGE >= total} onClick=${() => setOffset(offset + PAGE)}>Next</button>
    </div>
  </div>`;
}

function Figure({ metric, row }) {
  const bound = row[`${metric}_error`];
  return html`<span title=${bound === undefined ? undefined : boundText(metric, bound)}>${bound === undefined ? "" : "≈ "}${figure(metric, row[metric], true)}</span>`;
}

const sortOf = (sort, metric) => (sort.startsWith(`${metric}:`) ? (sort.endsWith(":asc") ? "ascending" : "descending") : undefined);

/** Which countries or languages a text names: the API knows their codes alone. Null: the dimension is no code. */
function useCodes(dimension, text, now) {
  const { state } = usePage();
  const isCoded = dimension === "country" || dimension === "language";
  const isAsked = isCoded && text.trim() !== "";
  const { answer } = useAnswer(isAsked ? rowsOf({ ...state, compare: "" }, now, dimension, { limit: 1000 }) : null);
  if (!isAsked) return null;
  const wanted = text.trim().toLowerCase();
  return (answer?.data || []).map((row) => row[dimension])
    .filter((code) => `${code} ${show(dimension, code)}`.toLowerCase().includes(wanted)).slice(0, 100);
}
