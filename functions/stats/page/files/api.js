// Requests to the API of the service that the page came from. To no other.

const LONGEST_PAUSE = 10_000;
const TOOK_TOO_LONG = 504; // a question that would take as long again

let key = "";
let csrf = "";
let watchers = [];

/** Send these credentials from now on: a key or link's token, and what proves that a change is meant. */
export function identify({ key: newKey, csrf: newCsrf }) {
  if (newKey !== undefined) key = newKey;
  if (newCsrf !== undefined) csrf = newCsrf;
}

export const hasKey = () => Boolean(key);

/** Call `watcher` whenever the API turns out to be reachable or not. */
export function watch(watcher) {
  watchers.push(watcher);
  return () => (watchers = watchers.filter((other) => other !== watcher));
}

/** An answer that is no success: a problem document, or no answer at all. */
export class Problem extends Error {
  constructor(status, document, headers = new Headers()) {
    super(document.detail || document.title || "The service did not answer.");
    this.status = status;
    this.errors = document.errors || [];
    this.retryAfter = Number(headers.get("Retry-After")) || 0;
    this.needsPassword = headers.get("WWW-Authenticate")?.includes('"link"') || false;
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return this.status === 0 || this.status === 429 || (this.status >= 500 && this.status !== TOOK_TOO_LONG);
  }
}

/** The answer to a request, as a Response. Raises Problem; an AbortError if `signal` says so. */
export async function request(url, { method = "GET", body, signal, priority, headers = {} } = {}) {
  const sent = { ...headers };
  if (key) sent.Authorization = `Bearer ${key}`;
  if (csrf && method !== "GET") sent["X-CSRF-Token"] = csrf;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  const response = await reach(url, { method, signal, priority, headers: sent, body: body === undefined ? undefined : JSON.stringify(body) });
  if (response.ok) return response;
  const document = await response.json().catch(() => ({}));
  throw new Problem(response.status, document, response.headers);
}

/** How long to wait before what failed is tried again: longer each time, and as long as the service wants. */
export function pause(attempt, leastSeconds = 0) {
  return Math.min(Math.max(1000 * 2 ** attempt, 1000 * leastSeconds), LONGEST_PAUSE);
}

/** The answer's JSON; null if it has none. Raises Problem, also for an answer that breaks off. */
export async function ask(url, options) {
  const response = await request(url, options);
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, {});
  }
}

async function reach(url, options) {
  try {
    const response = await fetch(url, { credentials: "same-origin", ...options });
    tell(response.status < 500 || response.status === TOOK_TOO_LONG);
    return response;
  } catch (error) {
    if (error.name === "AbortError") throw error;
    tell(false);
    throw new Problem(0, {});
  }
}

function tell(isReachable) {
  for (const watcher of watchers) watcher(isReachable);
}
