// @snowplow/node-tracker, told line by line: `send N` makes N rounds of every kind of event, `end` waits until all is sent.
const { newTracker, buildPageView, buildPagePing, buildStructEvent, buildSelfDescribingEvent, buildScreenView, buildLinkClick,
  buildEcommerceTransaction, buildEcommerceTransactionItem, buildSiteSearch, buildFormSubmission } = require("@snowplow/node-tracker");

let left = 0;
const failures = [];
const tracker = newTracker(
  { namespace: "sp", appId: "shop-web", encodeBase64: false },
  {
    endpoint: process.env.INGEST_URL, eventMethod: "post", bufferSize: 5, retryFailedRequests: true,
    onRequestSuccess: (batch) => (left -= batch.length),
    onRequestFailure: (failed) => failed.willRetry || failures.push(failed.message ?? String(failed.status)),
  },
);
tracker.setUserId("ann");
const author = { schema: "iglu:com.acme/author/jsonschema/1-0-0", data: { name: "ann" } };
const pageUrl = "https://shop.example/page";
const events = () => [
  buildPageView({ pageUrl, pageTitle: "A page", referrer: "https://news.ycombinator.com/" }),
  buildPagePing({ pageUrl, minYOffset: 0, maxYOffset: 10 }),
  buildStructEvent({ category: "Video", action: "play", value: 2.5 }),
  buildSelfDescribingEvent({ event: { schema: "iglu:com.acme/signup/jsonschema/1-0-0", data: { plan: "pro" } } }),
  buildScreenView({ name: "Home" }),
  buildLinkClick({ targetUrl: "https://other.example/" }),
  buildEcommerceTransaction({ orderId: "o1", total: 20.5, currency: "EUR" }),
  buildEcommerceTransactionItem({ orderId: "o1", sku: "s1", price: 20.5, quantity: 1 }),
  buildSiteSearch({ terms: ["red", "shoes"], totalResults: 7 }),
  buildFormSubmission({ formId: "join" }),
];

require("./lines.cjs")({
  send(rounds) {
    for (let round = 0; round < rounds; round++) for (const event of events()) left++, tracker.track(event, [author]);
  },
  async end() {
    tracker.flush();
    for (let tries = 0; left > 0 && tries < 600; tries++) await new Promise((resolve) => setTimeout(resolve, 100));
    return { left, failures };
  },
});
