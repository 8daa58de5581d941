// Begin.

window.analytics = track;
track.on = 1;

withStorage((storage) => {
  for (const name of Object.keys(storage))
    if (name.startsWith(STORED)) waiting.set(name.slice(STORED.length), makeRequest(storage[name]));
});

const listen = (names, use) => names.split(" ").forEach((name) => addEventListener(name, use, true));

listen("click auxclick", onClick);
listen("submit", onSubmit);
listen("focus blur scroll", measure);
listen("online", sendWaiting);
listen("pageshow pagehide visibilitychange", ({ type }) => {
  measure();
  if (type === "pagehide" || document.hidden) {
    if (lookTimer) look();
    report();
    // If it comes back, from the browser's cache, that is another view.
    if (type === "pagehide") path = 0;
    // An old browser ends the requests of a page that is left, but not its beacons.
    if ("keepalive" in Request.prototype) sendWaiting();
    else waiting.forEach(({ body }) => navigator.sendBeacon(endpoint, body));
  } else show();
});

// So that a long read is one visit, which ends after half an hour without a word.
setInterval(report, 6e5);

if (window.navigation) navigation.addEventListener("navigatesuccess", lookSoon);
else {
  ["pushState", "replaceState"].forEach((name) => {
    const change = history[name];
    history[name] = (...all) => {
      change.apply(history, all);
      lookSoon();
    };
  });
  listen("popstate", lookSoon);
}

show();
