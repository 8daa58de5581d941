// Events on their way. Each keeps its id and its time however often it is sent, and ingest counts it once.
// An event waits until ingest has answered: then it is safe there, or was refused for good.

const waiting = new Map();
const MOST_WAITING = 500;
const STORED = "analytics:";

let failures = 0;
let timer = 0;

// UUIDv7 without its hyphens: milliseconds, then 72 random bits.
const makeId = () =>
  "0" +
  Date.now().toString(16) +
  "7xxx8xxxxxxxxxxxxxxx".replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));

const withStorage = (use) => {
  if (EVERYTHING && "store" in options)
    try {
      use(localStorage);
    } catch {
      // Full, or not allowed: what waits is in memory.
    }
};

const post = (event, id) => {
  // A text is a simple request: the browser asks nobody first.
  event.sent ||= fetch(endpoint, {
    method: "POST",
    body: event.body,
    keepalive: true,
    credentials: "omit",
    ...(EVERYTHING ? { signal: AbortSignal.timeout?.(3e4) } : {}),
  })
    .then(async (answer) => {
      if (/408|429|^5/.test(answer.status)) throw answer.headers.get("Retry-After");
      waiting.delete(id);
      withStorage((storage) => storage.removeItem(STORED + id));
      if (failures) {
        failures = 0;
        sendWaiting();
      }
      if (EVERYTHING && !answer.ok) console.warn(await answer.text());
    })
    .catch((seconds) => {
      // Offline, or ingest is away or busy.
      event.sent = 0;
      timer ||= setTimeout(sendWaiting, (+seconds || Math.min(2 ** ++failures, 500) * Math.random()) * 1e3);
    });
};

const sendWaiting = () => {
  clearTimeout(timer);
  timer = 0;
  if (!isOff()) waiting.forEach(post);
};

const send = (event) => {
  if (isOff()) return;
  const id = makeId();
  const body = JSON.stringify({ site_id: options.site, event_id: id, timestamp: new Date(), ...event });
  const whole = { body };
  if (waiting.size < MOST_WAITING) {
    waiting.set(id, whole);
    withStorage((storage) => (storage[STORED + id] = body));
  }
  post(whole, id);
};
