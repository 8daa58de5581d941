// Views that most readers never open: their modules are loaded when they are first shown.
import { html, useEffect, useState } from "../vendor/htm-preact.js";

/** A view that takes the place of the component `name` of a module, until `load` has loaded it; `Missing` if it can't. */
export const late = (name, load, Missing = Refused) => function Late(properties) {
  const [found, setFound] = useState(null);
  useEffect(() => void load().then((module) => setFound({ View: module[name] }), () => setFound({ View: Missing })), []);
  return found && html`<${found.View} ...${properties} />`;
};

const Refused = () => html`<p class="card refused" role="alert">
  This part of the page could not be loaded. <button class="link" onClick=${() => location.reload()}>Load the page again</button></p>`;
