// A button that opens a list below it, and closes it on a choice, on Escape, and on a click elsewhere.
import { html, useEffect, useRef } from "../vendor/htm-preact.js";

export function Menu({ label, title, className = "", children, reference }) {
  const own = useRef(null);
  const element = reference || own;
  const close = (isFocused) => {
    if (!element.current) return; // a choice may have taken the menu away
    element.current.open = false;
    if (isFocused) element.current.firstElementChild.focus();
  };
  useEffect(() => {
    const outside = (event) => element.current?.contains(event.target) || close(false);
    document.addEventListener("pointerdown", outside);
    return () => document.removeEventListener("pointerdown", outside);
  }, []);
  const onKey = (event) => {
    if (!element.current?.open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close(true);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(element.current, event.key === "ArrowDown" ? 1 : -1);
    }
  };
  const onClick = (event) => event.target.closest("button, a") && !event.target.closest("[data-stay]") && close(false);
  return html`<details class="menu ${className}" ref=${element} onKeyDown=${onKey}>
    <summary title=${title} aria-label=${title}>${label}</summary>
    <div class="menu-list" onClick=${onClick}>${children}</div>
  </details>`;
}

function move(menu, direction) {
  const items = [...menu.querySelectorAll(".menu-list button, .menu-list a")];
  const at = items.indexOf(document.activeElement);
  items[(at + direction + items.length) % items.length]?.focus();
}
