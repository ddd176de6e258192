// Small parts of the screens of vaults.
import { copy as copied } from "../../core/clipboard.js";
import { bytes, percent } from "../../core/format.js";
import { route } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Status } from "../../parts/basics.js";
import { notice } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { condition, endless, fill, share, sizeWords, usedBytes } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** How full a vault is: a bar with its threshold, and the figures. @param {{vault: Json, history?: Json, large?: boolean}} props */
export function Capacity({ vault, history, large = false }) {
  const used = bytes(usedBytes(vault, history));
  const limitless = endless(vault);
  const part = share(vault, history);
  const words = limitless
    ? t("{used} stored", { used })
    : t("{used} of {size} ({share})", { used, size: sizeWords(vault), share: percent(part, part < 0.1 ? 1 : 0) });
  return html`<div class=${large ? "capacity large" : "capacity"}>
    ${
      !limitless &&
      html`<svg class=${`capacity-bar ${fill(vault, history)}`} aria-hidden="true">
        <rect class="capacity-room" width="100%" height="100%" />
        <rect class="capacity-used" width=${`${Math.max(part * 100, part > 0 ? 0.6 : 0)}%`} height="100%" />
        <line class="capacity-threshold" x1=${`${vault.threshold}%`} x2=${`${vault.threshold}%`} y1="0" y2="100%" />
      </svg>`
    }
    <span class="capacity-words">${words}</span>
  </div>`;
}

/** Its condition; that it is locked is said besides. @param {{vault: Json}} props */
export function Conditions({ vault }) {
  return html`<span class="vault-conditions">
    <${Status} is=${condition(vault)}>${condition(vault) === "frozen" ? t("Frozen") : undefined}</${Status}>
    ${vault.locked && vault.billing.status !== "lock" && html`<${Status} is="locked" />`}
  </span>`;
}

/** @param {{tags: {key: string, value: string}[]}} props */
export function Tags({ tags }) {
  if (!tags.length) return null;
  return html`<ul class="vault-tags" aria-label=${t("Tags")}>
    ${tags.map(({ key, value }) => html`<li key=${key}><${Icon} name="tag" />${value ? `${key}=${value}` : key}</li>`)}
  </ul>`;
}

/** A line to be typed elsewhere, with a button that copies it. @param {{text: string, label: string}} props */
export function Command({ text, label }) {
  const copy = async () => {
    await copied(text);
    notice(t("Copied"));
  };
  return html`<div class="vault-command">
    <pre tabindex="0" role="region" aria-label=${label}><code>${text}</code></pre>
    <${Act} class="secondary outline small" icon="copy" onClick=${copy}>${t("Copy")}</${Act}>
  </div>`;
}

/** What the address says of a view; an empty text where it says nothing. @param {string} name */
export const asked = (name) => route().query.get(name) ?? "";
