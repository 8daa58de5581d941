// A dialog over the page: the browser's own, which keeps the focus in it and closes on Escape.
import { html, useEffect, useRef } from "../vendor/htm-preact.js";

export function Dialog({ title, onClose, className = "", children }) {
  const element = useRef(null);
  useEffect(() => {
    const dialog = element.current;
    dialog.showModal();
    return () => dialog.close();
  }, []);
  const onClick = (event) => event.target === element.current && onClose();
  const onCancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog class=${className} ref=${element} aria-label=${title} onClick=${onClick} onCancel=${onCancel}>
    <div class="dialog-in">
      <div class="dialog-head"><h2>${title}</h2><button class="icon" aria-label="Close" onClick=${onClose}>✕</button></div>
      ${children}
    </div>
  </dialog>`;
}
