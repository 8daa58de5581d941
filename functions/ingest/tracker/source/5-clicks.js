// What is clicked and sent. No click waits for anything.

const DOWNLOADS = "pdf,zip,gz,rar,7z,dmg,exe,msi,apk,iso,doc,docx,xls,xlsx,ppt,pptx,csv,txt,epub,mp3,mp4,mov,avi,mkv,wav";

// <button data-event="signup" data-event-plan="pro"> is the event signup with the property plan.
const trackElement = (element) => {
  const props = {};
  for (const { name, value } of element.attributes) {
    const key = name.split("data-event-")[1];
    if (key) props[key] = value;
  }
  track(element.dataset.event, { props });
};

// Without its query, in which secrets may be; as long as a property may be.
const shorten = (address) => (address.origin + address.pathname).slice(0, 1e3);

const trackLink = (link) => {
  if (!/^http/.test(link.protocol)) return;
  const files = (options.downloads || DOWNLOADS).split(",");
  if ("downloads" in options && files.includes(link.pathname.split(".").pop().toLowerCase()))
    track("file_download", { props: { url: shorten(link) } });
  else if ("outbound" in options && link.host !== location.host)
    track("outbound_link", { props: { url: shorten(link) } });
};

const onClick = ({ button, target }) => {
  // the right button opens a menu; a text has no `closest`
  const element = button < 2 && target.closest?.("[data-event]:not(form)");
  const link = EVERYTHING && button < 2 && target.closest?.("a[href]");
  if (element) trackElement(element);
  else if (link) trackLink(link);
};

const onSubmit = ({ target }) => {
  if (target.dataset.event) trackElement(target);
  else if (EVERYTHING && "forms" in options) {
    const form = target.getAttribute("id") || target.getAttribute("name") || undefined;
    track("form_submit", { props: { form, url: shorten(new URL(target.getAttribute("action") || "", location)) } });
  }
};
