// Notes at a time: a line on the graph for each, and below it what they say.
import { html } from "../vendor/htm-preact.js";
import { moment } from "../format.js";

/** Where the notes of a range stand: {note, index}, by the bucket in which they lie. */
export function locate(notes, points, end) {
  const starts = points.map((point) => Date.parse(point.time));
  return notes.flatMap((note) => {
    const at = Date.parse(note.at);
    const index = starts.findLastIndex((start) => start <= at);
    return index < 0 || at >= Date.parse(end) ? [] : [{ note, index }];
  });
}

/** The lines, in the graph's own coordinates. */
export function Marks({ notes, points, xs, end, height }) {
  return html`<g>${locate(notes, points, end).map(({ note, index }) => html`<g class="noted" key=${note.annotation_id}>
    <line x1=${xs[index]} x2=${xs[index]} y1="0" y2=${height} /><circle cx=${xs[index]} cy=${height} r="4" /><title>${note.text}</title></g>`)}</g>`;
}

/** What they say, for who reads and for who listens. */
export function Annotations({ notes, points, meta }) {
  const located = locate(notes, points, meta.to);
  if (!located.length) return null;
  return html`<ul class="annotations" aria-label="Annotations">${located.map(({ note }) => html`<li key=${note.annotation_id}>
    <span class="quiet">${moment(note.at, meta.timezone)}</span> ${note.text}</li>`)}</ul>`;
}
