// The files of a backup as a file manager: folders, a search, and what is chosen in them.
import { get, mayChange } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { useFocusFound } from "../../core/focus.js";
import { number } from "../../core/format.js";
import { href, narrow } from "../../core/route.js";
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Empty, Loading, Trouble } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { Turns } from "../../parts/table.js";
import { download } from "./download.js";
import { Entries } from "./entries.js";
import { Crumbs, parentOf } from "./paths.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{path: string | null, wanted: string, offset: number}} Asked a page of a folder, or what is called so */
/** @typedef {Json & {key: string, files: Json[]}} Told what was asked by `key`: of a folder with `path` and `count`, of a search with `more` */

const LIMIT = 200;
const MOST = 100; // paths of one download

/** @param {{backup: Json, query: URLSearchParams}} props */
export function Files({ backup, query }) {
  const asked = {
    path: query.get("path"),
    wanted: query.get("q") ?? "",
    offset: Number(query.get("offset") ?? 0),
  };
  const key = JSON.stringify(asked);
  const told = useData((signal) => load(backup, asked, key, signal), [key]);
  const page = told.data?.key === key ? told.data : undefined;
  const error = page || told.loading ? undefined : told.error;
  const [chosen, choose] = useState(/** @type {string[]} */ ([]));
  const frame = useFollowed(page, error);
  const root = told.data?.root ?? "";
  const whole = !asked.wanted && page?.files.length ? page.path : "";
  return html`<section ref=${frame} class="backup-files" aria-label=${t("Files in the backup")}>
    <header class="backup-files-head">
      <${Crumbs} id=${backup.id} path=${asked.path ?? root} root=${root || "/"} name=${backup.resource_name} />
      <${Search} key=${backup.id} given=${asked.wanted} />
    </header>
    <${Chosen} backup=${backup} chosen=${chosen} page=${page} whole=${whole} onNone=${() => choose([])} />
    ${page && html`<${Listed} backup=${backup} page=${page} asked=${asked} chosen=${chosen} onChoose=${choose} />`}
    ${error && html`<${Missing} backup=${backup} error=${error} retry=${told.reload} />`}
    ${!page && !error && html`<${Reading} />`}
    <${Foot} backup=${backup} page=${page} asked=${asked} />
  </section>`;
}

/** @param {Json} backup @param {Asked} asked @param {string} key @param {AbortSignal} signal @returns {Promise<Told>} */
async function load(backup, { path, wanted, offset }, key, signal) {
  const files = ["backups", backup.id, "files"];
  const told = wanted
    ? await get([...files, "search"], { q: wanted }, signal)
    : await get(files, { path, limit: LIMIT, offset: offset || null }, signal);
  return { ...told, files: told.files, key };
}

/**
 * The focus follows into what is shown anew: to the folder that one comes out of, or to the first entry.
 * @param {Told | undefined} page @param {Error | undefined} error
 */
function useFollowed(page, error) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const came = useRef("");
  useFocusFound(page ?? error, () => {
    const all = /** @type {HTMLElement[]} */ ([...(frame.current?.querySelectorAll("[data-entry]") ?? [])]);
    const left = all.find((one) => `${came.current}/`.startsWith(`${one.dataset.entry}/`));
    const other = frame.current?.querySelector(".empty a, .empty button, .trouble button");
    return left ?? all[0] ?? /** @type {HTMLElement | null | undefined} */ (other);
  });
  useEffect(() => {
    if (page) came.current = page.path ?? "";
  }, [page]);
  return frame;
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

/**
 * What is chosen, here and elsewhere, and what can be done with it.
 * @param {{backup: Json, chosen: string[], page: Told | undefined, whole: string, onNone: () => void}} props `whole`: the folder that is shown
 */
