// Events that are no page views, with what they brought in; beside them the properties that events have.
import { html, useRef } from "../vendor/htm-preact.js";
import { useAnswer, useSeen } from "../answers.js";
import { usePage } from "../page.js";
import { rowsOf } from "../query.js";
import { nameDimension } from "../words.js";
import { More } from "./more.js";
import { Rows } from "./rows.js";

const ROWS = 9;
const COUNTS = ["visitors", "events"];
const NO_VIEWS = { dimension: "event_type", operator: "is_not", value: "page_view" };

export function Events({ now, total }) {
  const { state, go } = usePage();
  const frame = useRef(null);
  const isSeen = useSeen(frame);
  const properties = useAnswer(isSeen ? ["/v1/stats/dimensions", { site_id: state.site }] : null).answer?.data.properties || [];
  const chosen = state.tabs.events;
  const dimension = chosen && (chosen === "event_type" || properties.includes(chosen)) ? chosen : "event_type";
  const isTypes = dimension === "event_type";
  const ask = (metrics, filter, asked = state) => rowsOf(asked, now, dimension, { metrics: metrics.join(), limit: ROWS, ...(filter && { filter }) });
  const rows = useAnswer(isSeen ? ask(COUNTS, isTypes && NO_VIEWS) : null);
  const types = isTypes && !rows.isLoading && rows.answer?.data.map((row) => row.event_type);
  const revenue = useAnswer(types?.length ? ask(["revenue"], { ...NO_VIEWS, operator: "is", value: types }, { ...state, compare: "" }) : null);
  const hasRevenue = isTypes && rows.answer && revenue.answer?.data.some((row) => Object.keys(row.revenue).length);
  const choose = (tab) => go({ tabs: { ...state.tabs, events: tab } }, { isSmall: true });
  return html`<section class="card panel full" ref=${frame} data-panel="events" aria-labelledby="title-events">
    <header><h2 id="title-events">Events</h2><div class="tabs" role="group" aria-label="Events by">
      <button aria-pressed=${isTypes} onClick=${() => choose("event_type")}>Events</button>
      ${properties.length > 0 && html`<label class="select ${isTypes ? "" : "chosen"}"><span class="unseen">Property</span>
        <select value=${isTypes ? "" : dimension} onChange=${(event) => choose(event.target.value || "event_type")}>
          <option value="" selected=${isTypes}>Properties</option>
          ${properties.map((id) => html`<option value=${id} selected=${id === dimension}>${nameDimension(id)}</option>`)}
        </select></label>`}
    </div></header>
    <div class="panel-body"><${Rows} rows=${hasRevenue ? addRevenue(rows, revenue) : rows} dimension=${dimension} total=${total} most=${ROWS}
      metrics=${hasRevenue ? [...COUNTS, "revenue"] : COUNTS} /></div>
    <footer>${rows.answer?.meta.total > 0 && html`<button class="link" onClick=${() => go({ detail: dimension })}>Details</button>`}
      <${More} query=${isTypes ? ask([...COUNTS, "revenue"], NO_VIEWS) : ask(COUNTS)} name=${dimension} /></footer>
  </section>`;
}

/** Rows with what they brought in, which takes longer than to count them: every event is read. */
function addRevenue(rows, { answer, isLoading }) {
  const found = new Map(isLoading ? [] : answer.data.map(({ event_type, revenue, revenue_error }) => [event_type, { revenue, ...(revenue_error && { revenue_error }) }]));
  return { ...rows, answer: { ...rows.answer, data: rows.answer.data.map((row) => ({ ...row, ...found.get(row.event_type) })) } };
}
