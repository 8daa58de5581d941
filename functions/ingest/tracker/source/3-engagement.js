// How long a view was visible and in focus, and how far down its page was read.

const isReporting = options.engagement !== "off";

let url;
let engaged = 0;
let since = 0;
let depth = 0;
let reported; // the depth that the last report of this view named

const measure = () => {
  const now = performance.now();
  if (since) engaged += now - since;
  since = !document.hidden && document.hasFocus() ? now : 0;
  depth = Math.max(
    depth,
    Math.min(100, ((scrollY + innerHeight) / document.documentElement.scrollHeight) * 100) | 0,
  );
};

// What was not reported yet. The times of a view's reports add up, and so does what each depth adds to the one before.
const report = () => {
  measure();
  if (url && isReporting && engaged > 999) {
    send({ event_type: "engagement", url, engaged_ms: engaged | 0, scroll_depth: depth, scroll_depth_before: reported });
    engaged = 0;
    reported = depth;
  }
};
