// What a task is about: what, where, who and when; and its figures.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, kind, number, operation, span } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Facts, When } from "../../parts/basics.js";
import { seconds } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {string[]} path @param {string} text */
const link = (path, text) => html`<a href=${href(path)}>${text}</a>`;

/** @param {{task: Json}} props */
export function About({ task }) {
  const { resource } = task.extra_info;
  const own = task.holdfast;
  const ofVault = task.vault_id && resource.id === task.vault_id;
  return html`<${Card} title=${t("About it")}>
    <${Facts} facts=${[
      [t("Kind"), operation(task.operation_type)],
      [
        t("Resource"),
        !ofVault &&
          resource.id &&
          html`${link(["resources", resource.id], resource.name || t("nameless"))} <span class="faint small">${kind(resource.type)}</span>`,
      ],
      [t("Vault"), task.vault_id && link(["vaults", task.vault_id], task.vault_name || t("nameless"))],
      [t("Backup"), backup(task)],
      ...target(task),
      [t("Policy"), task.policy_id && html`<${Policy} id=${task.policy_id} />`],
      [t("Asked by"), own.asked_by],
      [t("Due"), own.due_at && html`<${When} at=${own.due_at} />`],
      [t("Created"), html`<${When} at=${task.created_at} />`],
      [t("Started"), task.status !== "waiting" && task.started_at && html`<${When} at=${task.started_at} />`],
      [t("Ended"), task.ended_at && html`<${When} at=${task.ended_at} />`],
      [t("Time limit"), own.time_limit_seconds && span(own.time_limit_seconds)],
      [t("Because of"), own.because.length > 0 && own.because.map(rule).join(", ")],
    ].filter(([, value]) => value)} />
  </${Card}>`;
}

/** A rule that let a backup go, as it is told. @param {unknown} one */
const rule = (one) => (typeof one === "string" ? one : JSON.stringify(one));

/** @param {Json} task */
function backup(task) {
  const { backup, restore, delete: deleted, replication } = task.extra_info;
  if (deleted)
    return task.status === "success" ? deleted.backup_name : link(["backups", deleted.backup_id], deleted.backup_name);
  const id = backup?.backup_id ?? restore?.backup_id ?? replication?.source_backup_id;
  const name = backup?.backup_name ?? restore?.backup_name ?? replication?.source_backup_name;
  return id && link(["backups", id], name || t("nameless"));
}

/** Where to. @param {Json} task @returns {[string, any][]} */
function target(task) {
  const { restore, replication, sync, update_expiration_time: expiry } = task.extra_info;
  const { destination_path: folder, paths } = task.holdfast;
  return [
    [
      t("Restored to"),
      restore &&
        (folder
          ? html`<span class="mono">${folder}</span>`
          : link(["resources", restore.target_resource_id], restore.target_resource_name || t("where it was"))),
    ],
    [t("Only"), paths.length > 0 && html`<span class="mono">${paths.join(", ")}</span>`],
    [t("Region"), replication && `${replication.source_region} → ${replication.destination_region}`],
    [t("Found and lost"), sync && `+${number(sync.sync_backup_num)} −${number(sync.delete_backup_num)}`],
    [t("New expiry"), expiry?.expiration_day],
  ];
}

/** @param {{id: string}} props */
function Policy({ id }) {
  const found = useData((signal) => get(["policies", id], {}, signal), [id]);
  if (found.error) return html`<span class="mono">${id}</span>`;
  return link(["policies", id], found.data?.policy.name ?? "…");
}

/** @param {{task: Json}} props */
export function Data({ task }) {
  const { figures } = task.holdfast;
  const took = seconds(task, 0);
  const ended = task.ended_at && took ? figures.bytes_done / took : 0;
  const part = (/** @type {string} */ done, /** @type {string} */ total) =>
    done === total ? done : t("{done} of {total}", { done, total });
  const facts = [
    [t("Data"), figures.bytes_total > 0 && part(bytes(figures.bytes_done), bytes(figures.bytes_total))],
    [t("Files"), figures.files_total > 0 && part(number(figures.files_done), number(figures.files_total))],
    [
      t("Stored anew"),
      task.status === "success" &&
        ["backup", "replication"].includes(task.operation_type) &&
        bytes(figures.bytes_stored),
    ],
    [
      t("Speed"),
      figures.bytes_per_second
        ? t("{rate}/s", { rate: bytes(figures.bytes_per_second) })
        : ended >= 1 && t("{rate}/s on average", { rate: bytes(ended) }),
    ],
  ].filter(([, value]) => value);
  return facts.length ? html`<${Card} title=${t("Data")}><${Facts} facts=${facts} /></${Card}>` : null;
}

/** @param {{task: Json}} props */
export function Raw({ task }) {
  const [open, set] = useState(false);
  const ids = [
    [t("Task"), task.id],
    [t("Request"), task.extra_info.common.request_id],
    [t("Resource"), task.extra_info.resource.id],
    [t("Vault"), task.vault_id],
    [t("Checkpoint"), task.checkpoint_id],
    [t("Policy"), task.policy_id],
    [t("Project"), task.project_id],
  ].filter(([, id]) => id);
  return html`
    <details class="card quiet-details"><summary>${t("Ids")}</summary><${Facts} facts=${ids.map(([name, id]) => [name, html`<span class="mono">${id}</span>`])} /></details>
    <details class="card quiet-details" onToggle=${(/** @type {any} */ event) => set(event.currentTarget.open)}>
      <summary>${t("As the API tells it")}</summary>
      ${open && html`<pre tabindex="0" class="mono">${JSON.stringify(task, null, 2)}</pre>`}
    </details>
  `;
}
