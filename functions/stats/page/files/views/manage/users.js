// Users: who may sign in, and what each is to which site.
import { html } from "../../vendor/htm-preact.js";
import { usePage } from "../../page.js";
import { Form, Frame, listOf, Refused, send, Sure, useList } from "./frame.js";

export function Users() {
  const { session } = usePage();
  const { items, problem, reload } = useList("/v1/users");
  const add = (body) => send("POST", "/v1/users")(body).then(reload);
  const read = (form) => ({
    name: form.get("name"), password: form.get("password"), is_admin: form.get("role") === "admin",
    ...(form.get("role") !== "admin" && { roles: Object.fromEntries(listOf(form.get("sites")).map((site) => [site, form.get("role")])) }),
  });
  const tell = (user) => user.is_admin ? "everything" : Object.entries(user.roles || {}).map(([site, role]) => `${site} (${role})`).join(", ") || "nothing";
  return html`<${Frame} title="Users" about="Who may sign in here.">
    <${Refused} problem=${problem} />
    ${items && html`<section class="card scroll-x"><table class="figures"><thead><tr><th scope="col">Name</th><th scope="col">May see</th><th><span class="unseen">Change</span></th></tr></thead>
      <tbody>${items.map((user) => html`<tr key=${user.name}><th scope="row">${user.name}</th><td>${tell(user)}</td>
        <td>${user.name === session.user?.user ? "you" : html`<${Sure} words="Remove" act=${() => send("DELETE", `/v1/users/${encodeURIComponent(user.name)}`)().then(reload)} />`}</td></tr>`)}</tbody></table>
      ${!items.length && html`<p class="none">No users yet.</p>`}</section>`}
    <${Form} button="Add" isNew read=${read} send=${add}>
      <h3>New user</h3>
      <label>Name <input name="name" required maxlength="64" autocomplete="off" /></label>
      <label>Password <input name="password" required type="password" autocomplete="new-password" /></label>
      <label>Role <select name="role"><option value="view">sees figures</option><option value="manage">manages sites</option><option value="admin">admin: everything</option></select></label>
      <label>Of these sites <input name="sites" placeholder="blog, shop" /></label>
    <//><//>`;
}
