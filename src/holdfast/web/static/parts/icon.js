import { html } from "../core/ui.js";

const SPRITE = new URL("../vendor/icons.svg", import.meta.url).href;

/** A picture from Lucide, by its name there; it says nothing to whoever does not see it. @param {{name: string, class?: string}} props */
export function Icon({ name, class: also = "" }) {
  return html`<svg class=${`icon ${also}`} aria-hidden="true" focusable="false"><use href=${`${SPRITE}#${name}`} /></svg>`;
}
