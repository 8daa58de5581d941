// A site without events: what to put on its pages. The page turns to figures as soon as the first event is counted.
import { html, useEffect, useState } from "../vendor/htm-preact.js";
import { Changes } from "../answers.js";
import { Filtered } from "./filtered.js";
import { Code } from "./more.js";

const LOOK_AGAIN = 5_000;

const PLACES = {
  html: ["Plain HTML", "Into the <head> of every page:"],
  wordpress: ["WordPress", "Into functions.php of the theme, or of a child theme:"],
  next: ["Next.js", "Into app/layout.tsx, inside <body>:"],
  hugo: ["Hugo", "Into layouts/partials/head.html, or the theme's hook for it:"],
};

/** Where ingest is likely to be, from where this page is: the owner can change it. */
export function guessIngest({ protocol, hostname, port }) {
  return port ? `${protocol}//${hostname}:${Number(port) - 2}` : `${protocol}//${hostname}`;
}

export function writeSnippet(place, ingest, site) {
  const [url, id] = [escape(`${ingest}/script.js`), escape(site)];
  const [text, name] = [JSON.stringify(`${ingest}/script.js`), JSON.stringify(site)];
  // on one's own machine nothing counts unless asked
  const local = /\/(localhost|127\.)/.test(ingest) ? " data-local" : "";
  return {
    html: `<script defer src="${url}" data-site="${id}"${local}></script>`,
    wordpress: `add_action('wp_head', function () {\n  echo '<script defer src="${php(url)}" data-site="${php(id)}"></script>';\n});`,
    next: `import Script from "next/script";\n\n<Script src={${text}} data-site={${name}} strategy="afterInteractive" />`,
    hugo: `{{ if hugo.IsProduction }}\n<script defer src="${url}" data-site="${id}"></script>\n{{ end }}`,
  }[place];
}

const escape = (text) => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
const php = (text) => text.replaceAll("\\", "\\\\").replaceAll("'", "\\'");

export function Snippet({ site }) {
  const [place, setPlace] = useState("html");
  const [ingest, setIngest] = useState(guessIngest(location));
  const [looks, setLooks] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setLooks((count) => count + 1), LOOK_AGAIN);
    return () => clearInterval(timer);
  }, []);
  return html`<main class="wide narrow"><section class="card empty">
    <h2>Waiting for the first event of ${site}</h2>
    <p class="quiet">Put the script on its pages and open one of them. This page shows figures as soon as there are some.</p>
    <div class="tabs" role="group" aria-label="Where it goes">${Object.entries(PLACES).map(([id, [name]]) => html`
      <button aria-pressed=${id === place} onClick=${() => setPlace(id)}>${name}</button>`)}</div>
    <p>${PLACES[place][1]}</p>
    <${Code} key=${place + ingest} text=${writeSnippet(place, ingest, site)} />
    <label class="line">Ingest answers at <input type="url" value=${ingest} onInput=${(event) => setIngest(event.target.value.replace(/\/+$/, ""))} /></label>
    <p class="waiting" role="status"><span class="pulse" aria-hidden="true"></span>Listening…</p>
  </section>
  <${Changes.Provider} value=${looks}><${Filtered} now=${Date.now()} isHiddenWithout=${true} /><//></main>`;
}
