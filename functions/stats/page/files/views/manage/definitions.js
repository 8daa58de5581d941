// What a site keeps for its questions: goals, segments, and notes at a time.
import { html } from "../../vendor/htm-preact.js";
import { describe } from "../../filters.js";
import { moment, show } from "../../format.js";
import { usePage } from "../../page.js";
import { nameDimension } from "../../words.js";
import { Form, Frame, Refused, send, Sure, useList } from "./frame.js";

const words = (filters) => filters.map((filter) => describe(filter, nameDimension, show)).join(", ");
const NAME = { required: true, maxlength: 64, pattern: "[A-Za-z0-9][A-Za-z0-9._\\-]*", title: "Letters, digits, and . _ - after the first" };

export function Definitions() {
  const { state } = usePage();
  const site = `/v1/sites/${encodeURIComponent(state.site)}`;
  return html`<${Frame} title=${`Goals, segments and notes of ${state.site}`} about="Goals and segments are definitions: they hold for the past as well.">
    <${Goals} url=${`${site}/goals`} /><${Segments} url=${`${site}/segments`} /><${Annotations} url=${`${site}/annotations`} /><//>`;
}

function Goals({ url }) {
  const list = useList(url);
  const put = ({ name, ...body }) => send("PUT", `${url}/${encodeURIComponent(name)}`)(body).then(list.reload);
  const read = (form) => ({
    name: form.get("name"), [form.get("kind")]: form.get("value"), ...(form.get("revenue") && { has_revenue: true }),
  });
  const rowOf = (goal) => [goal.name, `${goal.event ? `event ${goal.event}` : `page ${goal.path}`}${goal.filters.length ? `, ${words(goal.filters)}` : ""}`];
  return html`<${List} list=${list} url=${url} head=${["Goal", "Reached by"]} idOf=${(goal) => goal.name} rowOf=${rowOf} none="No goals yet." />
    <${Form} button="Save" isNew read=${read} send=${put}><h3>New goal</h3>
      <label>Name <input name="name" ...${NAME} placeholder="signup" /></label>
      <div class="fields"><label>Reached by <select name="kind"><option value="event">an event</option><option value="path">a page</option></select></label>
        <label>Type, or path (* stands for any characters) <input name="value" required maxlength="1000" placeholder="signup, or /thanks*" /></label></div>
      <label class="check"><input type="checkbox" name="revenue" value="yes" /> Show its revenue</label><//>`;
}

function Segments({ url }) {
  const { state } = usePage();
  const list = useList(url);
  const put = ({ name }) => send("PUT", `${url}/${encodeURIComponent(name)}`)({ filters: state.filters }).then(list.reload);
  return html`<${List} list=${list} url=${url} head=${["Segment", "Where"]} idOf=${(one) => one.name} rowOf=${(one) => [one.name, words(one.filters)]} none="No segments yet." />
    ${state.filters.length > 0 ? html`<${Form} button="Save" isNew read=${(form) => ({ name: form.get("name") })} send=${put}><h3>New segment</h3>
        <p>Where ${words(state.filters)}</p><label>Name <input name="name" ...${NAME} /></label><//>`
      : html`<p class="card form quiet">To make a segment, filter the figures, and come back here.</p>`}`;
}

function Annotations({ url }) {
  const list = useList(url);
  const make = (body) => send("POST", url)(body).then(list.reload);
  const read = (form) => ({ at: new Date(form.get("at")).toISOString(), text: form.get("text") });
  return html`<${List} list=${list} url=${url} head=${["When (UTC)", "Note"]} idOf=${(one) => one.annotation_id} rowOf=${(one) => [moment(one.at, "UTC"), one.text]} none="No notes yet." />
    <${Form} button="Add" isNew read=${read} send=${make}><h3>New note</h3>
      <label>When, by your clock <input name="at" type="datetime-local" required /></label>
      <label>What happened <input name="text" required maxlength="200" /></label><//>`;
}

function List({ list: { items, problem, reload }, url, head, idOf, rowOf, none }) {
  const remove = (item) => () => send("DELETE", `${url}/${encodeURIComponent(idOf(item))}`)().then(reload);
  return html`<${Refused} problem=${problem} />
    ${items && html`<section class="card scroll-x">${items.length > 0 && html`<table class="figures"><thead><tr>${head.map((one) => html`<th scope="col">${one}</th>`)}<th><span class="unseen">Change</span></th></tr></thead>
      <tbody>${items.map((item) => html`<tr key=${idOf(item)}><th scope="row">${rowOf(item)[0]}</th><td>${rowOf(item)[1]}</td>
        <td><${Sure} words="Delete" act=${remove(item)} /></td></tr>`)}</tbody></table>`}
      ${!items.length && html`<p class="none">${none}</p>`}</section>`}`;
}
