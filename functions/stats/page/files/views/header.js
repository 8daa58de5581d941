// The bar on top: which site, who is on it now, the period, and what else there is.
import { html, useRef, useState } from "../vendor/htm-preact.js";
import { figure } from "../format.js";
import { recall } from "../kept.js";
import { usePage } from "../page.js";
import { isAdmin, roleAt } from "../session.js";
import { useKeys } from "./keyboard.js";
import { lateDialog } from "./late.js";
import { Menu } from "./menu.js";
import { Compare, Period } from "./period.js";

const FilterForm = lateDialog("FilterForm", (again) => import("./filter-form.js" + again));
const Help = lateDialog("Help", (again) => import("./help.js" + again));

export function Header({ live, today, isEmpty }) {
  const { state, go } = usePage();
  const [isHelp, setHelp] = useState(false);
  const isFilter = state.detail === "filter";
  const periods = useRef(null);
  useKeys({ today, openHelp: () => setHelp(true), periods });
  return html`<header class="bar"><div class="bar-in">
    <${SiteMenu} />
    ${live && html`<button class="now" onClick=${() => go({ period: "realtime", from: "", to: "", interval: "" })} title="The last half hour">
      <span class="pulse" aria-hidden="true"></span><b>${figure("visitors", live.data.visitors_now)}</b><span class="now-words"> current ${live.data.visitors_now === 1 ? "visitor" : "visitors"}</span></button>`}
    <span class="space"></span>
    ${live && !isEmpty && html`
      <button class="plain filter" aria-label="Filter" onClick=${() => go({ detail: "filter" })}><svg width="12" height="12" viewBox="0 0 12 12" fill="currentColor" aria-hidden="true"><path d="M0 1h12L7.5 6.5V12l-3-2V6.5z" /></svg> <span class="filter-word">Filter</span></button>
      <${Period} today=${today} reference=${periods} /><${Compare} />`}
    <${MainMenu} openHelp=${() => setHelp(true)} />
  </div>
  ${isHelp && html`<${Help} onClose=${() => setHelp(false)} />`}
  ${isFilter && html`<${FilterForm} place=${-1} onClose=${() => go({ detail: "" }, { isSmall: true })} />`}
  </header>`;
}

function SiteMenu() {
  const { state, go, session, door } = usePage();
  const nameOf = (id) => session.sites?.find((site) => site.site_id === id)?.name || id;
  const title = state.site ? nameOf(state.site) : "All sites";
  const sites = session.sites || [];
  if (door.door || sites.length < 2) return html`<h1 class="site"><span class="mark" aria-hidden="true"></span><span class="site-name">${title}</span></h1>`;
  const open = (site) => go((before) => ({ site, filters: [], tabs: {}, detail: "", view: "", from: before.from, to: before.to }));
  return html`<h1 class="site"><${Menu} title=${`Site: ${title}`} label=${html`<span class="mark" aria-hidden="true"></span><span class="site-name">${title}</span>`}>
    <button onClick=${() => open("")}>All sites</button><hr />
    ${sites.map(({ site_id: id }) => html`<button aria-current=${id === state.site} onClick=${() => open(id)}>${nameOf(id)}</button>`)}
  <//></h1>`;
}

function MainMenu({ openHelp }) {
  const { state, go, session, door } = usePage();
  const isOwner = !door.door;
  const open = (view) => () => go({ view, detail: "" });
  const manages = isOwner && state.site && roleAt(session, state.site) !== "view";
  const isAll = isOwner && isAdmin(session);
  return html`<${Menu} label="☰" title="Menu" className="main-menu">
    ${manages && html`<button onClick=${open("settings")}>Site settings</button><button onClick=${open("links")}>Shared links</button>
      <button onClick=${open("goals")}>Goals and notes</button>`}
    ${isAll && html`<button onClick=${open("keys")}>API keys</button><button onClick=${open("users")}>Users</button>`}
    ${isOwner && (isAll || !session.user) && html`<button onClick=${open("new")}>Add a site</button>`}
    ${(manages || isOwner) && html`<hr />`}
    <button onClick=${openHelp}>Keyboard <kbd>?</kbd></button>
    <button onClick=${() => print()}>Print</button>
    ${session.user && html`<hr /><p class="quiet">Signed in as ${session.user.user}</p>`}
    ${isOwner && !session.user && html`<hr /><button onClick=${session.refuse}>Sign in</button>`}
    ${(session.user || recall("key")) && html`<button onClick=${session.signOut}>Sign out</button>`}
  <//>`;
}
