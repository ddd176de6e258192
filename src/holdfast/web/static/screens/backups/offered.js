// What other projects offer to this one: accepted into a vault, rejected, or given back.
import { get, mayChange } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { kind, number } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Card, Empty, Facts, Shown, Trouble, When } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Choice } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { VAULT_OF } from "../resources/state.js";
import { answer, nameOf, Whom } from "./members.js";
import { Kept, Resource, size, taken } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const MANY = 1000;

/** How many backups wait for an answer, above the list of backups. */
export function Offers() {
  const wanted = { own_type: "shared", member_status: "pending", limit: 1 };
  const told = useData((signal) => get("backups", wanted, signal), []);
  useReloadOnTasks(told.reload, () => true, 5000);
  const count = told.data?.count ?? 0;
  if (!count) return null;
  return html`<p class="backup-offers tone-busy"><${Icon} name="users" />
    <span>${tn(count, "{n} backup is offered to this project.", "{n} backups are offered to this project.")}</span>
    <a href=${href("backups", { own: "offered" })}>${t("See what is offered")}</a>
  </p>`;
}

/** A backup that this project has not accepted. @param {{backup: Json, member: Json, onAnswered: () => void}} props */
export function Offered({ backup, member, onAnswered }) {
  const [doing, setDoing] = useState("");
  const done = () => {
    setDoing("");
    onAnswered();
  };
  const close = () => setDoing("");
  const rejected = member.status === "rejected";
  return html`<${Card} title=${rejected ? t("This project rejected the backup") : t("This backup is offered to this project")}>
    <p>${t("Once it is accepted, it can be looked into and restored from here. It stays with its owner and takes no room in the vault; the owner can withdraw it at any time.")}</p>
    <${Facts} facts=${[
      [t("Offered by"), html`<${Whom} id=${backup.project_id} />`],
      [t("Offered"), html`<${When} at=${member.created_at} />`],
      [t("Rejected"), rejected ? html`<${When} at=${member.updated_at} />` : null],
      [t("Kind"), kind(backup.resource_type)],
      [t("Resource"), html`<${Resource} of=${backup} />`],
      [t("Taken"), html`<${When} at=${taken(backup)} />`],
      [t("Protected data"), size(backup)],
      [t("Kept until"), html`<${Kept} of=${backup} />`],
    ]} />
    <${Ways} backup=${backup} rejected=${rejected} onChoose=${setDoing} />
    ${doing === "accept" && html`<${Accept} backup=${backup} onClose=${close} onDone=${done} />`}
    ${doing === "reject" && html`<${Reject} backup=${backup} onClose=${close} onDone=${done} />`}
  </${Card}>`;
}

/** What can be said to the offer. @param {{backup: Json, rejected: boolean, onChoose: (what: string) => void}} props */
function Ways({ backup, rejected, onChoose }) {
  if (!mayChange())
    return html`<p class="faint">${t("Operators and administrators of this project can accept or reject it.")}</p>`;
  const here = backup.status === "available";
  return html`
    ${!here && html`<p class="faint">${t("Its owner is deleting it: it cannot be accepted any more.")}</p>`}
    <div class="actions backup-ways">
      ${here && html`<button type="button" onClick=${() => onChoose("accept")}><${Icon} name="check" />${rejected ? t("Accept it after all") : t("Accept")}</button>`}
      ${!rejected && html`<button type="button" class="secondary outline" onClick=${() => onChoose("reject")}><${Icon} name="x" />${t("Reject")}</button>`}
    </div>
  `;
}

/** The vaults that can take it: of its kind, at work, with room for all of it. @param {Json} backup @param {AbortSignal} signal */
async function vaultsFor(backup, signal) {
  const wanted = { object_type: VAULT_OF[backup.resource_type], protect_type: "backup", sort: "name:asc", limit: MANY };
  const { vaults } = await get("vaults", wanted, signal);
  return vaults.filter((/** @type {Json} */ one) => {
    const room = one.billing.used / 1024 + backup.resource_size <= one.billing.size;
    return ["available", "lock"].includes(one.billing.status) && (room || one.auto_expand || one.demand_billing);
  });
}

/** @param {{backup: Json, onClose: () => void, onDone: () => void}} props */
function Accept({ backup, onClose, onDone }) {
  const found = useData((signal) => vaultsFor(backup, signal), [backup.id]);
  return html`<${Dialog} title=${t("Accept the backup")} onClose=${onClose}>
    <${Shown} of=${found} lines=${3}>${(/** @type {Json[]} */ vaults) =>
      vaults.length
        ? html`<${Into} backup=${backup} vaults=${vaults} onClose=${onClose} onDone=${onDone} />`
        : html`<${Empty} icon="database" title=${t("No vault of this project can take it")} action=${html`<a role="button" href=${href("vaults")}>${t("Go to the vaults")}</a>`}>
            ${t("Make a vault for this kind of resource: {kind}. It needs room for {size}.", { kind: kind(backup.resource_type), size: room(backup) })}
          </${Empty}>`}</${Shown}>
  </${Dialog}>`;
}

/** How much room a vault must have for it. @param {Json} backup */
const room = (backup) => `${number(backup.resource_size)} GiB`;

/** @param {{backup: Json, vaults: Json[], onClose: () => void, onDone: () => void}} props */
function Into({ backup, vaults, onClose, onDone }) {
  const [vault, setVault] = useState(vaults[0].id);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const accept = async () => {
    setError(undefined);
    try {
      await answer(backup, { status: "accepted", vault_id: vault });
      notice(t("The backup is accepted: it can be restored here."));
      onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`
    <${Choice} label=${t("Vault")} value=${vault} onInput=${setVault} options=${vaults.map((one) => [one.id, one.name])}
      help=${t("Vaults for the same kind of resource that have room for {size}.", { size: room(backup) })} />
    <${Trouble} error=${error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} icon="check" onClick=${accept}>${t("Accept")}</${Act}>
    </footer>
  `;
}

/** @param {{backup: Json, onClose: () => void, onDone: () => void}} props */
function Reject({ backup, onClose, onDone }) {
  const confirm = async () => {
    await answer(backup, { status: "rejected" });
    notice(t("The backup is rejected."));
    onDone();
  };
  return html`<${Confirm} title=${t("Reject the backup?")} action=${t("Reject")} onClose=${onClose} onConfirm=${confirm}>
    <p>${t("Its owner sees that. You can accept it later, as long as the owner does not withdraw it.")}</p>
  </${Confirm}>`;
}

/** Of a backup that was accepted. @param {{backup: Json, onClose: () => void, onDone: () => void}} props */
export function GiveBack({ backup, onClose, onDone }) {
  const confirm = async () => {
    await answer(backup, { status: "rejected" });
    notice(t("The backup is given back."));
    onDone();
  };
  const values = { project: nameOf(backup.project_id) };
  return html`<${Confirm} title=${t("Give the backup back?")} action=${t("Give back")} dangerous onClose=${onClose} onConfirm=${confirm}>
    <p>${t("It is gone from this project at once, and what is being restored from it is cancelled. {project} keeps it; until {project} withdraws it, you can accept it again.", values)}</p>
  </${Confirm}>`;
}
