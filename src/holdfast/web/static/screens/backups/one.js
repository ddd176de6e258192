// One backup: what is known of it, what is in it, and what changed since another.
import { get, mayChange, Problem } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { bytes, kind, number } from "../../core/format.js";
import { href, useRoute } from "../../core/route.js";
import { Fragment, html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Empty, Facts, Page, Shown, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { Delete, Rename } from "./actions.js";
import { Changes } from "./changes.js";
import { Files } from "./files.js";
import { Answer, isOfKindToShare, offered, Whom } from "./members.js";
import { GiveBack, Offered } from "./offered.js";
import { Shared } from "./sharing.js";
import { Condition, FOLDER, isForeign, isReadable, Kept, origin, Resource, SERVER, size, taken } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{id: string}} props */
export function One({ id }) {
  const { query } = useRoute();
  const found = useData((signal) => load(id, signal), [id]);
  const [doing, setDoing] = useState("");
  useReloadOnTasks(found.reload, () => !found.data?.offer, 2000);
  const backup = found.data?.backup;
  const offer = found.data?.offer;
  const above = html`<a href=${href("backups")}>${t("Backups")}</a>
    ${backup?.parent_id && html` / <a href=${href(["backups", backup.parent_id])}>${t("Backup of the server")}</a>`}`;
  const done = () => {
    setDoing("");
    found.reload();
  };
  const actions =
    backup && !offer && html`<${Actions} backup=${backup} path=${query.get("path")} onChoose=${setDoing} />`;
  return html`<${Page} title=${backup?.name ?? t("Backup")} above=${above} lead=${backup && html`<${Lead} backup=${backup} offer=${offer} />`} actions=${actions}>
    <${Shown} of=${found} lines=${8}>
      ${(/** @type {Json} */ data) => (data.offer ? html`<${Offered} backup=${data.backup} member=${data.offer} onAnswered=${found.reload} />` : html`<${Views} data=${data} query=${query} />`)}
    </${Shown}>
    ${doing === "rename" && html`<${Rename} backup=${backup} onClose=${() => setDoing("")} onDone=${done} />`}
    ${doing === "delete" && html`<${Delete} backup=${backup} onClose=${() => setDoing("")} />`}
    ${doing === "back" && html`<${GiveBack} backup=${backup} onClose=${() => setDoing("")} onDone=${done} />`}
  </${Page}>`;
}

/**
 * The backup, and the vault that it is in, where that is this project's; or one that is offered, with the offer.
 * @param {string} id @param {AbortSignal} signal @returns {Promise<Json>}
 */
async function load(id, signal) {
  const found = await get(["backups", id], {}, signal).catch((/** @type {Error} */ error) => error);
  if (found instanceof Error) {
    const missing = found instanceof Problem && found.status === 404;
    const offer = missing ? await offered(id, signal).catch(() => null) : null;
    if (!offer) throw found;
    return { backup: offer.backup, vault: null, offer: offer.member };
  }
  const { backup } = found;
  const vault = backup.vault_id ? await get(["vaults", backup.vault_id], {}, signal).catch(() => null) : null;
  return { backup, vault: vault?.vault ?? null };
}

/** @param {{backup: Json, offer?: Json}} props */
function Lead({ backup, offer }) {
  return html`${offer ? html`<${Answer} is=${offer.status} />` : html`<${Condition} of=${backup} />`} ${kind(backup.resource_type)} <bdi>${backup.resource_name}</bdi> · <${When} at=${taken(backup)} /> · ${size(backup)}`;
}

/** @param {{backup: Json, path: string | null, onChoose: (what: string) => void}} props */
function Actions({ backup, path, onChoose }) {
  if (!mayChange()) return null;
  const own = !isForeign(backup); // what others share is theirs to change
  const whole = own && !backup.parent_id;
  const deletable = whole && ["available", "error"].includes(backup.status);
  return html`<${Fragment}>
    ${!own && !backup.parent_id && html`<button type="button" class="secondary outline" onClick=${() => onChoose("back")}><${Icon} name="undo-2" />${t("Give back")}</button>`}
    ${own && html`<button type="button" class="secondary outline" onClick=${() => onChoose("rename")}><${Icon} name="pencil" />${t("Rename")}</button>`}
    ${deletable && html`<button type="button" class="danger outline" onClick=${() => onChoose("delete")}><${Icon} name="trash-2" />${t("Delete")}</button>`}
    ${
      backup.status === "available" &&
      html`<a role="button" href=${href("restore", { backup_id: backup.id, path: backup.resource_type === FOLDER ? path : null })}><${Icon} name="rotate-ccw" />${path && backup.resource_type === FOLDER ? t("Restore this folder") : t("Restore")}</a>`
    }
  </${Fragment}>`;
}

