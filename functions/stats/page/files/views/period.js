// The period: the menu of usual ones, any two days, a step back or ahead, and what it is compared with.
import { html, useState } from "../vendor/htm-preact.js";
import { useAnswer } from "../answers.js";
import { daysOf, step } from "../days.js";
import { days } from "../format.js";
import { usePage } from "../page.js";
import { summaryOf } from "../query.js";
import { COMPARISONS, PERIODS } from "../words.js";
import { Menu } from "./menu.js";

export function Period({ today, reference }) {
  const { state, go } = usePage();
  const range = useRange();
  const name = state.from ? days(state) : PERIODS.find((one) => one?.[0] === state.period)?.[1] || state.period;
  const move = (direction) => () => go(stepOf(range, direction, today));
  const later = range && step(range, 1, today);
  return html`<div class="period">
    <button class="icon" aria-label="Earlier" disabled=${!range} onClick=${move(-1)}>‹</button>
    <${Menu} label=${name} title=${`Period: ${name}`} reference=${reference}>
      ${PERIODS.map((one) => one ? html`<button aria-current=${state.period === one[0]}
          onClick=${() => go({ period: one[0], from: "", to: "", interval: "" })}>${one[1]} <kbd>${one[2]}</kbd></button>` : html`<hr />`)}
      <hr /><${Custom} range=${range} today=${today} />
    <//>
    <button class="icon" aria-label="Later" disabled=${!later} onClick=${move(1)}>›</button>
  </div>`;
}

/** The days that the page shows now; null in realtime, where there is nothing to step. */
export function useRange() {
  const { state } = usePage();
  const { answer } = useAnswer(state.period === "realtime" || !state.site || state.view ? null : summaryOf(state, 0), "high");
  if (!answer || state.period === "realtime") return null;
  return state.from ? { from: state.from, to: state.to } : daysOf(answer.meta);
}

export function stepOf(range, direction, today) {
  const moved = range && step(range, direction, today);
  return moved ? { ...moved, period: "", interval: "" } : {};
}

function Custom({ range, today }) {
  const { go } = usePage();
  const [wrong, setWrong] = useState("");
  const apply = (event) => {
    event.preventDefault();
    const { from, to } = Object.fromEntries(new FormData(event.target));
    if (!from || !to || from > to) return setWrong("The first day should not be after the last.");
    setWrong("");
    event.target.closest("details").open = false;
    return go({ period: "", from, to, interval: "" });
  };
  return html`<form class="custom" onSubmit=${apply}>
    <label>From <input type="date" name="from" required max=${today} value=${range?.from} /></label>
    <label>to <input type="date" name="to" required value=${range?.to} /></label>
    <button class="primary" data-stay>Apply</button>
    ${wrong && html`<p class="refused" role="alert">${wrong}</p>`}
  </form>`;
}

export function Compare() {
  const { state, go } = usePage();
  const label = { previous: "vs. previous", year: "vs. last year" }[state.compare] || "Compare";
  return html`<${Menu} label=${label} title=${state.compare ? `Compare: ${label}` : "Compare"} className=${`compare ${state.compare ? "on" : ""}`}>
    ${Object.entries(COMPARISONS).map(([id, words]) => html`
      <button aria-current=${state.compare === id} onClick=${() => go({ compare: id })}>${words}</button>`)}
  <//>`;
}
