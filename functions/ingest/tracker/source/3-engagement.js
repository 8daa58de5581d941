// How long a view was visible and in focus, and how far down its page was read.

// True as soon as ingest knows the event. Then data-engagement="off" turns it off; until then "on" turns it on.
const IS_ON_BY_DEFAULT = false;
const isReporting = IS_ON_BY_DEFAULT ? options.engagement !== "off" : options.engagement === "on";

let view; // the id of the page view
let url;
let engaged = 0;
let since = 0;
let depth = 0;

const measure = () => {
  const now = performance.now();
  if (since) engaged += now - since;
  since = !document.hidden && document.hasFocus() ? now : 0;
  depth = Math.max(
    depth,
    Math.min(100, ((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100) | 0,
  );
};

// What was not reported yet. The times of a view's reports add up; a depth is the deepest so far.
const report = () => {
  measure();
  if (view && isReporting && engaged > 999) {
    send({ event_type: "engagement", url, engaged_ms: engaged | 0, scroll_depth: depth, page_view_id: view });
    engaged = 0;
  }
};
