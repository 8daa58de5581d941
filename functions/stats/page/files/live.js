// What happens now, and whether figures have changed since they were asked for.
import { useEffect, useState } from "./vendor/htm-preact.js";
import { ask } from "./api.js";
import { urlOf } from "./query.js";

const NEW_PAUSE = 200; // somebody waits for the first event, and then clicks around
const EMPTY_PAUSE = 500; // nobody seems to
const NEW_FOR = 5 * 60_000;
const PAUSE = 10_000;
const HIDDEN_PAUSE = 60_000;
const LEAST_BETWEEN_CHANGES = 15_000;

/** The site's realtime answer, and how often its figures have changed since the page was opened. */
export function useLive(site) {
  const [live, setLive] = useState({ answer: null, problem: null });
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const controller = new AbortController();
    let timer;
    let fresh;
    let toldAt = 0;
    let newUntil = 0;
    const isNew = () => Date.now() < newUntil;
    const note = (now) => {
      if (now === null ? fresh === undefined : fresh === null) newUntil = Date.now() + NEW_FOR;
      const isDue = isNew() || Date.now() - toldAt > LEAST_BETWEEN_CHANGES;
      if (fresh !== undefined && now !== fresh && isDue) {
        toldAt = Date.now();
        setChanges((count) => count + 1);
        fresh = now;
      } else if (fresh === undefined) fresh = now;
    };
    const poll = async () => {
      clearTimeout(timer);
      try {
        const answer = await ask(urlOf(["/v1/stats/realtime", { site_id: site }]), { signal: controller.signal });
        setLive({ answer, problem: null });
        note(answer.meta.fresh_as_of);
      } catch (problem) {
        if (controller.signal.aborted) return;
        setLive((before) => ({ answer: problem.isPassing ? before.answer : null, problem }));
      }
      timer = setTimeout(poll, document.hidden ? HIDDEN_PAUSE : isNew() ? NEW_PAUSE : fresh === null ? EMPTY_PAUSE : PAUSE);
    };
    const wake = () => document.hidden || poll();
    document.addEventListener("visibilitychange", wake);
    poll();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", wake);
    };
  }, [site]);
  return { ...live, changes };
}
