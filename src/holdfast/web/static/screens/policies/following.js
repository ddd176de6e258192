// The vaults that follow a policy: putting one on it, taking one off.
import { ask, get, mayChange, post, project, written } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Empty, Loading, Trouble, When } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Check, Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";

/** @typedef {import("../../core/api.js").Json} Json */

const MOST = 50;

/** @param {{policy: Json, vaults: Json[], targets: Json[], onChanged: () => void}} props `targets` are vaults of this project that replicas go into */
export function Following({ policy, vaults, targets, onChanged }) {
  const [binding, bind] = useState(false);
  const [leaving, leave] = useState("");
  const may = mayChange();
  const nameOf = (/** @type {string} */ id) => vaults.find((one) => one.id === id)?.name ?? id;
  const rows = /** @type {Json[]} */ (policy.holdfast.vaults);
  /** @type {Record<string, string>} */
  const into = Object.fromEntries(
    policy.associated_vaults.map((/** @type {Json} */ one) => [one.vault_id, one.destination_vault_id]),
  );
  const add =
    may &&
    policy.policy_type !== "organization_policy_removed" &&
    html`<button type="button" class=${rows.length ? "secondary outline small" : ""} onClick=${() => bind(true)}><${Icon} name="link" />${t("Put a vault on it")}</button>`;
  const columns = [
    {
      title: t("Vault"),
      cell: (/** @type {Json} */ row) => html`<a href=${href(["vaults", row.vault_id])}>${nameOf(row.vault_id)}</a>`,
    },
    ...(policy.operation_type === "replication"
      ? [
          {
            title: t("Into the vault"),
            cell: (/** @type {Json} */ row) => html`<${Into} id=${into[row.vault_id]} targets=${targets} />`,
          },
        ]
      : []),
    { title: t("Begins next"), cell: (/** @type {Json} */ row) => html`<${When} at=${row.starts_at} />` },
    { title: t("Follows it as it is since"), cell: (/** @type {Json} */ row) => html`<${When} at=${row.since} />` },
    ...(may
      ? [
          {
            title: t("Change"),
            cell: (/** @type {Json} */ row) =>
              html`<button type="button" class="secondary outline small" onClick=${() => leave(row.vault_id)}>${t("Take off")}<span class="unseen">: ${nameOf(row.vault_id)}</span></button>`,
          },
        ]
      : []),
  ];
  const empty = html`<${Empty} icon="database" title=${t("No vault follows this policy")} action=${add}>
    ${t("Until a vault follows it, nothing happens when it comes due.")}
  </${Empty}>`;
  const off = async () => {
    await post(["vaults", leaving, "dissociatepolicy"], { policy_id: policy.id });
    notice(t("{name} does not follow the policy any more", { name: nameOf(leaving) }));
    leave("");
    onChanged();
  };
  return html`<${Card} title=${t("Vaults that follow it")} actions=${rows.length ? add : null}>
    <${Table} caption=${t("Vaults that follow it")} columns=${columns} rows=${rows} keyOf=${(/** @type {Json} */ row) => row.vault_id} empty=${empty} />
    ${
      leaving &&
      html`<${Confirm} title=${t("Take {name} off the policy?", { name: nameOf(leaving) })} action=${t("Take off")} dangerous onClose=${() => leave("")} onConfirm=${off}>
        <p>${policy.operation_type === "replication" ? t("Its backups are not replicated by this policy any more. What is there stays.") : t("It is not backed up by this policy any more. Its backups stay, and the rules of the policy let none of them go; only their age still ends them.")}</p>
      </${Confirm}>`
    }
    ${binding && html`<${Bind} policy=${policy} onClose=${() => bind(false)} onDone=${onChanged} />`}
  </${Card}>`;
}

/** Where replicas go: told by its name, where it is one of ours. @param {{id?: string, targets: Json[]}} props */
function Into({ id, targets }) {
  const ours = targets.find((one) => one.id === id);
  return ours
    ? html`<a href=${href(["vaults", ours.id])}>${ours.name}</a>`
    : html`<span class="mono">${id ?? "–"}</span>`;
}

