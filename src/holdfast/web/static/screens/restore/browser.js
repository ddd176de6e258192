// The files of a backup, to choose from: folders that open in place of each other, and a search.
import { get } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { useFocusFound } from "../../core/focus.js";
import { bytes, number } from "../../core/format.js";
import { narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Empty, Shown, When } from "../../parts/basics.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { KindIcon } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{chosen: string[], toggle: (path: string) => void}} Choosing */

const LIMIT = 200;

/** @param {{backup: string} & Choosing} props */
export function Browser({ backup, chosen, toggle }) {
  const { query } = useRoute();
  const [word, setWord] = useState(query.get("find") ?? "");
  const settled = useSettled(word.trim(), 300);
  useEffect(() => {
    if (settled !== (query.get("find") ?? "")) narrow({ find: settled });
  }, [settled]);
  const find = query.get("find") ?? "";
  return html`<div class="rs-browser">
    <${Field} label=${t("Find by name")} type="search" value=${word} onInput=${setWord} help=${t("* stands for any characters: *.docx")} />
    ${find ? html`<${Found} key=${find} backup=${backup} find=${find} chosen=${chosen} toggle=${toggle} />` : html`<${Folder} backup=${backup} path=${query.get("in") ?? ""} chosen=${chosen} toggle=${toggle} />`}
  </div>`;
}

/** @param {{backup: string, path: string} & Choosing} props */
function Folder({ backup, path, chosen, toggle }) {
  const [shown, setShown] = useState(LIMIT);
  useEffect(() => setShown(LIMIT), [path]);
  const found = useData(
    (signal) => get(["backups", backup, "files"], { path, limit: shown }, signal),
    [backup, path, shown],
  );
  const frame = useFollowed(found.data);
  return html`<div ref=${frame}><${Shown} of=${found} lines=${6}>${(/** @type {Json} */ page) => html`
    <${Trail} path=${page.path} root=${page.root} />
    ${
      page.files.length
        ? html`<${Files} files=${page.files} chosen=${chosen} toggle=${toggle} busy=${found.loading} />`
        : html`<${Empty} icon="folder-open" title=${t("This folder is empty")}>${t("It can be chosen in the folder above.")}</${Empty}>`
    }
    ${
      page.count > page.files.length &&
      html`<p class="rs-more"><span class="faint" role="status">${t("{shown} of {n}", { shown: number(page.files.length), n: number(page.count) })}</span>
      <button type="button" class="secondary outline small" disabled=${shown >= 1000} onClick=${() => setShown(Math.min(1000, shown * 5))}>${t("Show more")}</button>
      ${shown >= 1000 && html`<span class="faint small">${t("Search by name to find the others.")}</span>`}</p>`
    }
  `}</${Shown}></div>`;
}

/** The focus follows into a folder that is opened, and to the first of the entries that are shown besides. @param {Json | undefined} page */
function useFollowed(page) {
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const before = useRef({ path: "", count: 0 });
  useFocusFound(page, () => {
    const known = page?.path === before.current.path ? before.current.count : 0;
    const row = frame.current?.querySelectorAll(".rs-files > li")[known];
    const parent = frame.current?.querySelector(".rs-trail li:nth-last-child(2) button");
    return /** @type {HTMLElement | null | undefined} */ (row?.querySelector("input:enabled, button") ?? parent);
  });
  useEffect(() => {
    if (page) before.current = { path: page.path, count: page.files.length };
  }, [page]);
  return frame;
}

/** @param {{backup: string, find: string} & Choosing} props */
function Found({ backup, find, chosen, toggle }) {
  const found = useData((signal) => get(["backups", backup, "files", "search"], { q: find }, signal), [backup, find]);
  return html`<${Shown} of=${found} lines=${4}>${(/** @type {Json} */ page) =>
    page.files.length
      ? html`<${Files} files=${page.files} chosen=${chosen} toggle=${toggle} busy=${found.loading} above=${folderOf(page.root)} />
        ${page.more && html`<p class="faint small">${t("There are more than these {n}. Say more of the name.", { n: number(page.files.length) })}</p>`}`
      : html`<${Empty} icon="search" title=${t("Nothing in this backup is called like that")}>${t("Try a part of the name with * around it.")}</${Empty}>`}</${Shown}>`;
}

/** The folder that a path is in. @param {string} path */
const folderOf = (path) => path.slice(0, path.lastIndexOf("/"));

/** What comes behind a folder in a path, or all of it. @param {string} path @param {string} folder */
const below = (path, folder) => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path);

/** The way to a folder. @param {{path: string, root: string}} props */
function Trail({ path, root }) {
  const names = path.split("/").filter(Boolean);
  const above = root.split("/").filter(Boolean).length - 1;
  return html`<nav class="rs-trail" aria-label=${t("Folder")}><ol>
    ${names.map((name, index) => {
      const to = `/${names.slice(0, index + 1).join("/")}`;
      const last = index === names.length - 1;
      const there = index >= above - 1 && !last;
      return html`<li key=${to} aria-current=${last ? "location" : null}>
        ${there ? html`<button type="button" class="plain link" onClick=${() => narrow({ in: to })}>${name}</button>` : html`<span class=${last ? "" : "faint"}>${name}</span>`}
      </li>`;
    })}
  </ol></nav>`;
}

/** @param {{files: Json[], busy: boolean, above?: string} & Choosing} props `above`: they are found ones, each with its path below this folder */
function Files({ files, chosen, toggle, busy, above }) {
  return html`<ul class="rs-files" aria-busy=${String(busy)}>
    ${files.map((file) => {
      const inside = chosen.some((one) => file.path.startsWith(`${one}/`));
      const open = () => narrow({ in: file.path, find: null });
      return html`<li key=${file.path} class=${inside || chosen.includes(file.path) ? "chosen" : ""}>
        <input type="checkbox" aria-label=${file.path} checked=${inside || chosen.includes(file.path)} disabled=${inside} onChange=${() => toggle(file.path)} />
        <${KindIcon} kind=${file.kind} />
        ${
          file.kind === "dir" && above === undefined
            ? html`<button type="button" class="plain link rs-file-name" onClick=${open}>${file.name}</button>`
            : html`<span class="rs-file-name">${above === undefined ? file.name : below(file.path, above)}</span>`
        }
        <span class="rs-file-fact small faint">${file.kind === "file" ? bytes(file.size_bytes) : ""}</span>
        <span class="rs-file-fact rs-file-time small faint"><${When} at=${file.modified_at} /></span>
        ${file.problem && html`<span class="rs-file-problem small"><${Icon} name="triangle-alert" />${file.problem}</span>`}
      </li>`;
    })}
  </ul>`;
}
