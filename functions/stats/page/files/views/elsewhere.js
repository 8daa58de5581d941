// A period without visitors: when the site's events are, and a click to go there.
import { html } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { addDays } from "../days.js";
import { bucket } from "../format.js";
import { usePage } from "../page.js";

export function Elsewhere() {
  const { state, go } = usePage();
  const filters = state.filters.length ? { filters: JSON.stringify(state.filters) } : {};
  const { answer } = useAnswer(["/v1/stats/timeseries", { site_id: state.site, period: "all", metrics: "visitors", interval: "month", ...filters }]);
  if (!answer) return null;
  const months = answer.data.filter((row) => row.visitors > 0).map((row) => row.time);
  const what = state.filters.length ? "Nothing that passes these filters" : "There are no visitors";
  if (!months.length) return html`<p class="card elsewhere">${what}${state.filters.length ? ", in any period." : " yet."}</p>`;
  const [first, last] = [months[0], months.at(-1)];
  const words = first === last ? `in ${bucket(first, "month")}` : `from ${bucket(first, "month")} to ${bucket(last, "month")}`;
  return html`<p class="card elsewhere"><span>${what} in this period. There are some ${words}.</span>
    <button class="plain" onClick=${() => go({ period: "", ...monthOf(last), interval: "" })}>Show ${bucket(last, "month")}</button>
    ${first !== last && html`<button class="plain" onClick=${() => go({ period: "all", from: "", to: "", interval: "" })}>Show all time</button>`}</p>`;
}

/** The days of the month that a time is in. */
export function monthOf(time) {
  const from = `${time.slice(0, 7)}-01`;
  const next = addDays(from, 31); // some day of the month after
  return { from, to: addDays(`${next.slice(0, 7)}-01`, -1) };
}
