// @openpanel/sdk, told line by line: `send N` makes N rounds of every call and waits for the answers.
const { OpenPanel } = require("@openpanel/sdk");

const op = new OpenPanel({ clientId: process.env.CLIENT, apiUrl: process.env.INGEST_URL });
const waiting = new OpenPanel({ clientId: process.env.CLIENT, apiUrl: process.env.INGEST_URL, waitForProfile: true });
op.setGlobalProperties({ colour: "red" });
const at = { __path: "https://blog.example/page", __title: "A page", __referrer: "https://news.ycombinator.com/" };

require("./lines.cjs")({
  async send(rounds) {
    const answers = [];
    for (let round = 0; round < rounds; round++) {
      answers.push(await op.track("screen_view", { ...at, profileId: "ann" }));
      answers.push(await op.track("signup", { plan: "pro", profileId: "ann", groups: ["acme"] }));
      answers.push(await op.revenue(1.5, { currency: "EUR", profileId: "ann" }));
      await op.identify({ profileId: "ann", firstName: "Ann" });
      await op.increment({ profileId: "ann", property: "visits", value: 1 });
      await op.decrement({ profileId: "ann", property: "visits", value: 1 });
      await op.upsertGroup({ id: "acme", type: "company", name: "Acme" });
      await op.setGroup("acme");
      op.clear();
    }
    return answers.map((answer) => answer?.deviceId === "");
  },
  async wait() {
    await waiting.track("waited", { plan: "pro" });
    await waiting.identify({ profileId: "ann" }); // does not wait for what it lets go
  },
});
