// Who is looking: a signed-in user, somebody with a key or a shared link, or anybody where figures are open.
import { useEffect, useState } from "./vendor/htm-preact.js";
import { ask, identify, Problem } from "./api.js";

const UNKNOWN = { isUnknown: true, mustSignIn: false, user: null, sites: null };

/** The session, with what changes it: signIn, useKey, signOut. Looks once whether there is one. */
export function useSession({ door, name }) {
  const [session, setSession] = useState(UNKNOWN);
  const look = async () => {
    if (door === "share") identify({ key: sessionStorage.getItem(`link ${name}`) || name });
    const user = door ? null : await lookForUser();
    setSession(await lookForSites(user, door));
  };
  useEffect(() => void look(), []);
  return {
    ...session,
    look,
    refuse: () => setSession((before) => ({ ...before, isUnknown: false, mustSignIn: true })),
    signIn: async (user, password) => {
      const { data } = await ask("/v1/session", { method: "POST", body: { user, password } });
      identify({ key: "", csrf: data.csrf });
      sessionStorage.removeItem("key");
      await look();
    },
    useKey: async (key) => {
      identify({ key });
      await ask("/v1/sites").catch(ignoreMissing);
      sessionStorage.setItem("key", key);
      await look();
    },
    signOut: async () => {
      sessionStorage.removeItem("key");
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
    return { isUnknown: false, mustSignIn, isOpen: !user && !mustSignIn, user, sites: null };
  }
}

function ignoreMissing(problem) {
  if (problem.status !== 404) throw problem;
}
