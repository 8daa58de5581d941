// Who is looking: a signed-in user, somebody with a key or a shared link, or anybody where figures are open.
import { useEffect, useState } from "./vendor/htm-preact.js";
import { ask, identify, Problem } from "./api.js";
import { keep, recall } from "./kept.js";

const UNKNOWN = { isUnknown: true, mustSignIn: false, user: null, sites: null };

/** What the caller may do with a site: "admin", "manage", "view". */
export function roleAt(session, site) {
  return session.sites?.find((one) => one.site_id === site)?.role || session.user?.role || "view";
}

/** Whether the caller may do everything. */
export function isAdmin(session) {
  return session.user?.role === "admin" || Boolean(session.sites?.some((site) => site.role === "admin"));
}

/** The session, with what changes it: signIn, useKey, signOut. Looks once whether there is one. */
export function useSession({ door, name }) {
  const [session, setSession] = useState(UNKNOWN);
  const look = async () => {
    const unlocked = door === "share" && recall(`link ${name}`);
    if (door === "share") identify({ key: unlocked || name });
    const user = door ? null : await lookForUser();
    const found = await lookForSites(user, door);
    if (!unlocked || !found.mustSignIn) return setSession(found);
    keep(`link ${name}`, ""); // its time is over: the password is asked for again
    return look();
  };
  useEffect(() => void look(), []);
  return {
    ...session,
    look,
    refuse: () => setSession((before) => ({ ...before, isUnknown: false, mustSignIn: true })),
    signIn: async (user, password) => {
      const { data } = await ask("/v1/session", { method: "POST", body: { user, password } });
      identify({ key: "", csrf: data.csrf });
      keep("key", "");
      await look();
    },
    useKey: async (key) => {
      identify({ key });
      await ask("/v1/sites").catch(ignoreMissing);
      keep("key", key);
      await look();
    },
    signOut: async () => {
      keep("key", "");
      await ask("/v1/session", { method: "DELETE" }).catch(() => null);
      identify({ key: "", csrf: "" });
      setSession({ ...UNKNOWN, isUnknown: false, mustSignIn: true });
    },
  };
}

async function lookForUser() {
  try {
    const { data } = await ask("/v1/session");
    identify({ csrf: data.csrf });
    return data;
  } catch {
    return null; // nobody is signed in, or nobody need be
  }
}

async function lookForSites(user, door) {
  try {
    const { data } = await ask("/v1/sites");
    return { isUnknown: false, mustSignIn: false, isOpen: !user, user, sites: data };
  } catch (problem) {
    const mustSignIn = problem instanceof Problem && problem.status === 401 && door !== "public";
    const isGone = mustSignIn && door === "share" && !problem.needsPassword;
    return { isUnknown: false, mustSignIn, isGone, isOpen: !user && !mustSignIn, user, sites: null };
  }
}

function ignoreMissing(problem) {
  if (problem.status !== 404) throw problem;
}
