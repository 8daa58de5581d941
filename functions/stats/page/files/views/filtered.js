// What was not counted, and why: known bots and spam, kept aside for a while.
import { html, useRef, useState } from "../vendor/htm-preact.js";
import { useAnswer, useSeen } from "../answers.js";
import { figure } from "../format.js";
import { usePage } from "../page.js";
import { filteredOf } from "../query.js";
import { Dialog } from "./dialog.js";
import { Code, More } from "./more.js";

const REASONS = {
  bot: "Bots and programs that say what they are", spam_referrer: "Referrer spam", blocked: "Blocked by the site's settings",
};

export function Filtered({ now }) {
  const { state } = usePage();
  const frame = useRef(null);
  const [restored, setRestored] = useState("");
  const query = filteredOf(state, now);
  const { answer, problem } = useAnswer(useSeen(frame) ? query : null);
  const rows = answer?.data || [];
  return html`<section class="card panel full filtered" ref=${frame} data-panel="filtered" aria-labelledby="title-filtered">
    <header><h2 id="title-filtered">Filtered</h2><span class="quiet">set aside, and in no figure of this page</span></header>
    <div class="panel-body">
      ${problem && !problem.isPassing && html`<p class="refused">${problem.message}</p>`}
      ${answer && !rows.length && html`<p class="none">Nothing was filtered in this period.</p>`}
      ${rows.length > 0 && html`<table class="rows"><thead><tr><th scope="col">Why</th><th scope="col">Events</th><th scope="col">Counted after all</th><th><span class="unseen">Change</span></th></tr></thead>
        <tbody>${rows.map((row) => html`<tr><th scope="row">${REASONS[row.reason] || row.reason}</th>
          <td>${figure("events", row.events, true)}</td><td>${figure("events", row.restored, true)}</td>
          <td><button class="link" onClick=${() => setRestored(row.reason)}>Count them</button></td></tr>`)}</tbody></table>`}
    </div>
    <footer>${rows.length > 0 && html`<span class="quiet">Filters of this page do not apply here.</span>`}<${More} query=${query} name="filtered" /></footer>
    ${restored && html`<${Dialog} title="Count them after all" onClose=${() => setRestored("")} className="small">
      <p>On the server, this puts them into the queue once more, past the filter:</p>
      <${Code} text=${`.venv/bin/analytics filtered restore ${quote(state.site)} --reason ${restored}`} /><//>`}
  </section>`;
}

const quote = (text) => (/^[\w.-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
