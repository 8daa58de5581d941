// The forms of goals, segments and notes: of a new one, or of `item`. What a form does not show, it leaves as it is.
import { html, useState } from "../../vendor/htm-preact.js";
import { Page, usePage } from "../../page.js";
import { Chips } from "../chips.js";
import { lateDialog } from "../late.js";
import { Form, send } from "./frame.js";

const FilterForm = lateDialog("FilterForm", (again) => import("../filter-form.js" + again));
const NAME = { required: true, maxlength: 64, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", title: "Letters, digits, and . _ - after the first" };

export function GoalForm({ url, item, items, saved, cancel }) {
  const [filters, setFilters] = useState(item?.filters || []);
  const read = (form) => ({ name: form.get("name"), [form.get("kind")]: form.get("value"), has_revenue: form.has("revenue"), filters });
  const put = (body) => putNamed(url, item, items, body).then(() => item || setFilters([])).then(saved);
  return html`<${Form} button="Save" isNew=${!item} read=${read} send=${put} cancel=${cancel}><${Name} item=${item} what="goal" placeholder="signup" />
    <div class="fields"><label>Reached by <select name="kind"><option value="event">an event</option><option value="path" selected=${Boolean(item?.path)}>a page</option></select></label>
      <label>Type, or path (* stands for any characters) <input name="value" required maxlength="1000" placeholder="signup, or /thanks*" defaultValue=${item?.event || item?.path || ""} /></label></div>
    <${Conditions} label="Only where" filters=${filters} change=${setFilters} />
    <label class="check"><input type="checkbox" name="revenue" defaultChecked=${Boolean(item?.has_revenue)} /> Show its revenue</label><//>`;
}

/** A new segment begins with the filters that hold on the page. */
export function SegmentForm({ url, item, items, saved, cancel }) {
  const { state } = usePage();
  const [filters, setFilters] = useState(item?.filters || state.filters);
  const put = (body) => putNamed(url, item, items, body).then(saved);
  return html`<${Form} button="Save" isNew=${!item} read=${(form) => ({ name: form.get("name"), filters })} send=${put} cancel=${cancel}>
    <${Name} item=${item} what="segment" /><${Conditions} label="Where" filters=${filters} change=${setFilters} /><//>`;
}

export function NoteForm({ url, item, saved, cancel }) {
  const before = item ? writeLocal(item.at) : "";
  const read = (form) => ({ at: item && form.get("at") === before ? item.at : new Date(form.get("at")).toISOString(), text: form.get("text") });
  const save = (body) => (item ? send("PUT", `${url}/${item.annotation_id}`) : send("POST", url))(body).then(saved);
  return html`<${Form} button=${item ? "Save" : "Add"} isNew=${!item} read=${read} send=${save} cancel=${cancel}><h3>${item ? "Edit the note" : "New note"}</h3>
    <label>When, by your clock <input name="at" type="datetime-local" required defaultValue=${before} /></label>
    <label>What happened <input name="text" required maxlength="200" defaultValue=${item?.text || ""} /></label><//>`;
}

function Name({ item, what, placeholder }) {
  return item ? html`<h3>Edit ${item.name}</h3>` : html`<h3>New ${what}</h3><label>Name <input name="name" ...${NAME} placeholder=${placeholder} /></label>`;
}

/** A new one takes no other's name, for that one would be gone. */
async function putNamed(url, item, items, { name, ...body }) {
  if (!item && items.some((one) => one.name === name)) throw { errors: [{ detail: `There is a ${name} already. Edit it in the list, or take another name.` }] };
  return send("PUT", `${url}/${encodeURIComponent(item ? item.name : name)}`)(body);
}

/** Conditions, changed as the page's filters are, and apart from them. */
function Conditions({ label, filters, change }) {
  const page = usePage();
  const [isNew, setNew] = useState(false);
  const own = { ...page, state: { ...page.state, filters }, go: (changes) => change(changes.filters) };
  return html`<div class="field" role="group" aria-label=${label}><span class="quiet">${label}</span><${Page.Provider} value=${own}><${Chips} />
    <button type="button" class="link" onClick=${() => setNew(true)}>Add a condition</button>
    ${isNew && html`<${FilterForm} place=${-1} onClose=${() => setNew(false)} />`}<//></div>`;
}

/** A time as the reader's clock shows it, to the minute. */
function writeLocal(iso) {
  const at = new Date(iso);
  return new Date(at - 60_000 * at.getTimezoneOffset()).toISOString().slice(0, 16);
}
