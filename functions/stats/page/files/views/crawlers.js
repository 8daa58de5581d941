// Which crawlers read the site: whose they are, and what they read for. Most run no scripts, so that only a log shows them.
import { html, useState } from "../vendor/htm-preact.js";
import { figure } from "../format.js";
import { usePage } from "../page.js";
import { More } from "./more.js";

const AI = { training: "Model training", search: "AI search", user: "A person who asked", dataset: "Training data" };
const PURPOSES = { ...AI, search_engine: "Search engine", seo: "SEO", archive: "Archive", preview: "Link preview", tool: "Tool" };
const TABS = [["ai", "AI"], ["all", "All"]];
const ROWS = 9;
const MOST = 100; // of an answer

/** `crawlers`: of an answer about what was filtered; `query`: what was asked for it. */
export function Crawlers({ crawlers, query }) {
  const { state, go } = usePage();
  const [isWhole, setWhole] = useState(false);
  const ofAi = crawlers.filter((one) => one.purpose in AI);
  const tab = state.tabs.crawlers || (ofAi.length ? "ai" : "all");
  const found = tab === "ai" ? ofAi : crawlers;
  const shown = isWhole ? found : found.slice(0, ROWS);
  const longest = Math.max(...shown.map((one) => one.events), 1);
  const choose = (id) => go({ tabs: { ...state.tabs, crawlers: id } }, { isSmall: true });
  return html`<section class="card panel full filtered" data-panel="crawlers" aria-labelledby="title-crawlers">
    <header><h2 id="title-crawlers">Crawlers</h2>
      <div class="tabs" role="group" aria-label="Crawlers by">
        ${TABS.map(([id, label]) => html`<button aria-pressed=${id === tab} onClick=${() => choose(id)}>${label}</button>`)}</div></header>
    <div class="panel-body">
      ${shown.length ? html`<table class="rows crawlers">
        <thead><tr><th scope="col">Crawler</th><th scope="col">Operator</th><th scope="col">Reads for</th><th scope="col">Events</th></tr></thead>
        <tbody>${shown.map((one) => html`<tr key=${one.name}>
          <th scope="row"><span class="length" style=${{ width: `${(100 * one.events) / longest}%` }}></span><span class="value">${one.name}</span></th>
          <td>${one.operator}</td><td>${PURPOSES[one.purpose] || one.purpose}</td><td>${figure("events", one.events, true)}</td></tr>`)}</tbody></table>`
      : html`<p class="none">No crawler of an AI's company in this period.</p>`}
    </div>
    <footer><span class="quiet">${crawlers.length < MOST ? "" : `The ${MOST} that came most. `}Set aside, and in no other figure; by the names they give.</span>
      ${found.length > ROWS && html`<button class="link" onClick=${() => setWhole(!isWhole)}>${isWhole ? "Show fewer" : `Show all ${found.length}`}</button>`}
      <${More} query=${query} name="crawlers" hasCsv=${false} /></footer>
  </section>`;
}
