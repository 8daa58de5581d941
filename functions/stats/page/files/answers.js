// The API's answers as state of a view: loading, there, or refused; asked again while the API is away.
import { createContext, useContext, useEffect, useState } from "./vendor/htm-preact.js";
import { ask, pause } from "./api.js";
import { urlOf } from "./query.js";

/** How often figures have changed: each change asks for them again. */
export const Changes = createContext(0);

const NOTHING = { url: "", answer: null, failed: "", problem: null };
const questions = new Map(); // those that some view wants, by address and change

/** The answer to a query, [path, parameters]; null asks nothing. What several views want is asked once, and cancelled when
    none wants it any more. While it is loading, or fails in passing, `answer` is still the one before.
    A browser has few connections: the totals go first, so the others' `priority` is low. */
export function useAnswer(query, priority = "low") {
  const changes = useContext(Changes);
  const url = query ? urlOf(query) : "";
  const [state, setState] = useState(NOTHING);
  useEffect(() => {
    if (!url) return undefined;
    return join(`${changes} ${url}`, url, priority, ({ answer, problem }) => setState((before) => {
      if (!problem) return { ...NOTHING, url, answer };
      return problem.isPassing ? { ...before, failed: url, problem } : { ...NOTHING, url, failed: url, problem };
    }));
  }, [url, changes]);
  return { answer: state.answer, problem: state.failed === url ? state.problem : null, isLoading: Boolean(url) && state.url !== url };
}

/** Be told the answer to a question, or what is wrong, each time that it changes. Returns how to leave. */
function join(key, url, priority, view) {
  const question = questions.get(key) || start(key, url, priority);
  question.views.add(view);
  if (question.told) view(question.told);
  return () => {
    question.views.delete(view);
    if (!question.views.size) question.end();
  };
}

function start(key, url, priority) {
  const controller = new AbortController();
  let timer;
  const end = () => {
    controller.abort();
    clearTimeout(timer);
    questions.delete(key);
  };
  const question = { views: new Set(), told: null, end };
  const tell = (told) => {
    if (controller.signal.aborted) return;
    question.told = told;
    for (const view of question.views) view(told);
  };
  const load = async (attempt) => {
    try {
      const answer = await ask(url, { signal: controller.signal, priority });
      tell({ answer, problem: null });
    } catch (problem) {
      tell({ answer: null, problem });
      if (problem.isPassing && !controller.signal.aborted) timer = setTimeout(load, pause(attempt, problem.retryAfter), attempt + 1);
    }
  };
  questions.set(key, question);
  load(0);
  return question;
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
