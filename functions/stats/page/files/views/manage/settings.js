// A site's settings: its name, its days, who may see it, and what is not counted.
import { html, useEffect, useState } from "../../vendor/htm-preact.js";
import { ask } from "../../api.js";
import { usePage } from "../../page.js";
import { isAdmin } from "../../session.js";
import { Form, Frame, listOf, Refused, send, Sure } from "./frame.js";

const LISTS = [
  ["blocked_addresses", "Addresses and networks that do not count", "203.0.113.9, 198.51.100.0/24"],
  ["blocked_countries", "Countries that do not count", "XX"],
  ["blocked_paths", "Pages that do not count", "/admin/*"],
  ["blocked_hostnames", "Hosts that do not count", "*.staging.example.com"],
  ["accepted_hostnames", "Hosts that count (none: all)", "www.example.com"],
  ["kept_query_parameters", "Query parameters that are part of a page's path", "page"],
];

const WISHES = { default: "as the server is set", honour: "are not counted", ignore: "are counted" };

export function Settings() {
  const { state, go, session } = usePage();
  const url = `/v1/sites/${encodeURIComponent(state.site)}`;
  const [site, setSite] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => void ask(url).then(({ data }) => setSite(data), setProblem), [url]);
  const save = async (body) => {
    setSite((await send("PATCH", url)(body)).data);
    await session.look();
  };
  const remove = async () => {
    await send("DELETE", url)();
    go({ site: "", view: "" });
    await session.look();
  };
  const read = (form) => ({
    ...changed(form, site),
    name: form.get("name"), hostnames: listOf(form.get("hostnames")), is_public: form.has("is_public"), is_paused: form.has("is_paused"),
    settings: { ...Object.fromEntries(LISTS.map(([name]) => [name, listOf(form.get(name))])), bots: form.has("bots") ? "count" : "filter",
      do_not_track: form.get("do_not_track"), retention_days: Number(form.get("retention_days")) || null },
  });
  return html`<${Frame} title=${`Settings of ${state.site}`}>
    <${Refused} problem=${problem} />
    ${site && html`<${Form} button="Save" read=${read} send=${save}>
      <label>Name <input name="name" maxlength="100" value=${site.name || ""} placeholder=${site.site_id} /></label>
      <label>Hosts <input name="hostnames" value=${(site.hostnames || []).join(", ")} placeholder="www.example.com" /></label>
      <div class="fields"><label>Time zone of its days <input name="time_zone" required value=${site.time_zone} list="zones" /></label>
        <label>Currency <input name="currency" value=${site.currency || ""} pattern="[A-Z]{3}" placeholder="EUR" title="Three capitals, such as EUR" /></label>
        <label>Keep so many days (events and figures before them are deleted; empty: all are kept) <input name="retention_days" type="number" min="1" max="36500" value=${site.settings?.retention_days ?? ""} /></label>
        <label>Browsers that ask not to be tracked (DNT, GPC) <select name="do_not_track">${Object.entries(WISHES).map(([id, words]) => html`
          <option value=${id} selected=${(site.settings?.do_not_track || "default") === id}>${words}</option>`)}</select></label></div>
      ${site.time_zone_change && html`<p class="quiet" role="status">Its figures are being counted by the days of ${site.time_zone_change.to}.</p>`}
      <datalist id="zones">${Intl.supportedValuesOf("timeZone").map((zone) => html`<option value=${zone} />`)}</datalist>
      <label class="check"><input type="checkbox" name="is_public" defaultChecked=${site.is_public} /> <span>Anybody may see the figures, at <code>/public/${site.site_id}</code></span></label>
      <label class="check"><input type="checkbox" name="is_paused" defaultChecked=${site.is_paused} /> Take no events for now</label>
      <label class="check"><input type="checkbox" name="bots" defaultChecked=${site.settings?.bots === "count"} /> Count known bots as well</label>
      ${LISTS.map(([name, label, example]) => html`<label>${label} <input name=${name} value=${(site.settings?.[name] || []).join(", ")} placeholder=${example} /></label>`)}
      ${isAdmin(session) && html`<label>Other trackers' ids of this site, each as dialect:id <input name="aliases" value=${writeAliases(site)} placeholder="plausible:example.com" /></label>`}
    <//>
    <section class="card form"><h3>Delete</h3><p class="quiet">Its events and figures are deleted, and can't be had back.</p><${Sure} words=${`Delete ${state.site}`} act=${remove} /></section>`}
  <//>`;
}

const writeAliases = (site) => (site.aliases || []).map((one) => `${one.dialect}:${one.external_id}`).join(", ");

/** What is sent only if it is another: a zone's change counts days anew, a currency can't be none, aliases are an admin's. */
function changed(form, site) {
  const given = Object.fromEntries(["time_zone", "currency"].map((name) => [name, form.get(name).trim()]));
  const changes = Object.fromEntries(Object.entries(given).filter(([name, value]) => value && value !== (site[name] || "")));
  if (form.has("aliases") && form.get("aliases") !== writeAliases(site)) changes.aliases = listOf(form.get("aliases")).map(readAlias);
  return changes;
}

/** "plausible:example.com" as the API has it. */
function readAlias(text) {
  const [dialect, ...rest] = text.split(":");
  return { dialect, external_id: rest.join(":") };
}