function Chosen({ backup, chosen, page, whole, onNone }) {
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  if (!mayChange())
    return html`<p class="backup-files-foot faint small">${t("You may look at the list; files can be downloaded by operators.")}</p>`;
  if (!whole && !chosen.length) return null;
  const several = chosen.length > 0;
  const tooMany = chosen.length > MOST;
  const fetch = async () => {
    setError(undefined);
    await download(backup.id, several ? chosen : [whole]).catch(setError);
  };
  return html`<div class=${several ? "backup-files-chosen some" : "backup-files-chosen"}>
    <${Trouble} error=${error} />
    <span role="status">${several && howMany(chosen, page)}</span>
    ${several && html`<button type="button" class="secondary outline small" onClick=${onNone}><${Icon} name="x" />${t("Choose none")}</button>`}
    ${several && html`<a role="button" class="secondary outline small" href=${href("restore", { backup_id: backup.id, path: chosen })}><${Icon} name="rotate-ccw" />${t("Restore the chosen ones")}</a>`}
    <${Act} class="small" icon="download" disabled=${tooMany} onClick=${fetch}>${several ? t("Download the chosen ones") : t("Download this folder")}</${Act}>
    ${tooMany && html`<p class="backup-files-most small">${t("At most {n} can be downloaded at once. Choose the folders that they are in.", { n: number(MOST) })}</p>`}
  </div>`;
}

/** They stay chosen on other pages and in other folders, which is said. @param {string[]} chosen @param {Told | undefined} page */
function howMany(chosen, page) {
  const here = new Set(page?.files.map((one) => one.path));
  const away = page ? chosen.filter((path) => !here.has(path)).length : 0;
  const n = number(chosen.length);
  return away ? t("{n} chosen, {away} of them elsewhere", { n, away: number(away) }) : t("{n} chosen", { n });
}

/** @param {{backup: Json, page: Told, asked: Asked, chosen: string[], onChoose: (paths: string[]) => void}} props */
function Listed({ backup, page, asked: { wanted }, chosen, onChoose }) {
  const up = wanted || page.path === "/" ? null : parentOf(page.path);
  if (page.files.length || page.count)
    return html`<${Entries} backup=${backup} files=${page.files} up=${up} found=${wanted && page.root} chosen=${chosen} onChoose=${onChoose} />`;
  if (!wanted)
    return html`<${Empty} icon="folder-open" title=${t("This folder is empty")} action=${up && html`<a role="button" class="secondary outline" href=${href(["backups", backup.id], { path: up })}>${t("One folder up")}</a>`}>
      ${t("It was empty when the backup was taken.")}</${Empty}>`;
  const title = page.more ? t("The search took too long") : t("Nothing is called so");
  return html`<${Empty} icon="search" title=${title} action=${html`<button type="button" class="secondary outline" onClick=${() => narrow({ q: null })}>${t("Back to the folders")}</button>`}>
    ${t("Part of a name is enough. * stands for any characters, and ? for one.")}</${Empty}>`;
}

/**
 * How much there is and which part of it is shown, said aloud when it is another; and the ways to the other parts.
 * @param {{backup: Json, page: Told | undefined, asked: Asked}} props
 */
function Foot({ backup, page, asked: { wanted, offset } }) {
  const paged = !wanted && page && (page.count > LIMIT || offset > 0);
  return html`<div class="pager">
    <span role="status" class=${page?.files.length ? "faint" : "unseen"}>
      ${page && !wanted && html`<span class="unseen">${page.path === page.root ? backup.resource_name : page.path.split("/").pop() || "/"}: </span>`}
      ${page && (wanted ? found(page) : paged ? part(page, offset) : tn(page.count, "{n} entry", "{n} entries"))}
    </span>
    ${paged && html`<nav class="actions" aria-label=${t("Pages")}><${Turns} count=${page.count} limit=${LIMIT} offset=${offset} /></nav>`}
  </div>`;
}

/** @param {Told} page @param {number} offset */
const part = ({ files, count }, offset) =>
  t("{from} to {to} of {n}", { from: number(offset + 1), to: number(offset + files.length), n: number(count) });

/** @param {Told} page */
const found = ({ files, more }) =>
  more && files.length ? t("There may be more: write more of the name.") : t("{n} found", { n: number(files.length) });

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
