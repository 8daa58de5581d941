// What else a panel can do: its rows as CSV, and the request that anybody can send.
import { html, useState } from "../vendor/htm-preact.js";
import { hasKey, request } from "../api.js";
import { usePage } from "../page.js";
import { curlOf, urlOf } from "../query.js";
import { Dialog } from "./dialog.js";
import { Menu } from "./menu.js";

/** `hasCsv`: whether the API has these rows as CSV. `most`: how many values of a dimension it has in one answer. */
export function More({ query, name, hasCsv = true, most = 1000 }) {
  const [isShown, setShown] = useState(false);
  const [failure, setFailure] = useState("");
  const { session } = usePage();
  const [path, parameters] = query;
  const download = () => save([path, { ...parameters, ...(parameters.dimension && { limit: most }), format: "csv" }], `${parameters.site_id}-${name}.csv`)
    .then(() => setFailure(""), (problem) => setFailure(problem.message));
  const needsKey = hasKey() || Boolean(session.user);
  return html`<${Menu} label="⋯" title=${`More: ${name}`} className="more">
      ${hasCsv && html`<button onClick=${download}>Download CSV</button>`}
      <button onClick=${() => setShown(true)}>Show as curl</button>
    <//>
    ${failure && html`<p class="refused" role="alert">${failure}</p>`}
    ${isShown && html`<${Dialog} title="The same from the API" onClose=${() => setShown(false)}>
      <${Code} text=${curlOf(query, location.origin, needsKey)} /><//>`}`;
}

/** Lines to copy. */
export function Code({ text }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => navigator.clipboard.writeText(text).then(() => setCopied(true));
  return html`<div class="code"><pre tabindex="0">${text}</pre><button onClick=${copy}>${isCopied ? "Copied" : "Copy"}</button></div>`;
}

async function save(query, name) {
  const response = await request(urlOf(query));
  const url = URL.createObjectURL(await response.blob());
  const link = Object.assign(document.createElement("a"), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
