// API keys: made, listed, revoked. A key is shown once, when it is made.
import { html, useState } from "../../vendor/htm-preact.js";
import { moment } from "../../format.js";
import { Code } from "../more.js";
import { Form, Frame, listOf, Refused, send, Sure, useList } from "./frame.js";

const SCOPES = ["stats", "export", "ingest", "import", "goals", "sites", "erase", "admin"];

export function Keys() {
  const { items, problem, reload } = useList("/v1/keys");
  const [made, setMade] = useState(null);
  const make = async (body) => {
    setMade((await send("POST", "/v1/keys")(body)).data);
    await reload();
  };
  const read = (form) => ({
    name: form.get("name"), scopes: form.getAll("scope"),
    ...(form.get("sites") && { sites: listOf(form.get("sites")) }),
    ...(form.get("until") && { expires_at: `${form.get("until")}T00:00:00Z` }),
  });
  return html`<${Frame} title="API keys" about="What a program shows to read figures or to change something.">
    ${made && html`<section class="card form" role="status"><h3>The key ${made.name}</h3><p>Keep it now: it is not shown again.</p><${Code} text=${made.key} /></section>`}
    <${Refused} problem=${problem} />
    ${items && html`<section class="card scroll-x"><table class="figures"><thead><tr><th scope="col">Name</th><th scope="col">May</th><th scope="col">Sites</th><th scope="col">Until</th><th><span class="unseen">Change</span></th></tr></thead>
      <tbody>${items.map((key) => html`<tr key=${key.key_id}><th scope="row">${key.name}</th><td>${key.scopes.join(", ")}</td><td>${key.sites ? key.sites.join(", ") : "all"}</td>
        <td>${key.expires_at ? moment(key.expires_at, "UTC") : "for ever"}</td>
        <td>${key.revoked_at ? "revoked" : html`<${Sure} words="Revoke" act=${() => send("DELETE", `/v1/keys/${encodeURIComponent(key.key_id)}`)().then(reload)} />`}</td></tr>`)}</tbody></table>
      ${!items.length && html`<p class="none">No keys yet.</p>`}</section>`}
    <${Form} button="Make a key" isNew read=${read} send=${make}>
      <h3>New key</h3>
      <label>Name <input name="name" required maxlength="100" placeholder="Nightly report" /></label>
      <fieldset><legend>May</legend>${SCOPES.map((scope) => html`<label class="check"><input type="checkbox" name="scope" value=${scope} defaultChecked=${scope === "stats"} /> ${scope}</label>`)}</fieldset>
      <label>Only these sites (none: all) <input name="sites" placeholder="blog, shop" /></label>
      <label>Until (none: for ever) <input type="date" name="until" /></label>
    <//><//>`;
}
