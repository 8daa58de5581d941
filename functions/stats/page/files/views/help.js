// The list of keys.
import { html } from "../vendor/htm-preact.js";
import { PERIODS } from "../words.js";
import { Dialog } from "./dialog.js";

const OTHERS = [["F", "Add a filter"], ["C", "Choose a period"], ["X", "Compare, or do not"], ["← →", "Earlier, later"], ["Esc", "Close, or clear the filters"], ["?", "This list"]];

export function Help({ onClose }) {
  const periods = PERIODS.filter(Boolean).map(([, words, key]) => [key, words]);
  return html`<${Dialog} title="Keyboard" onClose=${onClose} className="small"><dl class="keys">
    ${[...periods, ...OTHERS].map(([key, words]) => html`<div><dt><kbd>${key}</kbd></dt><dd>${words}</dd></div>`)}
  </dl><//>`;
}
