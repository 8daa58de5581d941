// The script's element with its options (data-site, data-endpoint ...), and the page that it is on.
// The files of this folder are one function, in the order of their names: see infra/tracker/build.mjs.

const script = document.currentScript || document.querySelector("script[data-site]");
const options = script.dataset;

// Ingest replaces "./event" by the path of its setting, relative to the script.
const endpoint = options.endpoint || new URL("./event", script.src);

// Whoever opens a page with #analytics-off is not counted in this browser any more, until #analytics-on.
const isOff = () => {
  try {
    const asked = location.hash.split("#analytics-")[1];
    if (asked) localStorage.analytics = asked;
    if (localStorage.analytics === "off") return 1;
  } catch {
    // A page without storage: nobody can have opted out on it.
  }
  return (
    (EVERYTHING && "dnt" in options && (navigator.globalPrivacyControl || navigator.doNotTrack > 0)) ||
    (!("local" in options) && /^$|^127\.|^\[::1]|\blocalhost$/.test(location.hostname))
  );
};

// With hash routes, /app#/users?id=1 is the page /app/users.
const findPath = () =>
  EVERYTHING && "hash" in options
    ? (location.pathname + location.hash.split("?")[0]).replace(/\/?#!?\/?/, "/")
    : location.pathname;

const findUrl = () => location.origin + findPath() + location.search;
