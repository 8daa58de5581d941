// Shared links of a site: whoever has one sees its figures, perhaps with a password, perhaps only some of them.
import { html, useState } from "../../vendor/htm-preact.js";
import { describe } from "../../filters.js";
import { moment, show } from "../../format.js";
import { usePage } from "../../page.js";
import { nameDimension } from "../../words.js";
import { Code } from "../more.js";
import { Form, Frame, listOf, Refused, send, Sure, useList } from "./frame.js";

export function Links() {
  const { state } = usePage();
  const { items, problem, reload } = useList(`/v1/links?site_id=${encodeURIComponent(state.site)}`);
  const [made, setMade] = useState(null);
  const make = async (body) => {
    setMade((await send("POST", "/v1/links")(body)).data);
    await reload();
  };
  const read = (form) => ({
    site_id: state.site, name: form.get("name"),
    ...(form.get("password") && { password: form.get("password") }),
    ...(form.get("filters") && { filters: state.filters }),
    ...(form.get("origins") && { embed_origins: listOf(form.get("origins")) }),
    ...(form.get("until") && { expires_at: `${form.get("until")}T00:00:00Z` }),
  });
  const words = (filters) => filters.map((filter) => describe(filter, nameDimension, show)).join(", ");
  return html`<${Frame} title=${`Shared links of ${state.site}`} about="Whoever has such a link sees the figures of this site, and can change nothing.">
    ${made && html`<section class="card form" role="status"><h3>The link ${made.name}</h3><p>Keep it now: it is not shown again.</p><${Code} text=${location.origin + made.path} /></section>`}
    <${Refused} problem=${problem} />
    ${items && html`<section class="card scroll-x"><table class="figures"><thead><tr><th scope="col">Name</th><th scope="col">Password</th><th scope="col">Only</th><th scope="col">Until</th><th><span class="unseen">Change</span></th></tr></thead>
      <tbody>${items.map((link) => html`<tr key=${link.link_id}><th scope="row">${link.name}</th><td>${link.has_password ? "yes" : "no"}</td><td>${words(link.filters || []) || "everything"}</td>
        <td>${link.expires_at ? moment(link.expires_at, "UTC") : "for ever"}</td>
        <td>${link.revoked_at ? "revoked" : html`<${Sure} words="Stop sharing" act=${() => send("DELETE", `/v1/links/${encodeURIComponent(link.link_id)}`)().then(reload)} />`}</td></tr>`)}</tbody></table>
      ${!items.length && html`<p class="none">Nothing is shared.</p>`}</section>`}
    <${Form} button="Share" isNew read=${read} send=${make}>
      <h3>New link</h3>
      <label>Name <input name="name" required maxlength="100" placeholder="For the newsletter team" /></label>
      <label>Password (none: the link is enough) <input name="password" type="password" autocomplete="new-password" /></label>
      ${state.filters.length > 0 && html`<label class="check"><input type="checkbox" name="filters" value="yes" /> Only where ${words(state.filters)}</label>`}
      <label>Pages that may show it in a frame (empty: no page) <input name="origins" placeholder="https://www.example.com" /></label>
      <label>Until (none: for ever) <input type="date" name="until" /></label>
    <//><//>`;
}
