// What other projects have of a vault: which of its backups were offered to whom, and what they answered.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Empty, Shown, When } from "../../parts/basics.js";
import { Table } from "../../parts/table.js";
import { Answer, membersOf, Whom } from "../backups/members.js";

/** @typedef {import("../../core/api.js").Json} Json */

const ANSWERS = ["pending", "accepted", "rejected"];
const MOST = 50;

/** @param {{vault: Json}} props */
export function Sharing({ vault }) {
  const told = useData((signal) => shared(vault.id, signal), [vault.id, vault.holdfast.backup_count]);
  const empty = html`<${Empty} icon="users" title=${t("Nothing of this vault is shared")} action=${html`<a role="button" class="secondary outline" href=${href("backups", { vault_id: vault.id })}>${t("Show its backups")}</a>`}>
    ${t("Open a backup to share it with another project, which can then restore from it. The bytes stay in this vault.")}
  </${Empty}>`;
  const columns = [
    {
      title: t("Backup"),
      class: "wide",
      cell: (/** @type {Json} */ one) =>
        html`<a href=${href(["backups", one.id], { view: "shared" })}><bdi>${one.name}</bdi></a>`,
    },
    { title: t("Of"), cell: (/** @type {Json} */ one) => one.resource_name },
    { title: t("Taken"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.created_at} />` },
    { title: t("Other projects"), cell: (/** @type {Json} */ one) => html`<${Projects} of=${one} />` },
  ];
  return html`<${Card} title=${t("Shared with other projects")}>
    <${Shown} of=${told}>
      ${(/** @type {Json} */ data) => html`
        <${Table} caption=${t("Shared backups")} columns=${columns} rows=${data.rows} empty=${empty} />
        ${data.more && html`<p class="small faint">${t("Only the newest of them are shown.")}</p>`}
      `}
    </${Shown}>
  </${Card}>`;
}

/** @param {{of: Json}} props */
function Projects({ of }) {
  return html`<ul class="vault-members">
    ${of.members.map((/** @type {Json} */ one) => html`<li key=${one.id}><${Whom} id=${one.dest_project_id} /> <${Answer} is=${one.status} /></li>`)}
  </ul>`;
}

/** The newest that are shared, each with its members: a list does not tell them. @param {string} id @param {AbortSignal} signal */
async function shared(id, signal) {
  const found = await Promise.all(
    ANSWERS.map((answer) =>
      get("backups", { vault_id: id, own_type: "private", member_status: answer, limit: MOST }, signal),
    ),
  );
  const once = new Map(found.flatMap(({ backups }) => backups.map((/** @type {Json} */ one) => [one.id, one])));
  const sorted = [...once.values()].sort((one, other) => other.created_at.localeCompare(one.created_at));
  const newest = sorted.slice(0, MOST);
  const members = await Promise.all(newest.map((one) => membersOf(one.id, signal)));
  const rows = newest.map((one, place) => ({ ...one, members: members[place] }));
  return { rows, more: sorted.length > MOST || found.some(({ count }) => count > MOST) };
}
