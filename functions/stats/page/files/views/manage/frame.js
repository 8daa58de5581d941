// What the pages of settings share: their frame, a list that can be asked for again, and forms that send JSON.
import { html, useEffect, useRef, useState } from "../../vendor/htm-preact.js";
import { ask } from "../../api.js";
import { usePage } from "../../page.js";
import { Header } from "../header.js";

export function Frame({ title, about, children }) {
  const { go, state } = usePage();
  return html`<${Header} /><main class="wide manage">
    <div><button class="link" onClick=${() => go({ view: "" })}>‹ ${state.site ? "Figures" : "Sites"}</button>
      <h2 class="title">${title}</h2>${about && html`<p class="quiet">${about}</p>`}</div>
    ${children}
  </main>`;
}

/** A list of the API: {items, problem, reload}. */
export function useList(url) {
  const [state, setState] = useState({ items: null, problem: null });
  const reload = () => ask(url).then(({ data }) => setState({ items: data, problem: null }), (problem) => setState({ items: null, problem }));
  useEffect(() => void reload(), [url]);
  return { ...state, reload };
}

export function Refused({ problem }) {
  if (!problem) return null;
  const words = { 404: "This service does not offer that yet.", 403: "You may not do that here." };
  return html`<div class="refused" role="alert">${problem.errors.length
    ? html`<ul>${problem.errors.map((fault) => html`<li>${fault.pointer ? `${fault.pointer.slice(1)}: ` : ""}${fault.detail}</li>`)}</ul>`
    : words[problem.status] && !problem.message ? words[problem.status] : problem.message}</div>`;
}

/** A form: `read` makes the body of its fields, `send` sends it. It says what is wrong; after it has made something new, it is empty.
    With `cancel` it changes one of a list, and is gone to at once. */
export function Form({ button, read, send, isNew = false, cancel, children }) {
  const element = useRef(null);
  useEffect(() => cancel && element.current.querySelector("input, select, button").focus(), []);
  const [problem, setProblem] = useState(null);
  const [isSaved, setSaved] = useState(false);
  const submit = async (event) => {
    event.preventDefault();
    const form = event.target;
    if (form !== element.current) return; // that of a dialog within
    setSaved(false);
    try {
      await send(read(new FormData(form), form));
      setProblem(null);
      setSaved(true);
      if (isNew) form.reset();
    } catch (refused) {
      setProblem(refused);
    }
  };
  return html`<form class="card form" ref=${element} onSubmit=${submit}>${children}
    <${Refused} problem=${problem} />
    <div class="buttons">${isSaved && html`<span class="quiet" role="status">Saved</span>`}
      ${cancel && html`<button type="button" class="plain" onClick=${cancel}>Cancel</button>`}<button class="primary">${button}</button></div></form>`;
}

/** A button that asks once more before it acts. */
export function Sure({ words, act }) {
  const [isAsked, setAsked] = useState(false);
  const [problem, setProblem] = useState(null);
  if (!isAsked) return html`<button class="link danger" onClick=${() => setAsked(true)}>${words}</button>`;
  return html`<span class="sure"><button class="danger-button" onClick=${() => act().catch(setProblem)}>${words}</button>
    <button class="link" onClick=${() => setAsked(false)}>Cancel</button><${Refused} problem=${problem} /></span>`;
}

export const send = (method, url) => (body) => ask(url, { method, body });

/** Lines or commas of a text, as a list. */
export const listOf = (text) => text.split(/[\n,]/).map((one) => one.trim()).filter(Boolean);
