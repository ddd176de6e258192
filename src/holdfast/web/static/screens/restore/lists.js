// The files and disks that a restore would write, by what becomes of them.
import { bytes, number } from "../../core/format.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { When } from "../../parts/basics.js";
import { Table } from "../../parts/table.js";
import { KindIcon } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{told: Json}} props */
export function Shares({ told }) {
  return html`
    <${Share} title=${t("Overwritten")} share=${told.overwritten} place=${told.destination} open />
    <${Share} title=${t("New")} share=${told.new} place=${told.destination} open=${!told.overwritten.count && told.new.count <= 20} />
    <${Share} title=${t("The same already")} share=${told.same} place=${told.destination} />
  `;
}

/** @param {{title: string, share: Json, place: string, open?: boolean}} props */
function Share({ title, share, place, open = false }) {
  if (!share.count) return null;
  const columns = [
    {
      title: t("File"),
      class: "wide",
      cell: (/** @type {Json} */ one) =>
        html`<span class="rs-file-cell"><${KindIcon} kind=${one.backup.kind} /><span class="mono">${below(one.path, place)}</span></span>`,
    },
    {
      title: t("There now"),
      cell: (/** @type {Json} */ one) => (one.there ? html`<${Thing} is=${one.there} />` : t("nothing")),
    },
    { title: t("In the backup"), cell: (/** @type {Json} */ one) => html`<${Thing} is=${one.backup} />` },
  ];
  return html`<details class="rs-share" open=${open}>
    <summary>${title} <span class="faint">${number(share.count)} · ${bytes(share.bytes)}</span></summary>
    <${Table} caption=${title} columns=${columns} rows=${share.entries} keyOf=${(/** @type {Json} */ one) => one.path} />
    ${share.count > share.entries.length && html`<p class="faint small">${t("The first {n} are listed.", { n: number(share.entries.length) })}</p>`}
  </details>`;
}

/** A path as it is called in the place that is written. @param {string} path @param {string | null} place */
const below = (path, place) => (place && path.startsWith(`${place}/`) ? path.slice(place.length + 1) : path);

/** @param {{is: Json}} props */
function Thing({ is }) {
  const size =
    { dir: t("a folder"), symlink: t("a link") }[/** @type {"dir" | "symlink"} */ (is.kind)] ?? bytes(is.size_bytes);
  return html`<span class="rs-thing">${size} <span class="faint small"><${When} at=${is.modified_at} /></span></span>`;
}

/** @param {{told: Json}} props */
export function DiskList({ told }) {
  const columns = [
    {
      title: t("Disk in the backup"),
      cell: (/** @type {Json} */ one) =>
        html`<span>${one.name} <span class="faint small nowrap">${bytes(one.size_bytes)}</span></span>`,
    },
    {
      title: t("Is written to"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<span class="mono">${one.path}</span>`,
    },
    {
      title: t("There now"),
      cell: (/** @type {Json} */ one) =>
        one.overwritten
          ? html`<span class="status warn">${t("{size}, overwritten as a whole", { size: bytes(one.there_bytes) })}</span>`
          : t("nothing: a new file"),
    },
  ];
  return html`<${Table} caption=${t("Disks that are written")} columns=${columns} rows=${told.disks} keyOf=${(/** @type {Json} */ one) => one.backup_id} />`;
}
