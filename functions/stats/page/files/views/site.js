// One site: its totals and their graph, and the panels. An empty site: what to put on its pages.
import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { Changes, useAnswer } from "../answers.js";
import { dayIn } from "../days.js";
import { useLive } from "../live.js";
import { usePage } from "../page.js";
import { seriesOf, summaryOf } from "../query.js";
import { PANELS } from "../words.js";
import { BEHAVIOUR, Behaviour } from "./behaviour.js";
import { Chips } from "./chips.js";
import { Events } from "./events.js";
import { Filtered } from "./filtered.js";
import { Graph } from "./graph.js";
import { Header } from "./header.js";
import { late, lateDialog } from "./late.js";
import { Notes } from "./notes.js";
import { Panel } from "./panel.js";
import { Totals } from "./totals.js";
import { More } from "./more.js";

const Details = lateDialog("Details", (again) => import("./details.js" + again));
const Goals = late("Goals", (again) => import("./goals.js" + again));
const GoalDetails = lateDialog("GoalDetails", (again) => import("./goals.js" + again));
const Elsewhere = late("Elsewhere", (again) => import("./elsewhere.js" + again));
const Snippet = late("Snippet", (again) => import("./snippet.js" + again));

export function Site() {
  const { state, session } = usePage();
  const live = useLive(state.site);
  useEffect(() => {
    if (live.problem?.status === 401) session.refuse();
  }, [live.problem]);
  useEffect(() => {
    document.title = `${state.site} · Analytics`;
  }, [state.site]);
  if (live.problem && !live.problem.isPassing) return html`<${Header} /><main class="wide"><p class="card refused">${live.problem.message}</p></main>`;
  const isEmpty = live.answer?.meta.fresh_as_of === null;
  const zone = live.answer?.meta.timezone || "UTC";
  return html`<${Changes.Provider} value=${live.changes}>
    <${Header} live=${live.answer} today=${dayIn(zone, Date.now())} isEmpty=${isEmpty} />
    ${isEmpty ? html`<${Snippet} site=${state.site} />` : html`<${Figures} zone=${zone} live=${live.answer} />`}
  <//>`;
}

function Figures({ zone, live }) {
  const { state } = usePage();
  const now = useClock(state.period === "realtime");
  const summary = useAnswer(summaryOf(state, now), "high");
  const series = useAnswer(seriesOf(state, now), "high");
  const total = summary.answer?.data.visitors;
  return html`<main class="wide">
    <${Chips} />
    ${total === 0 && summary.answer.data.page_views === 0 && html`<${Elsewhere} />`}
    <section class="card hero" aria-label="Totals and graph">
      <${Totals} summary=${summary} /><${Graph} series=${series} more=${html`<${More} query=${seriesOf(state, now)} name="timeseries" />`} />
    </section>
    <div class="grid">
      ${PANELS.map((panel) => html`<${Panel} key=${panel.id} panel=${panel} now=${now} total=${total} />`)}
      <${Goals} now=${now} />
      <${Events} now=${now} total=${total} />
      <${Behaviour} />
      <${Filtered} now=${now} />
    </div>
    <${Notes} summary=${summary} series=${series} zone=${zone} live=${live} />
    ${state.detail === "goals" && html`<${GoalDetails} now=${now} />`}
    ${state.detail && state.detail !== "goals" && html`<${BEHAVIOUR[state.detail] || Details} now=${now} total=${total} />`}
  </main>`;
}

/** The time, in whole minutes, and moving only where the question depends on it. */
function useClock(isMoving) {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isMoving) return undefined;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 10_000);
    return () => clearInterval(timer);
  }, [isMoving]);
  return Math.floor(now / 60_000) * 60_000;
}
