// A new site: its id, which its events carry, and whose days it is counted by.
import { html } from "../../vendor/htm-preact.js";
import { usePage } from "../../page.js";
import { Form, Frame, send } from "./frame.js";

export function NewSite() {
  const { go, session } = usePage();
  const add = async (body) => {
    await send("POST", "/v1/sites")(body);
    go({ site: body.site_id, view: "", filters: [] });
    await session.look();
  };
  const read = (form) => Object.fromEntries([...form].filter(([, value]) => value));
  const { timeZone } = Intl.DateTimeFormat().resolvedOptions();
  return html`<${Frame} title="New site"><${Form} button="Add" read=${read} send=${add}>
    <label>Id, as its events carry it <input name="site_id" required maxlength="64" placeholder="blog" /></label>
    <label>Name <input name="name" maxlength="100" placeholder="Our blog" /></label>
    <label>Time zone of its days <input name="time_zone" value=${timeZone} /></label>
  <//><//>`;
}