/** @param {{policy: Json, onClose: () => void, onDone: () => void}} props */
function Bind({ policy, onClose, onDone }) {
  const [typed, type] = useState("");
  const [vaultId, choose] = useState("");
  const [target, aim] = useState("");
  const [besides, setBesides] = useState(false);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const name = useSettled(typed);
  const found = useData((signal) => get("vaults", { protect_type: "backup", name, limit: MOST }, signal), [name]);
  const replicates = policy.operation_type === "replication";
  const follows = new Set(policy.holdfast.vaults.map((/** @type {Json} */ one) => one.vault_id));
  const open = /** @type {Json[]} */ (found.data?.vaults ?? []).filter(
    (one) => !follows.has(one.id) && (replicates || one.billing.object_type !== "vmware"),
  );
  const chosen = open.some((one) => one.id === vaultId) ? vaultId : "";
  const bind = async () => {
    setError(undefined);
    try {
      await post(["vaults", chosen, "associatepolicy"], {
        policy_id: policy.id,
        ...(replicates && { destination_vault_id: target.trim() }),
        ...(besides && { holdfast: { keep_others: true } }),
      });
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
      return;
    }
    const told = open.find((one) => one.id === chosen)?.name ?? chosen;
    notice(t("{name} follows the policy", { name: told }), {
      href: href(["vaults", chosen]),
      text: t("Open the vault"),
    });
    onClose();
    onDone();
  };
  return html`<${Dialog} title=${t("Put a vault on {name}", { name: policy.name })} onClose=${onClose}>
    ${((found.data?.count ?? 0) > MOST || typed) && html`<${Field} label=${t("Find a vault by its name")} type="search" value=${typed} onInput=${type} />`}
    <${Trouble} error=${found.error} retry=${found.reload} />
    ${
      found.data === undefined
        ? html`<${Loading} lines=${2} />`
        : open.length
          ? html`<${Choice} label=${t("Vault")} value=${chosen} options=${[["", "–"], ...open.map((one) => [one.id, one.name])]} onInput=${choose} />`
          : html`<p>${t("There is no other vault that could follow this policy.")} <a href=${href("vaults")}>${t("To the vaults")}</a></p>`
    }
    ${chosen && html`<${Others} policy=${policy} vaultId=${chosen} besides=${besides} onInput=${setBesides} />`}
    ${replicates && html`<${Target} policy=${policy} value=${target} onInput=${aim} />`}
    <${Trouble} error=${error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} disabled=${!chosen || (replicates && !target)} onClick=${bind}>${t("Follow the policy")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** What the vault follows already: one of the same kind would have to make way. @param {{policy: Json, vaultId: string, besides: boolean, onInput: (besides: boolean) => void}} props */
function Others({ policy, vaultId, besides, onInput }) {
  const told = useData(
    (signal) => get("policies", { vault_id: vaultId, operation_type: policy.operation_type }, signal),
    [vaultId],
  );
  const names = (told.data?.policies ?? []).map((/** @type {Json} */ one) => one.name);
  if (told.error) return html`<${Trouble} error=${told.error} />`;
  if (!names.length) return null;
  return html`<p class="policy-note"><${Icon} name="circle-alert" />${t("It follows {names} now. This policy takes that place.", { names: names.join(", ") })}</p>
    <${Check} label=${t("Follow both, one beside the other")} checked=${besides} onInput=${onInput} />`;
}

/** The vault that the replicas go into. @param {{policy: Json, value: string, onInput: (id: string) => void}} props */
function Target({ policy, value, onInput }) {
  const { destination_project_id: id, destination_region: region } = policy.operation_definition;
  const regions = useData((signal) => get("holdfast/regions", {}, signal), []);
  const isHere = regions.data?.regions.some((/** @type {Json} */ one) => one.name === region && one.state === "here");
  const query = written({ protect_type: "replication", limit: 1000 });
  const found = useData(
    async (signal) => (isHere ? ask("GET", `/v3/${id}/vaults${query}`, undefined, signal) : null),
    [isHere],
  );
  if (regions.data === undefined && !regions.error) return html`<${Loading} lines=${1} />`;
  if (!isHere || found.error)
    return html`<${Field} label=${t("Into the vault")} value=${value} help=${t("The id of a vault for replicas in {region}.", { region })} onInput=${onInput} />`;
  /** @type {Json[]} */
  const vaults = found.data?.vaults ?? [];
  if (found.data && !vaults.length)
    return html`<p class="policy-note"><${Icon} name="circle-alert" />${id === project() ? t("There is no vault for replicas in this project yet.") : t("There is no vault for replicas in the other project yet.")}</p>`;
  return html`<${Choice} label=${t("Into the vault")} value=${value} options=${[["", "–"], ...vaults.map((one) => [one.id, one.name])]} onInput=${onInput} />`;
}
