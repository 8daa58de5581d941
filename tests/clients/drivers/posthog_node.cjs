// posthog-node, told line by line: `send N` makes N rounds of every call, `end` waits until all is sent.
const { PostHog } = require("posthog-node");

const client = new PostHog(process.env.TOKEN, {
  host: process.env.INGEST_URL, flushAt: 10, flushInterval: 50, fetchRetryCount: 100, fetchRetryDelay: 200,
});
const errors = [];
client.on("error", (error) => errors.push(String(error)));

require("./lines.cjs")({
  send(rounds) {
    for (let round = 0; round < rounds; round++) {
      const at = { $current_url: `https://blog.example/page-${round % 3}`, $referrer: "https://news.ycombinator.com/" };
      client.capture({ distinctId: "ann", event: "$pageview", properties: at });
      client.capture({ distinctId: "ann", event: "signup", properties: { plan: "pro" }, groups: { company: "acme" } });
      client.capture({ distinctId: "bob", event: "paid", properties: { revenue: 1.5, currency: "EUR" }, timestamp: new Date() });
      client.identify({ distinctId: "ann", properties: { name: "Ann" } });
      client.alias({ distinctId: "ann", alias: "anna" });
      client.groupIdentify({ groupType: "company", groupKey: "acme" });
    }
  },
  flags: async () => (await client.getAllFlags("ann")) ?? {},
  async end() {
    await client.shutdown(60_000);
    return errors;
  },
});
