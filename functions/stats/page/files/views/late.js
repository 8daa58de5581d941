// Views that most readers never open: their modules are loaded when they are first shown, and again if that fails.
import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { pause } from "../api.js";

/** What `load` loads, by {module}; until then {isLost} says whether it failed. `load` takes what is added to an address
    when it is tried again, for a browser may remember that an address failed. */
export function useModule(load) {
  const [state, setState] = useState({ module: null, isLost: false, isRenewed: false });
  useEffect(() => {
    let isGone = false;
    let timer;
    const attempt = async (times) => {
      try {
        const module = await load(times ? `?again=${times}` : "");
        if (!isGone) setState({ module, isLost: false, isRenewed: false });
      } catch {
        const isRenewed = await hasNewAddresses();
        if (isGone) return;
        setState({ module: null, isLost: true, isRenewed });
        if (!isRenewed) timer = setTimeout(attempt, pause(times), times + 1);
      }
    };
    attempt(0);
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
  return state;
}

/** A view that takes the place of the component `name` of a module, until `load` has loaded it; `Missing` while it can't. */
export const late = (name, load, Missing = Lost) => function Late(properties) {
  const { module, isLost, isRenewed } = useModule(load);
  if (module) return html`<${module[name]} ...${properties} />`;
  return isLost && html`<${Missing} isRenewed=${isRenewed} />`;
};

/** Of a dialog, which has no place of its own on the page. */
export const lateDialog = (name, load) => late(name, load, ({ isRenewed }) => html`<${Lost} isRenewed=${isRenewed} isDialog=${true} />`);

function Lost({ isRenewed, isDialog }) {
  const element = useRef(null);
  useEffect(() => isDialog && element.current.showPopover?.(), []);
  return html`<p class="card refused" ref=${element} popover=${isDialog && "manual"} role="alert">${isRenewed ? "This page is of an earlier release of the service." : "This could not be loaded. Trying again …"}
    ${" "}<button class="link" onClick=${() => location.reload()}>Load the page again</button></p>`;
}

/** Whether the service has a newer page: its files have other addresses, so ours are there no more. */
async function hasNewAddresses() {
  const [folder] = import.meta.url.match(/\/assets\/[^/]+\//) || [""];
  try {
    const response = await fetch(location.pathname, { cache: "no-cache", credentials: "same-origin" });
    return response.ok && !(await response.text()).includes(folder);
  } catch {
    return false;
  }
}
