// From page to page by the last task seen, which costs the same however far down it is. Each page is an entry
// of the browser's history; the way back is kept with it.
import { number } from "../../core/format.js";
import { route } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Icon } from "../../parts/icon.js";
import { PAGE } from "./query.js";

/** The markers of the pages before this one, as far as this history knows them. @returns {string[]} */
const trail = () => history.state?.trail ?? [];

/** @param {string | null} marker @param {number} page @param {string[]} before */
function turn(marker, page, before) {
  const { query } = route();
  query.delete("marker");
  query.delete("page");
  if (marker) {
    query.set("marker", marker);
    query.set("page", String(page));
  }
  const path = location.hash.split("?", 1)[0];
  history.pushState({ trail: before }, "", query.size ? `${path}?${query}` : path);
  dispatchEvent(new HashChangeEvent("hashchange"));
  document.querySelector("h1")?.focus();
  scrollTo(0, 0);
}

/** @param {{feed: import("./feed.js").Feed, query: URLSearchParams}} props */
export function Pages({ feed, query }) {
  const { rows, count } = feed;
  const marker = query.get("marker") ?? "";
  const page = marker ? Math.max(2, Number(query.get("page")) || 2) : 1;
  if (!marker && count <= PAGE) return null;
  const first = (page - 1) * PAGE;
  const more = rows.length === PAGE && first + rows.length < count;
  const next = () => turn(rows[rows.length - 1].id, page + 1, marker ? [...trail(), marker] : []);
  const back = () => {
    const before = trail();
    turn(before[before.length - 1] ?? null, page - 1, before.slice(0, -1));
  };
  const known = page === 2 || trail().length > 0;
  return html`<nav class="pager" aria-label=${t("Pages")}>
    ${rows.length > 0 && html`<span class="faint">${t("{from} to {to} of {n}", { from: number(first + 1), to: number(first + rows.length), n: number(count) })}</span>`}
    ${page > 1 && !known && html`<button type="button" class="secondary outline small" onClick=${() => turn(null, 1, [])}>${t("To the beginning")}</button>`}
    <button type="button" class="secondary outline small" disabled=${page === 1 || !known} onClick=${back}><${Icon} name="chevron-left" />${t("Previous")}</button>
    <button type="button" class="secondary outline small" disabled=${!more} onClick=${next}>${t("Next")}<${Icon} name="chevron-right" /></button>
  </nav>`;
}
