// What was not counted, and why: known bots and spam, kept aside for a while.
import { html, useRef, useState } from "../vendor/htm-preact.js";
import { useAnswer, useSeen } from "../answers.js";
import { ask } from "../api.js";
import { figure } from "../format.js";
import { usePage } from "../page.js";
import { filteredOf } from "../query.js";
import { roleAt } from "../session.js";
import { Failure } from "./failure.js";
import { late } from "./late.js";
import { More } from "./more.js";

const Crawlers = late("Crawlers", (again) => import("./crawlers.js" + again));
const REASONS = {
  bot: "Bots and programs that say what they are", spam_referrer: "Referrer spam", paused: "The site took no events",
  blocked_address: "A blocked address", blocked_country: "A blocked country", blocked_path: "A blocked page",
  blocked_hostname: "A blocked host", foreign_hostname: "A host that is not the site's",
};

/** `isHiddenWithout`: it is seen only if something was filtered. */
export function Filtered({ now, isHiddenWithout = false }) {
  const { state, session, door } = usePage();
  const frame = useRef(null);
  const manages = !door.door && roleAt(session, state.site) !== "view";
  const query = filteredOf(state, now);
  const { answer, problem } = useAnswer(useSeen(frame) || isHiddenWithout ? query : null);
  const rows = answer?.data || [];
  return html`<section class="card panel full filtered" hidden=${isHiddenWithout && !rows.length} ref=${frame} data-panel="filtered" aria-labelledby="title-filtered">
    <header><h2 id="title-filtered">Filtered</h2><span class="quiet">set aside, and in no figure of this page</span></header>
    <div class="panel-body">
      <${Failure} problem=${problem} />
      ${answer && !rows.length && html`<p class="none">Nothing was filtered in this period.</p>`}
      ${rows.length > 0 && html`<table class="rows"><thead><tr><th scope="col">Why</th><th scope="col">Events</th><th scope="col">Counted after all</th>${manages && html`<th><span class="unseen">Change</span></th>`}</tr></thead>
        <tbody>${rows.map((row) => html`<tr><th scope="row">${REASONS[row.reason] || row.reason}</th>
          <td>${figure("events", row.events, true)}</td><td>${figure("events", row.restored, true)}</td>
          ${manages && html`<td><${CountThem} row=${row} meta=${answer.meta} /></td>`}</tr>`)}</tbody></table>`}
    </div>
    <footer>${rows.length > 0 && html`<span class="quiet">Filters of this page do not apply here.</span>`}<${More} query=${query} name="filtered" hasCsv=${false} /></footer>
  </section>
  ${answer?.crawlers.length > 0 && html`<${Crawlers} crawlers=${answer.crawlers} query=${query} />`}`;
}

/** A button that wishes them back; the processor counts them, and the panel is asked for again as figures change. */
function CountThem({ row, meta }) {
  const [isAsked, setAsked] = useState(false);
  const [failure, setFailure] = useState("");
  const wish = () => {
    setAsked(true);
    const body = { site_id: meta.site_id, reason: row.reason, from: meta.from, to: meta.to };
    ask("/v1/restores", { method: "POST", body }).catch((problem) => {
      setAsked(false);
      setFailure(problem.message);
    });
  };
  if (row.restored >= row.events) return null;
  return html`${failure && html`<span class="bad" role="alert">${failure} </span>`}
    ${isAsked ? html`<span class="quiet" role="status">Being counted …</span>` : html`<button class="link" onClick=${wish}>Count them</button>`}`;
}
