// Events on their way. Each keeps its id and its time however often it is sent, and ingest counts it once.
// An event waits until ingest has answered: then it is safe there, or was refused for good.

const waiting = new Map();
const MOST_WAITING = 500;
const STORED = "analytics:";

let failures = 0;
let timer = 0;

let ahead = 0; // milliseconds by which the clock here is ahead of ingest's, if that cost an event

// UUIDv7 without its hyphens: milliseconds, which are the event's time, then 72 random bits.
const makeId = () =>
  "0" +
  (Date.now() - ahead).toString(16) +
  "7xxx8xxxxxxxxxxxxxxx".replace(/x/g, () => ((Math.random() * 16) | 0).toString(16));

const withStorage = (use) => {
  if (EVERYTHING && "store" in options)
    try {
      use(localStorage);
    } catch {
      // Full, or not allowed: what waits is in memory.
    }
};

// A request with an event. A text is a simple one: the browser asks nobody first.
const makeRequest = (body) => ({ method: "POST", body, keepalive: true, credentials: "omit" });

const post = (event, id) => {
  event.sent ||= fetch(endpoint, EVERYTHING ? { ...event, signal: AbortSignal.timeout?.(3e4) } : event)
    .then((answer) => {
      const now = answer.headers.get("Now");
      if (now) {
        // Refused for its time, and stored nowhere: it may have another id, by ingest's clock.
        ahead = Date.now() - now;
        event.body = event.body.replace(id, makeId());
        withStorage((storage) => (storage[STORED + id] = event.body));
      }
      if (now || /408|429|^5/.test(answer.status)) throw answer.headers.get("Retry-After");
      waiting.delete(id);
      withStorage((storage) => storage.removeItem(STORED + id));
      if (failures) {
        failures = 0;
        sendWaiting();
      }
      if (EVERYTHING && !answer.ok) answer.text().then(console.warn);
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

const send = (more) => {
  if (isOff()) return;
  const id = makeId();
  const body = JSON.stringify({ event_id: id, site_id: options.site, ...more });
  const event = makeRequest(body);
  if (waiting.size < MOST_WAITING) {
    waiting.set(id, event);
    withStorage((storage) => (storage[STORED + id] = body));
  }
  post(event, id);
};
