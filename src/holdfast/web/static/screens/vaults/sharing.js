// What other projects have of a vault: which of its backups were offered to them, and what they answered.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Empty, Shown, Status, When } from "../../parts/basics.js";
import { Table } from "../../parts/table.js";

/** @typedef {import("../../core/api.js").Json} Json */

const ANSWERS = ["pending", "accepted", "rejected"];
const LIMIT = 200;

/** @param {{vault: Json}} props */
export function Sharing({ vault }) {
  const told = useData((signal) => shared(vault.id, signal), [vault.id, vault.holdfast.backup_count]);
  const empty = html`<${Empty} icon="users" title=${t("Nothing of this vault is shared")} action=${html`<a role="button" class="secondary outline" href=${href("backups", { vault_id: vault.id })}>${t("Show its backups")}</a>`}>
    ${t("Backups are offered to other projects by the API. They restore them from here; the bytes stay in this vault.")}
  </${Empty}>`;
  const columns = [
    {
      title: t("Backup"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<a href=${href(["backups", one.id])}>${one.name}</a>`,
    },
    { title: t("Of"), cell: (/** @type {Json} */ one) => one.resource_name },
    { title: t("Taken"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.created_at} />` },
    {
      title: t("Other projects"),
      cell: (/** @type {Json} */ one) =>
        html`<span class="vault-conditions">${one.answers.map((/** @type {string} */ answer) => html`<${Answer} key=${answer} is=${answer} />`)}</span>`,
    },
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

/** @param {{is: string}} props */
function Answer({ is }) {
  const words = { pending: t("offered"), accepted: t("accepted"), rejected: t("rejected") };
  const looks = { pending: "waiting", accepted: "success", rejected: "cancelled" };
  const look = /** @type {Record<string, string>} */ (looks)[is];
  return html`<${Status} is=${look}>${/** @type {Record<string, string>} */ (words)[is]}</${Status}>`;
}

/** Every backup once, with all the answers that it got. @param {string} id @param {AbortSignal} signal */
async function shared(id, signal) {
  const found = await Promise.all(
    ANSWERS.map((answer) =>
      get("backups", { vault_id: id, own_type: "private", member_status: answer, limit: LIMIT }, signal),
    ),
  );
  /** @type {Map<string, Json>} */
  const rows = new Map();
  found.forEach(({ backups }, place) => {
    for (const one of backups) {
      const known = rows.get(one.id) ?? { ...one, answers: [] };
      rows.set(one.id, { ...known, answers: [...known.answers, ANSWERS[place]] });
    }
  });
  const sorted = [...rows.values()].sort((one, other) => other.created_at.localeCompare(one.created_at));
  return { rows: sorted, more: found.some((one) => one.count > LIMIT) };
}