/** @param {{data: Json, query: URLSearchParams}} props */
function Views({ data, query }) {
  const { backup } = data;
  const server = backup.resource_type === SERVER;
  const views = [
    server ? ["disks", t("Disks"), "hard-drive"] : ["files", t("Files"), "folder-tree"],
    ...(backup.resource_type === FOLDER ? [["changes", t("Changes"), "history"]] : []),
    ...(isOfKindToShare(backup) ? [["shared", t("Shared"), "users"]] : []),
    ["details", t("Details"), "list-checks"],
  ];
  const view = views.some(([name]) => name === query.get("view")) ? query.get("view") : views[0][0];
  return html`
    <nav class="backup-tabs" aria-label=${t("Parts of the backup")}>
      ${views.map(
        ([name, word, icon], place) =>
          html`<a key=${name} href=${href(["backups", backup.id], place ? { view: name } : {})} aria-current=${name === view ? "page" : null}><${Icon} name=${icon} />${word}</a>`,
      )}
    </nav>
    ${view === "details" && html`<${Details} data=${data} />`}
    ${view === "shared" && html`<${Shared} backup=${backup} vault=${data.vault} />`}
    ${view === "disks" && html`<${Disks} backup=${backup} />`}
    ${view === "files" && html`<${Readable} backup=${backup}><${Files} backup=${backup} query=${query} /></${Readable}>`}
    ${view === "changes" && html`<${Readable} backup=${backup}><${Changes} backup=${backup} query=${query} /></${Readable}>`}
  `;
}

/** @param {{backup: Json, children?: any}} props */
function Readable({ backup, children }) {
  if (isReadable(backup)) return children;
  if (["protecting", "waiting_protect"].includes(backup.status))
    return html`<${Empty} icon="clock" title=${t("The backup is not there yet")} action=${html`<a role="button" class="secondary outline" href=${href("tasks", { backup_id: backup.id })}>${t("See the task")}</a>`}>
      ${t("Its files are shown here as soon as it is.")}</${Empty}>`;
  if (backup.status === "error")
    return html`<${Empty} icon="circle-x" title=${t("The backup failed: there is nothing in it")} action=${html`<a role="button" class="secondary outline" href=${href("tasks", { backup_id: backup.id })}>${t("See why")}</a>`}>
      ${t("Other backups of the resource may be good.")}</${Empty}>`;
  return html`<${Empty} icon="trash-2" title=${t("The backup is being deleted")}>${t("Nothing can be read from it any more.")}</${Empty}>`;
}

/** @param {{backup: Json}} props */
function Disks({ backup }) {
  const columns = [
    {
      title: t("Disk"),
      class: "wide",
      cell: (/** @type {Json} */ one) =>
        html`<a href=${href(["backups", one.id])}><${Icon} name="hard-drive" /> <bdi>${one.resource_name}</bdi></a>`,
    },
    { title: t("Size"), number: true, cell: (/** @type {Json} */ one) => `${number(one.resource_size)} GiB` },
    { title: t("Status"), cell: (/** @type {Json} */ one) => html`<${Condition} of=${one} />` },
  ];
  const nothing = html`<${Empty} icon="hard-drive" title=${t("No disk is in this backup")}>${t("They appear here as soon as the first one is read.")}</${Empty}>`;
  return html`<${Table} caption=${t("Disks")} rows=${backup.children} columns=${columns} empty=${nothing} />`;
}

/** @param {{data: Json}} props */
function Details({ data: { backup, vault } }) {
  const sum = backup.holdfast ?? {};
  const foreign = isForeign(backup);
  return html`<div class="grid-2">
    <${Card} title=${t("What it is")}>
      <${Facts} facts=${[
        [t("Shared by"), foreign ? html`<${Whom} id=${backup.project_id} />` : null],
        [t("Resource"), html`<${Resource} of=${backup} />`],
        [t("Kind"), kind(backup.resource_type)],
        [
          t("Origin"),
          html`${origin(backup)}${sum.policy_id && html` · <a href=${href(["policies", sum.policy_id])}>${t("Policy")}</a>`}`,
        ],
        [t("Asked for"), html`<${When} at=${backup.created_at} />`],
        [t("Taken"), html`<${When} at=${backup.protected_at} />`],
        [t("Protected data"), sum.read_bytes ? bytes(sum.read_bytes) : null],
        [t("Files"), sum.file_count ? number(sum.file_count) : null],
        [t("The vault grew by"), foreign ? null : bytes(sum.stored_bytes)],
      ]} />
    </${Card}>
    <${Card} title=${t("Where it is, and for how long")}>
      <${Facts} facts=${[
        [
          t("Vault"),
          backup.vault_id && html`<a href=${href(["vaults", backup.vault_id])}>${vault?.name ?? backup.vault_id}</a>`,
        ],
        [t("Kept until"), html`<${Kept} of=${backup} />`],
        [t("Encryption"), backup.extend_info.encrypted_algorithm],
        [t("Tasks"), html`<a href=${href("tasks", { backup_id: backup.id })}>${t("All tasks of this backup")}</a>`],
        [
          t("Other backups"),
          html`<a href=${href("backups", { resource_id: backup.resource_id, own: foreign ? "shared" : null })}>${t("All backups of this resource")}</a>`,
        ],
        [t("Id"), html`<span class="mono">${backup.id}</span>`],
        [
          t("Snapshot"),
          backup.extend_info.snapshot_id && html`<span class="mono">${backup.extend_info.snapshot_id}</span>`,
        ],
      ]} />
    </${Card}>
  </div>`;
}
