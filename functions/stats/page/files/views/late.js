// Views that most readers never open: their modules are loaded when they are first shown.
import { html, useEffect, useState } from "../vendor/htm-preact.js";

/** A view that takes the place of the component `name` of a module, until `load` has loaded it. */
export const late = (name, load) => function Late(properties) {
  const [found, setFound] = useState(null);
  useEffect(() => void load().then((module) => setFound({ View: module[name] }), () => setFound({})), []);
  if (!found) return null;
  return found.View ? html`<${found.View} ...${properties} />` : html`<p class="card refused" role="alert">
    This part of the page could not be loaded. <button class="link" onClick=${() => location.reload()}>Load the page again</button></p>`;
};
