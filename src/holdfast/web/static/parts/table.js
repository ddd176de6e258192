// Lists: a table on a wide screen, cards on a narrow one, pages that the address names.

import { number } from "../core/format.js";
import { narrow } from "../core/route.js";
import { html, useRef } from "../core/ui.js";
import { t } from "../core/words.js";
import { Icon } from "./icon.js";

/**
 * @typedef {object} Column
 * @property {string} title
 * @property {(row: any) => any} cell
 * @property {boolean} [number] whether it is a figure, on the right
 * @property {string} [sort] the key that the address has for its order
 * @property {string} [class]
 * @property {any} [head] what stands above it instead of its title
 */

/**
 * @param {{caption: string, columns: Column[], rows: object[], keyOf?: (row: any) => string, sorted?: {key: string, dir: string}, empty?: any}} props `columns`: the same ones again leave rows alone that are the same
 */
export function Table({ caption, columns, rows, keyOf = (row) => row.id, sorted, empty }) {
  const drawn = useDrawn(columns, keyOf);
  if (!rows.length && empty) return empty;
  return html`<div class="table-frame">
    <table>
      <caption class="unseen">${caption}</caption>
      <thead><tr>${columns.map((column) => html`<${Head} key=${column.title} column=${column} sorted=${sorted} />`)}</tr></thead>
      <tbody>
        ${rows.map(drawn)}
      </tbody>
    </table>
  </div>`;
}

/**
 * What draws a row: the same row in the same columns is the same element, which is not looked into again.
 * @param {Column[]} columns @param {(row: any) => string} keyOf
 */
function useDrawn(columns, keyOf) {
  const kept = useRef({ columns, elements: new WeakMap() });
  if (kept.current.columns !== columns) kept.current = { columns, elements: new WeakMap() };
  const { elements } = kept.current;
  return (/** @type {any} */ row) => {
    if (!elements.has(row)) elements.set(row, html`<${Row} key=${keyOf(row)} columns=${columns} row=${row} />`);
    return elements.get(row);
  };
}

/** @param {{columns: Column[], row: any}} props */
function Row({ columns, row }) {
  return html`<tr>
    ${columns.map(
      (column) =>
        html`<td key=${column.title} class=${[column.number && "figure", column.class].filter(Boolean).join(" ")} data-label=${column.title}>${column.cell(row)}</td>`,
    )}
  </tr>`;
}

/** @param {{column: Column, sorted?: {key: string, dir: string}}} props */
function Head({ column, sorted }) {
  const mine = sorted && column.sort && sorted.key === column.sort;
  const order = mine ? (sorted.dir === "asc" ? "ascending" : "descending") : undefined;
  const turn = () =>
    narrow({ sort: column.sort, dir: mine && sorted.dir === "desc" ? "asc" : "desc", offset: null, marker: null });
  return html`<th scope="col" class=${column.number ? "figure" : ""} aria-sort=${order}>
    ${column.head ?? (column.sort ? html`<button type="button" class="plain" onClick=${turn}>${column.title}${mine && html`<${Icon} name=${sorted.dir === "asc" ? "arrow-up" : "arrow-down"} />`}</button>` : column.title)}
  </th>`;
}

/** Which part of the whole is shown, and the ways to the others. @param {{count: number, limit: number, offset: number}} props */
export function Pager({ count, limit, offset }) {
  if (count <= limit && !offset) return html`<p class="pager faint">${t("{n} in all", { n: number(count) })}</p>`;
  const last = Math.min(offset + limit, count);
  return html`<nav class="pager" aria-label=${t("Pages")}>
    <span class="faint">${t("{from} to {to} of {n}", { from: number(Math.min(offset + 1, count)), to: number(last), n: number(count) })}</span>
    <${Turns} count=${count} limit=${limit} offset=${offset} />
  </nav>`;
}

/** The ways to what stands before and behind. @param {{count: number, limit: number, offset: number}} props */
export function Turns({ count, limit, offset }) {
  return html`
    <button type="button" class="secondary outline small" disabled=${!offset} onClick=${() => narrow({ offset: Math.max(0, offset - limit) || null })}>
      <${Icon} name="chevron-left" />${t("Previous")}
    </button>
    <button type="button" class="secondary outline small" disabled=${offset + limit >= count} onClick=${() => narrow({ offset: offset + limit })}>
      ${t("Next")}<${Icon} name="chevron-right" />
    </button>
  `;
}
