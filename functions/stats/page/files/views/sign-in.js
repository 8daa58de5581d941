// Signing in: with a name and a password, with an API key, or with a shared link's password.
import { html, useState } from "../vendor/htm-preact.js";
import { ask, identify } from "../api.js";
import { keep } from "../kept.js";
import { usePage } from "../page.js";

export function SignIn({ why }) {
  const { session, door, go } = usePage();
  const [isKey, setKey] = useState(false);
  const [wrong, setWrong] = useState("");
  const [isBusy, setBusy] = useState(false);
  const send = async (event) => {
    event.preventDefault();
    const given = Object.fromEntries(new FormData(event.target));
    setBusy(true);
    try {
      if (door.door === "share") await unlock(door.name, given.password, session);
      else if (isKey) await session.useKey(given.key.trim());
      else await session.signIn(given.user, given.password);
    } catch (problem) {
      setWrong(problem.status === 404 ? "This service knows no users yet: use an API key." : problem.message);
      setBusy(false);
    }
  };
  const isLink = door.door === "share";
  if (session.isGone) return html`<main class="gate"><section class="card sign-in"><span class="mark large" aria-hidden="true"></span>
    <h1>This link shows nothing any more</h1><p class="quiet">It was revoked, has expired, or was not copied whole. Ask whoever gave it to you for another one.</p></section></main>`;
  return html`<main class="gate"><form class="card sign-in" onSubmit=${send}>
    <span class="mark large" aria-hidden="true"></span><h1>${isLink ? "This link needs a password" : "Sign in"}</h1>
    ${why && html`<p class="quiet">${why}</p>`}
    ${!isLink && !isKey && html`<label>Name <input name="user" required autocomplete="username" autofocus /></label>`}
    ${isKey && !isLink ? html`<label>API key <input name="key" required type="password" autocomplete="off" autofocus /></label>`
      : html`<label>Password <input name="password" required type="password" autocomplete="current-password" /></label>`}
    ${wrong && html`<p class="refused" role="alert">${wrong}</p>`}
    <button class="primary" disabled=${isBusy}>${isLink ? "Open" : "Sign in"}</button>
    ${session.isOpen && html`<button type="button" class="link" onClick=${() => { go({ view: "" }); session.look(); }}>Go on without</button>`}
    ${!isLink && html`<button type="button" class="link" onClick=${() => setKey(!isKey)}>${isKey ? "Use a name and password" : "Use an API key"}</button>`}
  </form></main>`;
}

async function unlock(token, password, session) {
  const { data } = await ask("/v1/links/unlock", { method: "POST", body: { token, password } });
  identify({ key: data.token });
  keep(`link ${token}`, data.token);
  await session.look();
}
