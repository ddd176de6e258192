// What is done to resources: backing up now, taking out of a vault, forgetting.
import { post, remove } from "../../core/api.js";
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{name: string, reason: string}} Skipped */

/**
 * Back these up now, each by the vault that it is in; which of them could not be, and why.
 * @param {Json[]} some @returns {Promise<Skipped[]>}
 */
export async function backUp(some) {
  /** @type {Map<string, Json[]>} */
  const byVault = new Map();
  for (const one of some) {
    if (one.vault_id) byVault.set(one.vault_id, [...(byVault.get(one.vault_id) ?? []), one]);
  }
  /** @type {Skipped[]} */
  const skipped = [];
  /** @type {string[]} */
  const tasks = [];
  for (const [vault_id, held] of byVault) {
    const parameters = { resources: held.map((one) => one.resource_id) };
    const told = await post("checkpoints", { checkpoint: { vault_id, parameters } });
    const left = told.checkpoint.vault.skipped_resources ?? [];
    skipped.push(...left.map((/** @type {any} */ one) => ({ name: one.name ?? one.id, reason: one.reason })));
    tasks.push(...(told.operation_log_ids ?? []));
  }
  const begun = some.filter((one) => one.vault_id).length - skipped.length;
  if (begun) {
    const where = tasks.length === 1 ? href(["tasks", tasks[0]]) : href("tasks");
    notice(tn(begun, "A backup has been asked for.", "{n} backups have been asked for."), {
      href: where,
      text: t("Watch"),
    });
  }
  return skipped;
}

/** What a run left out, and why. @param {{skipped: Skipped[], onClose: () => void}} props */
export function LeftOut({ skipped, onClose }) {
  return html`<${Dialog} title=${t("Not everything is backed up")} onClose=${onClose}>
    <ul>${skipped.map((one) => html`<li key=${one.name}><strong>${one.name}</strong>: ${one.reason}</li>`)}</ul>
    <footer class="actions"><button type="button" onClick=${onClose}>${t("Close")}</button></footer>
  </${Dialog}>`;
}

/** @param {{of: Json, onClose: () => void, onDone: () => void}} props */
export function TakeOut({ of, onClose, onDone }) {
  const takeOut = async () => {
    await post(["vaults", of.vault_id, "removeresources"], { resource_ids: [of.resource_id] });
    notice(t("{name} leaves its vault.", { name: of.name }));
    onDone();
  };
  return html`<${Confirm} title=${t("Remove from its vault?")} action=${t("Remove from vault")} dangerous=${true} onClose=${onClose} onConfirm=${takeOut}>
    <p>${t("{name} is not backed up any more. The backups that there are stay in {vault}, and can be restored.", { name: of.name, vault: of.vault_name })}</p>
  </${Confirm}>`;
}

/** @param {{of: Json, onClose: () => void, onDone: () => void}} props */
export function Forget({ of, onClose, onDone }) {
  const forget = async () => {
    await remove(["resources", of.resource_id]);
    notice(t("{name} is forgotten.", { name: of.name }));
    onDone();
  };
  return html`<${Confirm} title=${t("Forget this resource?")} action=${t("Forget")} dangerous=${true} typed=${of.name} onClose=${onClose} onConfirm=${forget}>
    <p>${t("holdfast knows nothing of it any more. What it is made of is not touched: no file is deleted.")}</p>
  </${Confirm}>`;
}
