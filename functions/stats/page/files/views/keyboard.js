// Keys: each period has a letter, and so have comparison, filter, steps and help (help.js lists them).
import { useEffect } from "../vendor/htm-preact.js";
import { usePage } from "../page.js";
import { PERIODS } from "../words.js";
import { stepOf, useRange } from "./period.js";

const NEXT = { "": "previous", previous: "year", year: "" };

export function useKeys({ today, openHelp, periods }) {
  const { state, go } = usePage();
  const range = useRange();
  useEffect(() => {
    const onKey = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isBusy(event.target)) return;
      const period = PERIODS.find((one) => one?.[2] === event.key.toUpperCase());
      const acts = {
        f: () => go({ detail: "filter" }), c: () => openMenu(periods.current), x: () => go({ compare: NEXT[state.compare] ?? "" }),
        ArrowLeft: () => go(stepOf(range, -1, today)), ArrowRight: () => go(stepOf(range, 1, today)),
        Escape: () => state.filters.length && go({ filters: [] }), "?": openHelp,
      };
      const act = period ? () => go({ period: period[0], from: "", to: "", interval: "" }) : acts[event.key] || acts[event.key.toLowerCase()];
      if (!act || !state.site) return;
      event.preventDefault();
      act();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [state, range?.from, range?.to, today]);
}

/** Whether the key belongs to what it was pressed in. */
function isBusy(target) {
  return Boolean(target.closest("input, select, textarea, dialog, details[open]"));
}

function openMenu(menu) {
  if (!menu) return;
  menu.open = true;
  menu.querySelector(".menu-list button")?.focus();
}
