// Files and folders in a table that the keyboard moves in: arrows, Enter, space, backspace.
import { mayChange } from "../../core/api.js";
import { bytes } from "../../core/format.js";
import { go, href } from "../../core/route.js";
import { html, useRef, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Trouble, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { download } from "./download.js";
import { below, isHeld, parentOf, withAll, withNone } from "./paths.js";

/** @typedef {import("../../core/api.js").Json} Json */

/**
 * @param {{backup: Json, files: Json[], up: string | null, found?: string, chosen: string[], onChoose: (paths: string[]) => void}} props
 *   `chosen` may have others besides these; `found` says that they are those of a search below this folder: each is shown with its own
 */
export function Entries({ backup, files, up, found = "", chosen, onChoose }) {
  const body = useRef(/** @type {HTMLTableSectionElement | null} */ (null));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const may = mayChange();
  const free = files.map((one) => one.path).filter((path) => !isHeld(path, chosen));
  /** @param {string} path */
  const turn = (path) => free.includes(path) && onChoose((chosen.includes(path) ? withNone : withAll)(chosen, [path]));
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const places = [...(body.current?.querySelectorAll("[data-entry]") ?? [])];
    const now = places.indexOf(/** @type {Element} */ (document.activeElement));
    const next = { ArrowDown: now + 1, ArrowUp: now - 1, Home: 0, End: places.length - 1 }[event.key];
    if (next !== undefined) /** @type {HTMLElement | undefined} */ (places[Math.max(0, next)])?.focus();
    else if (event.key === "Backspace" && up) go(["backups", backup.id], { path: up });
    else if (event.key === " " && may && now >= 0) turn(/** @type {HTMLElement} */ (places[now]).dataset.entry ?? "");
    else return;
    event.preventDefault();
  };
  /** @param {string} path */
  const fetch = (path) => {
    setError(undefined);
    return download(backup.id, [path]).catch(setError);
  };
  const ticked = free.filter((path) => chosen.includes(path)).length;
  const every = ticked === free.length;
  return html`<${Trouble} error=${error} />
    <div class="table-frame">
      <table class="entries">
        <caption class="unseen">${t("Files and folders; arrow keys move, space chooses, backspace goes up")}</caption>
        <thead><tr>
          ${may && html`<th scope="col" class="pick"><input type="checkbox" checked=${every} indeterminate=${ticked > 0 && !every} disabled=${!free.length} aria-label=${t("Choose all")} onChange=${() => onChoose((every ? withNone : withAll)(chosen, free))} /></th>`}
          <th scope="col">${t("Name")}</th>
          <th scope="col" class="figure">${t("Size")}</th>
          <th scope="col">${t("Changed")}</th>
          <th scope="col" class="rights">${t("Mode and owner")}</th>
          ${may && html`<th scope="col"><span class="unseen">${t("Download")}</span></th>`}
        </tr></thead>
        <tbody ref=${body} onKeyDown=${move}>
          ${files.map((one) => html`<${Entry} key=${one.path} of=${one} backup=${backup} found=${found} may=${may} chosen=${chosen.includes(one.path)} held=${!free.includes(one.path)} onTurn=${turn} onFetch=${fetch} />`)}
        </tbody>
      </table>
    </div>`;
}

/** @type {Record<string, string>} */
const PICTURES = { dir: "folder", symlink: "link", file: "file" };

/** @param {{of: Json, backup: Json, found: string, may: boolean, chosen: boolean, held: boolean, onTurn: (path: string) => void, onFetch: (path: string) => Promise<unknown>}} props `held`: by a chosen folder that it is in */
function Entry({ of: one, backup, found, may, chosen, held, onTurn, onFetch }) {
  const folder = one.kind === "dir";
  const label = t("Download {name}", { name: one.name });
  return html`<tr class=${chosen || held ? "chosen" : ""}>
    ${may && html`<td class="pick"><input type="checkbox" checked=${chosen || held} disabled=${held} aria-label=${t("Choose {name}", { name: one.name })} onChange=${() => onTurn(one.path)} /></td>`}
    <td class="entry"><div class="entry-name">
      <${Icon} name=${PICTURES[one.kind] ?? "circle-dashed"} class=${folder ? "is-folder" : ""} />
      <div>
        ${
          folder
            ? html`<a data-entry=${one.path} href=${href(["backups", backup.id], { path: one.path })}><bdi>${one.name}</bdi></a>`
            : html`<span data-entry=${one.path} tabindex="-1"><bdi>${one.name}</bdi></span>`
        }
        ${one.link_target && html`<span class="faint small backup-line">→ <bdi>${one.link_target}</bdi></span>`}
        ${!folder && !one.link_target && one.kind !== "file" && html`<span class="faint small backup-line">${t("Special file")}</span>`}
        ${found && html`<a class="small backup-line" href=${href(["backups", backup.id], { path: parentOf(one.path) })}><bdi>${below(parentOf(one.path), found)}</bdi></a>`}
        ${one.problem && html`<span class="problem small backup-line"><${Icon} name="triangle-alert" />${t("Cannot be read: {why}", { why: one.problem })}</span>`}
      </div>
    </div></td>
    <td class="figure" data-label=${t("Size")}>${one.kind === "file" ? bytes(one.size_bytes) : "–"}</td>
    <td class="nowrap" data-label=${t("Changed")}><${When} at=${one.modified_at} /></td>
    <td class="rights mono" data-label=${t("Mode and owner")}>${one.mode} ${one.uid}:${one.gid}</td>
    ${
      may &&
      html`<td class="row-act">${
        (folder || one.kind === "file") &&
        html`<${Act} class="secondary outline small" icon="download" title=${label} onClick=${() => onFetch(one.path)}><span class="unseen">${label}</span></${Act}>`
      }</td>`
    }
  </tr>`;
}
