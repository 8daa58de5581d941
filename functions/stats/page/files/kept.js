// What is kept for as long as the tab is open. In another site's frame a browser may allow no storage: then in memory.

const memory = new Map();

function open() {
  try {
    return sessionStorage;
  } catch {
    return null;
  }
}

/** The text under a name, or an empty one. */
export function recall(name) {
  return open()?.getItem(name) || memory.get(name) || "";
}

/** Keep a text; an empty one is forgotten. */
export function keep(name, text) {
  const storage = open();
  if (!storage) memory.set(name, text);
  else if (text) storage.setItem(name, text);
  else storage.removeItem(name);
}
