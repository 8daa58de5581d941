// Goals: who reached them, and what share of the visitors that is. A click on one filters for it.
import { html, useRef } from "../vendor/htm-preact.js";
import { useAnswer, useSeen } from "../answers.js";
import { figure } from "../format.js";
import { usePage } from "../page.js";
import { goalsOf } from "../query.js";
import { roleAt } from "../session.js";
import { DIMENSIONS, METRICS, nameDimension } from "../words.js";
import { By, isProperty } from "./by.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { More } from "./more.js";
import { boundText, Value } from "./rows.js";
import { Change } from "./totals.js";

const FIGURES = { visitors: "Visitors", visits: "Visits", conversions: "Conversions", rate: "Rate", revenue: METRICS.revenue };
const LIKE = { rate: "bounce_rate", conversions: "events" }; // as which metrics they are written
const FIRST_DIMENSION = "source";
const VALUES = 20;

/** The panel. A site without goals has it only for who can define some. */
export function Goals({ now }) {
  const { state, go, door, session } = usePage();
  const frame = useRef(null);
  const query = goalsOf(state, now);
  const { answer, problem, isLoading } = useAnswer(useSeen(frame) ? query : null);
  const goals = answer?.data || [];
  const manages = !door.door && roleAt(session, state.site) !== "view";
  const isHidden = Boolean(answer) && !goals.length && !manages;
  return html`<section class="card panel full" hidden=${isHidden} ref=${frame} data-panel="goals" aria-labelledby="title-goals">
    <header><h2 id="title-goals">Goals</h2><span class="quiet">the rate is of all visitors who pass the filters</span></header>
    <div class="panel-body">
      <${Failure} problem=${problem} />
      ${answer && !goals.length && html`<p class="none">No goals yet: events, or pages, that visitors should reach.
        <button class="link" onClick=${() => go({ view: "goals" })}>Define one</button></p>`}
      ${goals.length > 0 && html`<${Table} rows=${goals} dimension="goal" isStale=${isLoading} />`}
      ${!door.door && html`<${Unreached} goals=${goals} />`}
    </div>
    <footer>${goals.length > 0 && html`<button class="link" onClick=${() => go({ detail: "goals" })}>Details</button><${More} query=${query} name="goals" />`}</footer>
  </section>`;
}

/** A warning of goals that nobody ever reached: perhaps their event is called otherwise, or is never sent. */
function Unreached({ goals }) {
  const { state } = usePage();
  const none = goals.filter((goal) => goal.conversions === 0 && !goal.conversions_error).map((goal) => goal.goal);
  const ever = useAnswer(none.length ? ["/v1/stats/goals", { site_id: state.site, period: "all", goal: none.join() }] : null).answer;
  const never = (ever?.data || []).filter((goal) => none.includes(goal.goal) && goal.conversions === 0 && !goal.conversions_error);
  return never.length > 0 && html`<p class="quiet" role="status" data-unreached>No event has ever arrived that would reach
    ${" "}<b>${never.map((goal) => goal.goal).join(", ")}</b>: look whether the website sends it, and under which name.</p>`;
}

/** The panel opened: what the events that reached each goal have in common, by a dimension that the address names. */
export function GoalDetails({ now }) {
  const { state, go } = usePage();
  const dimension = DIMENSIONS[state.tabs.goals] || isProperty(state.tabs.goals || "") ? state.tabs.goals : FIRST_DIMENSION;
  const query = goalsOf(state, now, { dimension, limit: VALUES });
  const { answer, problem, isLoading } = useAnswer(query);
  const choose = (goals) => go({ tabs: { ...state.tabs, goals } }, { isSmall: true });
  const isAnswered = answer?.data.every((goal) => goal.values && (!goal.values.length || dimension in goal.values[0]));
  return html`<${Dialog} title="Goals" onClose=${() => go({ detail: "" })} className="large"><div class="details">
    <div class="details-bar"><${By} chosen=${dimension} choose=${choose} /><${More} query=${query} name="goals" /></div>
    <${Failure} problem=${problem} />
    <div class="scroll" tabindex="0" role="region" aria-label="Goals in detail">${isAnswered && answer.data.map((goal) => html`<section class="goal" key=${goal.goal}><h3>${goal.goal}</h3>
      ${goal.values.length > 0 ? html`<${Table} rows=${goal.values} dimension=${dimension} isStale=${isLoading} isFull />`
        : html`<p class="none">No event that reached it in this period has a known value.</p>`}
      ${goal.total > goal.values.length && html`<p class="quiet">The first ${goal.values.length} of ${figure("events", goal.total)}.</p>`}</section>`)}</div>
  </div><//>`;
}

/** Rows whose first cell is a button that filters for the row. */
function Table({ rows, dimension, isStale, isFull }) {
  const hasRevenue = rows.some((row) => row.revenue && Object.keys(row.revenue).length);
  const shown = Object.keys(FIGURES).filter((name) => (name !== "revenue" || hasRevenue) && (name !== "visits" || isFull));
  const longest = Math.max(...rows.map((row) => row.visitors), 1);
  return html`<table class="rows ${isStale ? "stale" : ""}">
    <thead><tr><th scope="col">${nameDimension(dimension)}</th>${shown.map((name) => html`<th scope="col">${FIGURES[name]}</th>`)}</tr></thead>
    <tbody>${rows.map((row) => html`<tr key=${row[dimension]}>
      <th scope="row"><span class="length" style=${{ width: `${(100 * row.visitors) / longest}%` }}></span><${Value} dimension=${dimension} value=${row[dimension]} /></th>
      ${shown.map((name) => html`<td data-figure=${name} data-value=${name === "revenue" ? JSON.stringify(row.revenue || {}) : row[name]}><${Cell} name=${name} row=${row} /></td>`)}</tr>`)}</tbody>
  </table>`;
}

function Cell({ name, row }) {
  const metric = LIKE[name] || name;
  const bound = row[`${name}_error`];
  return html`<span class="cell">${row.change && name in row.change && html`<${Change} metric=${name} value=${row.change[name]} />`}
    <span title=${bound === undefined ? undefined : boundText(metric, bound)}>${bound === undefined ? "" : "≈ "}${figure(metric, row[name])}</span></span>`;
}
