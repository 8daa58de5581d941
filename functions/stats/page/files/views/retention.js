// Retention: a row for each cohort, a cell for each period from its own on, the darker the more came.
import { html } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { day, figure, percent } from "../format.js";
import { usePage } from "../page.js";
import { retentionOf } from "../ways.js";
import { Dialog } from "./dialog.js";
import { Failure } from "./failure.js";
import { More } from "./more.js";
import { boundText } from "./rows.js";

const UNITS = { day: "Days", week: "Weeks", month: "Months" };
const FIRSTS = { "": "First visit ever", first_in_range: "First visit in the period" };
const SHADES = 5;

export function Retention({ now }) {
  const { state, go } = usePage();
  const query = retentionOf(state, now);
  const { answer, problem, isLoading } = useAnswer(query);
  const goals = useAnswer(["/v1/stats/dimensions", { site_id: state.site }]).answer?.data.named.goal.names || [];
  const choose = (tabs) => go({ tabs: { ...state.tabs, ...tabs } }, { isSmall: true });
  const select = (label, words, value, name) => html`<select aria-label=${label} value=${value} onChange=${(event) => choose({ [name]: event.target.value })}>
    ${Object.entries(words).map(([id, text]) => html`<option value=${id} selected=${id === value}>${text}</option>`)}</select>`;
  return html`<${Dialog} title="Retention" onClose=${() => go({ detail: "" })} className="large"><div class="details">
    <div class="details-bar">${select("By", UNITS, query[1].unit, "unit")}${select("From", FIRSTS, state.tabs.by || "", "by")}
      ${goals.length > 0 && select("Return", { "": "Return by any event", ...Object.fromEntries(goals.map((goal) => [goal, `Return by goal ${goal}`])) }, state.tabs.goal || "", "goal")}<${More} query=${query} name="retention" /></div>
    <${Failure} problem=${problem} role="alert" />
    ${answer && html`<${Grid} answer=${answer} isStale=${isLoading} />`}
  </div><//>`;
}

function Grid({ answer, isStale }) {
  const { identified, excluded, identified_error: bound } = answer.meta.population;
  const name = UNITS[answer.meta.unit].slice(0, -1);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Cohorts"><table class=${`figures heat ${isStale ? "stale" : ""}`}>
    <thead><tr><th scope="col">Came first</th><th scope="col">Visitors</th>${answer.data.map((_, number) => html`<th scope="col">${name} ${number}</th>`)}</tr></thead>
    <tbody>${answer.data.map((row) => html`<tr key=${row.cohort}><th scope="row">${day(row.cohort)}${!row.is_complete && html`<span class="quiet" title="Not over yet"> …</span>`}</th>
      <td data-visitors=${row.visitors}>${row.visitors_error !== undefined && "≈ "}${figure("visitors", row.visitors)}</td>
      ${row.rate.map((rate, later) => html`<td class=${rate ? `s${Math.max(1, Math.ceil((rate / 100) * SHADES))}` : ""} data-returned=${row.returned[later]} title=${tell(row, later)}>
        ${rate !== null ? percent(rate / 100) : row.returned[later] === null ? "" : "–"}</td>`)}</tr>`)}</tbody></table></div>
    <p class="quiet" data-population=${identified}>${bound !== undefined && "≈ "}${figure("visitors", identified)} visitors have a user id and can be known again;
      ${` ${figure("visitors", excluded)}`} are known for a day only, and are in no row. An empty cell is not over yet.</p>`;
}

function tell(row, later) {
  if (row.returned[later] === null) return "Not over yet";
  const bound = row.rate_error && row.rate_error[later];
  return `${figure("visitors", row.returned[later], true)} visitors${row.rate_error ? `. ${boundText("bounce_rate", bound)}` : ""}`;
}
