// matomo-tracker, told line by line: `send N` makes N rounds of every call and waits until each was answered.
const MatomoTracker = require("matomo-tracker");

const errors = [];
const at = { url: "https://blog.example/page", urlref: "https://news.ycombinator.com/", uid: "ann" };
const tracker = () => {
  const one = new MatomoTracker(3, `${process.env.INGEST_URL}/matomo.php`);
  one.on("error", (error) => errors.push(String(error)));
  return one;
};
// `track` tells of nothing but failures: the answer is seen at the agent that it uses
const track = (fields) => new Promise((resolve) => {
  const one = tracker();
  const agent = one.agent;
  one.agent = { get: (url, done) => agent.get(url, (answer) => (done(answer), answer.resume(), resolve(answer.statusCode))) };
  one.on("error", () => resolve("failed"));
  one.track(fields);
});
const bulk = (events) => new Promise((resolve) => {
  const one = tracker();
  one.on("error", () => resolve("failed"));
  one.trackBulk(events, (text) => resolve(JSON.parse(text)));
});

require("./lines.cjs")({
  async send(rounds) {
    const answers = [];
    for (let round = 0; round < rounds; round++) {
      answers.push(await track({ ...at, action_name: "A page" }));
      answers.push(await track({ ...at, e_c: "Video", e_a: "play", e_v: 2 }));
      answers.push(await bulk([{ ...at, download: "https://blog.example/a.pdf" }, { ...at, search: "shoes", search_count: 7 }]));
    }
    return answers;
  },
});
