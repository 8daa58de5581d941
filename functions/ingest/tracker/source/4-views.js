// Page views and other events of a page. Nothing is sent before somebody sees it: not while it is prerendered, and not
// from a tab in the background.

let referrer = document.referrer || undefined;
let path;
let lookTimer = 0;
// What the page called before the script was there, and before anybody saw it.
let held = early?.q || [];

const sendEvent = (event_type, more) =>
  send({
    event_type,
    url: findUrl(),
    referrer,
    title: document.title,
    screen: screen.width + "x" + screen.height,
    ...more,
  });

const beginView = (more) => {
  report();
  engaged = depth = 0;
  reported = undefined;
  referrer = url || referrer;
  const type = EVERYTHING && "404" in options && !url ? "404" : "page_view";
  url = findUrl();
  path = findPath();
  sendEvent(type, more);
};

const track = (type, more) => {
  if (held) held.push([type, more]);
  else if (type === "page_view") beginView(more);
  else sendEvent(type, more);
};

// A view if this is another page than the last: another query or fragment does not make it one.
const look = () => {
  clearTimeout(lookTimer);
  lookTimer = 0;
  if (!(EVERYTHING && "manual" in options) && path !== findPath()) beginView();
};

// Later, when the page's code has set the title, and has gone on to another page if it wants to.
const lookSoon = () => {
  clearTimeout(lookTimer);
  lookTimer = !document.hidden && setTimeout(show, 100);
};

const show = () => {
  if (document.hidden) return;
  look();
  const calls = held || [];
  held = 0;
  calls.forEach((call) => track(...call));
  sendWaiting();
};
