// A panel: a dimension's values with most visitors, by tabs; each row filters, and all of them open as a table.
import { html, useRef } from "../vendor/htm-preact.js";
import { useAnswer, useSeen } from "../answers.js";
import { usePage } from "../page.js";
import { rowsOf } from "../query.js";
import { nameDimension } from "../words.js";
import { PlaceMap } from "./map.js";
import { Rows } from "./rows.js";
import { More } from "./more.js";

const ROWS = 9;

export function Panel({ panel, now, total }) {
  const { state, go } = usePage();
  const frame = useRef(null);
  const isSeen = useSeen(frame);
  const tab = state.tabs[panel.id] || panel.start;
  const isMap = tab === "map";
  const dimension = isMap ? "country" : tab;
  const query = rowsOf(state, now, dimension, { limit: isMap ? 250 : ROWS, ...panel.more_parameters });
  const rows = useAnswer(isSeen ? query : null);
  const choose = (name) => go({ tabs: { ...state.tabs, [panel.id]: name } }, { isSmall: true });
  const hasMore = rows.answer && rows.answer.meta.total > 0;
  const imported = rows.answer?.meta.imported;
  return html`<section class="card panel" ref=${frame} data-panel=${panel.id} aria-labelledby=${`title-${panel.id}`}>
    <header><h2 id=${`title-${panel.id}`}>${panel.title}</h2><${Tabs} panel=${panel} tab=${tab} choose=${choose} /></header>
    <div class="panel-body">
      ${isMap && isSeen && html`<${PlaceMap} answer=${rows.answer} />`}
      <${Rows} rows=${rows} dimension=${dimension} total=${total} most=${isMap ? 3 : ROWS} />
    </div>
    <footer>${imported && html`<span class="quiet">${imported.metrics.includes("visitors") ? "With" : "Without"} imported days</span>`}${hasMore && html`<button class="link" onClick=${() => go({ detail: dimension })}>Details</button>`}
      <${More} query=${query} name=${dimension} /></footer>
  </section>`;
}

function Tabs({ panel, tab, choose }) {
  const [name, dimensions] = panel.more || ["", []];
  const isMore = dimensions.includes(tab);
  return html`<div class="tabs" role="group" aria-label=${`${panel.title} by`}>
    ${panel.tabs.map(([id, label]) => html`<button aria-pressed=${id === tab} onClick=${() => choose(id)}>${label}</button>`)}
    ${name && html`<label class="select ${isMore ? "chosen" : ""}"><span class="unseen">${name}</span>
      <select value=${isMore ? tab : ""} onChange=${(event) => choose(event.target.value || panel.start)}>
        <option value="" selected=${!isMore}>${name}</option>
        ${dimensions.map((id) => html`<option value=${id} selected=${id === tab}>${nameDimension(id)}</option>`)}
      </select></label>`}
  </div>`;
}
