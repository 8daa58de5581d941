// All sites at a glance: visitors of the last days, and who is there now. One card each.
import { html, useRef, useState } from "../vendor/htm-preact.js";
import { useAnswer, useSeen } from "../answers.js";
import { figure } from "../format.js";
import { usePage } from "../page.js";
import { area, line, place } from "../scale.js";
import { Header } from "./header.js";
import { Change } from "./totals.js";

const MANY = 12;

export function Sites() {
  const { session } = usePage();
  const [text, setText] = useState("");
  if (!session.sites) return html`<${Header} /><${WhichSite} />`;
  const fits = ({ site_id: id, name }) => `${id} ${name || ""}`.toLowerCase().includes(text.trim().toLowerCase());
  return html`<${Header} /><main class="wide">
    <div class="sites-bar"><h2>Sites</h2><span class="quiet">last 7 days</span>
      ${session.sites.length > MANY && html`<input type="search" placeholder="Search" aria-label="Search sites" onInput=${(event) => setText(event.target.value)} />`}</div>
    ${session.sites.length ? html`<div class="cards">${session.sites.filter(fits).map((site) => html`<${Card} key=${site.site_id} site=${site} />`)}</div>`
      : html`<${WhichSite} />`}
  </main>`;
}

function Card({ site }) {
  const { go } = usePage();
  const frame = useRef(null);
  const isSeen = useSeen(frame);
  const of = (path, more) => (isSeen ? [path, { site_id: site.site_id, ...more }] : null);
  const week = { period: "7d", metrics: "visitors" };
  const { answer: summary } = useAnswer(of("/v1/stats/summary", { ...week, compare: "previous" }));
  const { answer: series } = useAnswer(of("/v1/stats/timeseries", { ...week, interval: "day" }));
  const { answer: live } = useAnswer(of("/v1/stats/realtime", {}));
  const open = (event) => {
    event.preventDefault();
    go({ site: site.site_id });
  };
  return html`<a class="card site-card" ref=${frame} href=${`?site=${encodeURIComponent(site.site_id)}`} onClick=${open}>
    <span class="site-top"><b>${site.name || site.site_id}</b>${live?.data.visitors_now > 0 && html`
      <span class="now-small"><span class="pulse" aria-hidden="true"></span>${figure("visitors", live.data.visitors_now)} now</span>`}</span>
    <${Spark} series=${series} />
    <span class="site-foot"><strong>${summary ? figure("visitors", summary.data.visitors) : "–"}</strong> <span class="quiet">${summary?.data.visitors === 1 ? "visitor" : "visitors"}</span>
      ${summary && html`<${Change} metric="visitors" value=${summary.change.visitors} />`}</span>
  </a>`;
}

function Spark({ series }) {
  if (!series) return html`<span class="spark skeleton"><i></i></span>`;
  const values = series.data.map((row) => row.visitors);
  const points = place(values, 240, 44, Math.max(...values, 1) * 1.1);
  return html`<svg class="spark" viewBox="0 0 240 46" preserveAspectRatio="none" aria-hidden="true">
    <path class="shade" d=${area(points, 46)} /><path class="line" d=${line(points)} /></svg>`;
}

function WhichSite() {
  const { go } = usePage();
  const open = (event) => {
    event.preventDefault();
    go({ site: new FormData(event.target).get("site").trim() });
  };
  return html`<main class="wide narrow"><section class="card empty"><h2>Which site?</h2>
    <p class="quiet">A site is the id that its events carry. It begins with its first event.</p>
    <form class="line" onSubmit=${open}><input name="site" required maxlength="64" aria-label="Site id" placeholder="blog" autofocus /><button class="primary">Show</button></form>
  </section></main>`;
}
