// Where the page begins: its state is its address, and what it shows follows from it.
import { html, render, useEffect, useLayoutEffect, useMemo, useState } from "./vendor/htm-preact.js";
import { readAddress, readDoor, writeAddress } from "./address.js";
import { hasKey, identify } from "./api.js";
import { recall } from "./kept.js";
import { Page } from "./page.js";
import { useSession } from "./session.js";
import { Away } from "./views/away.js";
import { late } from "./views/late.js";
import { Site } from "./views/site.js";

const Manage = late("Manage", (again) => import("./views/manage.js" + again));
const Sites = late("Sites", (again) => import("./views/sites.js" + again));
const SignIn = late("SignIn", (again) => import("./views/sign-in.js" + again));

const door = readDoor(location.pathname);

function App() {
  const [address, go] = useAddress();
  const session = useSession(door);
  useLayoutEffect(() => {
    if (!session.isUnknown) document.getElementById("waiting")?.remove(); // what index.html shows until then
  }, [session.isUnknown]);
  const only = session.sites?.length === 1 ? session.sites[0].site_id : "";
  const state = useMemo(() => ({ ...address, site: address.site || only }), [address, only]);
  const page = useMemo(() => ({ state, go, door, session }), [state, session]);
  return html`<${Page.Provider} value=${page}><${Away} />${choose(page)}<//>`;
}

function choose({ state, session }) {
  if (session.isUnknown) return null;
  if (session.mustSignIn) return html`<${SignIn} />`;
  if (state.view) return session.isOpen && !hasKey() ? html`<${SignIn} why="To change something, sign in first." />` : html`<${Manage} name=${state.view} />`;
  return state.site ? html`<${Site} key=${state.site} />` : html`<${Sites} />`;
}

/** The state in the address; `go` changes some of it, with an entry in the history unless it `isSmall`. */
function useAddress() {
  const read = () => {
    const state = readAddress(location.search);
    return door.door === "public" ? { ...state, site: door.name } : state;
  };
  const [state, setState] = useState(read);
  useEffect(() => {
    const follow = () => setState(read());
    addEventListener("popstate", follow);
    return () => removeEventListener("popstate", follow);
  }, []);
  const go = (change, { isSmall = false } = {}) => {
    setState((before) => {
      const after = { ...before, ...(typeof change === "function" ? change(before) : change) };
      if (after.detail !== before.detail) after.sort = after.search = ""; // they are those of the details before
      const address = location.pathname + writeAddress(after);
      if (address !== location.pathname + location.search) history[isSmall ? "replaceState" : "pushState"](null, "", address);
      return after;
    });
  };
  return [state, go];
}

identify({ key: recall("key") });
render(html`<${App} />`, document.getElementById("page"));
