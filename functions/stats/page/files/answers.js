// The API's answers as state of a view: loading, there, or refused; asked again while the API is away.
import { createContext, useContext, useEffect, useState } from "./vendor/htm-preact.js";
import { ask } from "./api.js";
import { urlOf } from "./query.js";

/** How often figures have changed: each change asks for them again. */
export const Changes = createContext(0);

const LONGEST_PAUSE = 10_000;
const NOTHING = { url: "", answer: null, problem: null };

/** The answer to a query, [path, parameters]; null asks nothing. One that is no longer wanted is cancelled.
    A browser has few connections: the totals go first, so the others' `priority` is low. */
export function useAnswer(query, priority = "low") {
  const changes = useContext(Changes);
  const url = query ? urlOf(query) : "";
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    if (!url) return undefined;
    const controller = new AbortController();
    let timer;
    const load = async (attempt) => {
      try {
        const answer = await ask(url, { signal: controller.signal, priority });
        if (!controller.signal.aborted) setState({ url, answer, problem: null });
      } catch (problem) {
        if (controller.signal.aborted) return;
        setState((before) => ({ url, answer: problem.isPassing ? before.answer : null, problem }));
        if (problem.isPassing) timer = setTimeout(load, pause(attempt, problem), attempt + 1);
      }
    };
    load(0);
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [url, changes]);
  return { ...state, isLoading: Boolean(url) && state.url !== url };
}

function pause(attempt, problem) {
  return Math.min(Math.max(1000 * 2 ** attempt, 1000 * problem.retryAfter), LONGEST_PAUSE);
}

/** Whether an element has been seen: what it shows is loaded only then. */
export function useSeen(reference) {
  const [isSeen, setSeen] = useState(false);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) {
        setSeen(true);
        observer.disconnect();
      }
    }, { rootMargin: "200px" });
    observer.observe(reference.current);
    return () => observer.disconnect();
  }, []);
  return isSeen;
}
