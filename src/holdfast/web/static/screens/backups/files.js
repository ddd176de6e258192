// The files of a backup as a file manager: folders, a search, and what is chosen in them.
import { get, mayChange } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { number } from "../../core/format.js";
import { href, narrow } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Empty, Loading, Trouble } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { download } from "./download.js";
import { Entries } from "./entries.js";
import { Crumbs, parentOf } from "./paths.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 200;

/** @param {{backup: Json, query: URLSearchParams}} props */
export function Files({ backup, query }) {
  const path = query.get("path");
  const wanted = query.get("q") ?? "";
  const offset = Number(query.get("offset") ?? 0);
  const [root, setRoot] = useState("");
  return html`<section class="backup-files" aria-label=${t("Files in the backup")}>
    <header class="backup-files-head">
      <${Crumbs} id=${backup.id} path=${path ?? root} root=${root || "/"} name=${backup.resource_name} />
      <${Search} key=${backup.id} given=${wanted} />
    </header>
    ${
      wanted
        ? html`<${Found} key=${`? ${wanted}`} backup=${backup} wanted=${wanted} onRoot=${setRoot} />`
        : html`<${Folder} key=${`${path} ${offset}`} backup=${backup} path=${path} offset=${offset} onRoot=${setRoot} />`
    }
  </section>`;
}

/** @param {{given: string}} props */
function Search({ given }) {
  const [text, set] = useState(given);
  const settled = useSettled(text, 350);
  useEffect(() => set(given), [given]);
  useEffect(() => {
    if (settled !== given && settled === text) narrow({ q: settled, offset: null });
  }, [settled]);
  return html`<div class="backup-files-search">
    <${Icon} name="search" />
    <input type="search" value=${text} aria-label=${t("Search in the backup")} placeholder=${t("Search in the backup, such as *.pdf")} autocomplete="off" onInput=${(/** @type {any} */ event) => set(event.target.value)} />
  </div>`;
}

/** What is chosen, and what can be done with it. @param {{backup: Json, chosen: string[], all: string, onNone: () => void}} props */
function Chosen({ backup, chosen, all, onNone }) {
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  if (!mayChange())
    return html`<p class="backup-files-foot faint small">${t("You may look at the list; files can be downloaded by operators.")}</p>`;
  if (!all && !chosen.length) return null;
  const paths = chosen.length ? chosen : [all];
  const fetch = async () => {
    setError(undefined);
    await download(backup.id, paths).catch(setError);
  };
  const several = chosen.length > 0;
  return html`<div class=${several ? "backup-files-chosen some" : "backup-files-chosen"}>
    <${Trouble} error=${error} />
    <span role="status">${several ? t("{n} chosen", { n: number(chosen.length) }) : ""}</span>
    ${several && html`<button type="button" class="secondary outline small" onClick=${onNone}><${Icon} name="x" />${t("Choose none")}</button>`}
    ${several && html`<a role="button" class="secondary outline small" href=${href("restore", { backup_id: backup.id, path: chosen })}><${Icon} name="rotate-ccw" />${t("Restore the chosen ones")}</a>`}
    ${all && html`<${Act} class="small" icon="download" onClick=${fetch}>${several ? t("Download the chosen ones") : t("Download this folder")}</${Act}>`}
  </div>`;
}

/** @param {{backup: Json, path: string | null, offset: number, onRoot: (root: string) => void}} props */
function Folder({ backup, path, offset, onRoot }) {
  const told = useData(
    (signal) => get(["backups", backup.id, "files"], { path, limit: LIMIT, offset: offset || null }, signal),
    [backup.id, path, offset],
  );
  const [chosen, choose] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    if (told.data) onRoot(told.data.root);
  }, [told.data]);
  if (told.error && !told.data) return html`<${Missing} backup=${backup} error=${told.error} retry=${told.reload} />`;
  if (!told.data) return html`<${Reading} />`;
  const { files, count } = told.data;
  const here = told.data.path;
  if (!count)
    return html`<${Empty} icon="folder-open" title=${t("This folder is empty")} action=${here !== "/" && html`<a role="button" class="secondary outline" href=${href(["backups", backup.id], { path: parentOf(here) })}>${t("One folder up")}</a>`}>
      ${t("It was empty when the backup was taken.")}</${Empty}>`;
  return html`
    <${Chosen} backup=${backup} chosen=${chosen} all=${here} onNone=${() => choose([])} />
    <${Entries} backup=${backup} files=${files} up=${here === "/" ? null : parentOf(here)} chosen=${chosen} onChoose=${choose} />
    <${Span} count=${count} offset=${offset} shown=${files.length} />
  `;
}

/** Which part of a large folder is shown. @param {{count: number, offset: number, shown: number}} props */
function Span({ count, offset, shown }) {
  if (count <= LIMIT && !offset) return html`<p class="pager faint">${tn(count, "{n} entry", "{n} entries")}</p>`;
  return html`<nav class="pager" aria-label=${t("Pages")}>
    <span class="faint">${t("{from} to {to} of {n}", { from: number(offset + 1), to: number(offset + shown), n: number(count) })}</span>
    <button type="button" class="secondary outline small" disabled=${!offset} onClick=${() => narrow({ offset: Math.max(0, offset - LIMIT) || null })}><${Icon} name="chevron-left" />${t("Previous")}</button>
    <button type="button" class="secondary outline small" disabled=${offset + shown >= count} onClick=${() => narrow({ offset: offset + LIMIT })}>${t("Next")}<${Icon} name="chevron-right" /></button>
  </nav>`;
}

/** @param {{backup: Json, wanted: string, onRoot: (root: string) => void}} props */
function Found({ backup, wanted, onRoot }) {
  const told = useData((signal) => get(["backups", backup.id, "files", "search"], { q: wanted }, signal), [wanted]);
  const [chosen, choose] = useState(/** @type {string[]} */ ([]));
  useEffect(() => {
    if (told.data) onRoot(told.data.root);
  }, [told.data]);
  if (told.error) return html`<${Trouble} error=${told.error} retry=${told.reload} />`;
  if (!told.data) return html`<${Reading} />`;
  const { files, more, root } = told.data;
  const title = more ? t("The search took too long") : t("Nothing is called so");
  if (!files.length)
    return html`<${Empty} icon="search" title=${title} action=${html`<button type="button" class="secondary outline" onClick=${() => narrow({ q: null })}>${t("Back to the folders")}</button>`}>
      ${t("Part of a name is enough. * stands for any characters, and ? for one.")}</${Empty}>`;
  return html`
    <${Chosen} backup=${backup} chosen=${chosen} all="" onNone=${() => choose([])} />
    <${Entries} backup=${backup} files=${files} up=${null} found=${root} chosen=${chosen} onChoose=${choose} />
    <p class="pager faint">${more ? t("There may be more: write more of the name.") : t("{n} found", { n: number(files.length) })}</p>
  `;
}

/** What is read from the vault's store is not an empty folder: it is said so. */
function Reading() {
  return html`<div class="backup-files-reading">
    <p class="faint"><${Icon} name="loader-circle" class="backup-turning" /> ${t("Reading from the vault …")}</p>
    <${Loading} lines=${7} />
  </div>`;
}

/** @param {{backup: Json, error: Error, retry: () => void}} props */
function Missing({ backup, error, retry }) {
  return html`<${Trouble} error=${error} retry=${retry} />
    <p><a href=${href(["backups", backup.id])}>${t("Back to where the backup begins")}</a></p>`;
}
