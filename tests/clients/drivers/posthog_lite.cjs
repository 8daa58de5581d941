// posthog-js-lite, told line by line: `send N` makes N rounds of every call, `end` waits until all is sent.
const { PostHog } = require("posthog-js-lite");

const client = new PostHog(process.env.TOKEN, {
  host: process.env.INGEST_URL, persistence: "memory", flushAt: 10, flushInterval: 50, fetchRetryCount: 100,
  fetchRetryDelay: 200,
});
const errors = [];
// while ingest is away it tells of that, keeps its queue, and tries again later
client.on("error", (error) => String(error).includes("Network error") || errors.push(String(error)));
client.identify("ann", { name: "Ann" });

require("./lines.cjs")({
  flags: async () => (await client.reloadFeatureFlagsAsync()) ?? {},
  send(rounds) {
    for (let round = 0; round < rounds; round++) {
      const at = { $current_url: `https://blog.example/page-${round % 3}`, $referrer: "https://news.ycombinator.com/" };
      client.capture("$pageview", at);
      client.capture("signup", { plan: "pro", $groups: { company: "acme" } });
      client.capture("paid", { revenue: 1.5, currency: "EUR" });
      client.alias("anna");
      client.setPersonProperties?.({ name: `Ann ${round}` });
    }
  },
  async end() {
    await client.shutdown(60_000);
    return errors;
  },
});
