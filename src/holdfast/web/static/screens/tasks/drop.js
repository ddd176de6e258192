// A small window below a button: what is in it is made when it opens; Escape and a click elsewhere close it.
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { Icon } from "../../parts/icon.js";

/** @param {{label: string, count?: number, icon?: string, wide?: boolean, right?: boolean, children: (close: () => void) => any}} props */
export function Drop({ label, count = 0, icon, wide = false, right = false, children }) {
  const [open, set] = useState(false);
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const button = useRef(/** @type {HTMLButtonElement | null} */ (null));
  const close = () => set(false);
  useEffect(() => {
    if (!open) return;
    const elsewhere = (/** @type {PointerEvent} */ event) => {
      if (!event.composedPath().includes(/** @type {EventTarget} */ (frame.current))) close();
    };
    const leave = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Escape") return;
      close();
      button.current?.focus();
    };
    addEventListener("pointerdown", elsewhere);
    addEventListener("keydown", leave);
    return () => {
      removeEventListener("pointerdown", elsewhere);
      removeEventListener("keydown", leave);
    };
  }, [open]);
  const look = ["drop-body", wide && "wide", right && "right"].filter(Boolean).join(" ");
  return html`<div ref=${frame} class="drop">
    <button ref=${button} type="button" class="secondary outline" aria-expanded=${String(open)} onClick=${() => set(!open)}>
      ${icon && html`<${Icon} name=${icon} />`}${label}${count ? html`<span class="drop-count">${count}</span>` : null}<${Icon} name="chevron-down" />
    </button>
    ${open && html`<section class=${look} aria-label=${label}>${children(close)}</section>`}
  </div>`;
}
