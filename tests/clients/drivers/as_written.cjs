// A client made by the very line of docs/moving: `send` sends a page view of ann's. PACKAGE: the npm package; LINE.
const url = "https://blog.example/page";
const line = process.env.LINE;

const sends = {
  "matomo-tracker"(MatomoTracker) {
    const client = eval(line);
    return new Promise((resolve) => client.trackBulk([{ url }], () => resolve()));
  },
  async "@openpanel/sdk"({ OpenPanel }) {
    await eval(line).track("screen_view", { __path: url, profileId: "ann" });
  },
  async "posthog-node"({ PostHog }) {
    const client = eval(line);
    client.capture({ distinctId: "ann", event: "$pageview", properties: { $current_url: url } });
    await client.shutdown();
  },
  "@snowplow/node-tracker"({ newTracker, buildPageView }) {
    const client = eval(line);
    client.setUserId("ann");
    client.track(buildPageView({ pageUrl: url }));
    client.flush();
  },
  async "@umami/node"({ Umami }) {
    const umami = new Umami();
    eval(line);
    await umami.track({ hostname: "blog.example", url: "/page" });
  },
};

require("./lines.cjs")({ send: () => sends[process.env.PACKAGE](require(process.env.PACKAGE)) });
