// The pages of settings, by the name in the address.
import { html } from "../vendor/htm-preact.js";
import { Definitions } from "./manage/definitions.js";
import { Keys } from "./manage/keys.js";
import { Links } from "./manage/links.js";
import { NewSite } from "./manage/new-site.js";
import { Settings } from "./manage/settings.js";
import { Users } from "./manage/users.js";

const VIEWS = { goals: Definitions, keys: Keys, links: Links, new: NewSite, settings: Settings, users: Users };

export function Manage({ name }) {
  const View = VIEWS[name];
  return View ? html`<${View} />` : null;
}
