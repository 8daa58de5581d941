// What a site keeps for its questions: goals, segments, and notes at a time. Each is listed, made, changed and deleted.
import { html, useState } from "../../vendor/htm-preact.js";
import { describe } from "../../filters.js";
import { moment, show } from "../../format.js";
import { usePage } from "../../page.js";
import { nameDimension } from "../../words.js";
import { GoalForm, NoteForm, SegmentForm } from "./definition-forms.js";
import { Frame, Refused, send, Sure, useList } from "./frame.js";

const words = (filters) => filters.map((filter) => describe(filter, nameDimension, show)).join(", ");
const rowOfGoal = (goal) => [goal.name, `${goal.event ? `event ${goal.event}` : `page ${goal.path}`}${goal.filters.length ? `, ${words(goal.filters)}` : ""}`];
const rowOfSegment = (segment) => [segment.name, words(segment.filters)];
const rowOfNote = (note) => [moment(note.at, "UTC"), note.text];

export function Definitions() {
  const { state } = usePage();
  const site = `/v1/sites/${encodeURIComponent(state.site)}`;
  return html`<${Frame} title=${`Goals, segments and notes of ${state.site}`} about="Goals and segments are definitions: they hold for the past as well.">
    <${Kept} url=${`${site}/goals`} head=${["Goal", "Reached by"]} rowOf=${rowOfGoal} none="No goals yet." Editor=${GoalForm} />
    <${Kept} url=${`${site}/segments`} head=${["Segment", "Where"]} rowOf=${rowOfSegment} none="No segments yet." Editor=${SegmentForm} />
    <${Kept} url=${`${site}/annotations`} head=${["When (UTC)", "Note"]} rowOf=${rowOfNote} none="No notes yet." Editor=${NoteForm} /><//>`;
}

const idOf = (item) => item.annotation_id || item.name;

/** A list, and below it the form of a new item, or of the one that is edited. */
function Kept({ url, head, rowOf, none, Editor }) {
  const { items, problem, reload } = useList(url);
  const [edited, setEdited] = useState("");
  const item = items?.find((one) => idOf(one) === edited);
  const close = () => setEdited("");
  const remove = (one) => () => send("DELETE", `${url}/${encodeURIComponent(idOf(one))}`)().then(reload);
  return html`<${Refused} problem=${problem} />
    ${items && html`<section class="card scroll-x">${items.length > 0 && html`<table class="figures"><thead><tr>${head.map((one) => html`<th scope="col">${one}</th>`)}<th><span class="unseen">Change</span></th></tr></thead>
      <tbody>${items.map((one) => html`<tr key=${idOf(one)}><th scope="row">${rowOf(one)[0]}</th><td>${rowOf(one)[1]}</td>
        <td><button class="link" onClick=${() => setEdited(idOf(one))}>Edit</button><${Sure} words="Delete" act=${remove(one)} /></td></tr>`)}</tbody></table>`}
      ${!items.length && html`<p class="none">${none}</p>`}</section>
    <${Editor} key=${item ? edited : ""} url=${url} item=${item} items=${items} saved=${() => reload().then(close)} cancel=${item && close} />`}`;
}
