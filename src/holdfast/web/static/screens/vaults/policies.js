// The policies that a vault follows.
import { get, mayChange, post, project, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Empty, Shown, Trouble, When } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Check, Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { wrongOf } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{vault: Json}} props */
export function Policies({ vault }) {
  const all = useData(async (signal) => (await get("policies", {}, signal)).policies, [vault.id]);
  const [binding, setBinding] = useState(false);
  const [leaving, setLeaving] = useState(/** @type {Json | null} */ (null));
  const bind =
    mayChange() &&
    vault.billing.status !== "deleting" &&
    html`<button type="button" class="small" onClick=${() => setBinding(true)}><${Icon} name="plus" />${t("Follow a policy")}</button>`;
  const empty = html`<${Empty} icon="calendar-clock" title=${t("It follows no policy")} action=${bind}>${t("Without one nothing is backed up by itself. A policy says when, and what is kept.")}</${Empty}>`;
  return html`<${Card} title=${t("Policies")} actions=${bind}>
    <${Shown} of=${all}>
      ${(/** @type {Json[]} */ policies) =>
        html`<${Table} caption=${t("Policies that the vault follows")} columns=${columns(vault, setLeaving)} rows=${policies.filter((one) => following(one, vault))} empty=${empty} />`}
    </${Shown}>
    ${binding && html`<${Bind} vault=${vault} policies=${all.data ?? []} onClose=${() => setBinding(false)} reload=${all.reload} />`}
    ${leaving && html`<${Leave} vault=${vault} policy=${leaving} onClose=${() => setLeaving(null)} reload=${all.reload} />`}
  </${Card}>`;
}

/** What a policy says of this vault, if the vault follows it. @param {Json} policy @param {Json} vault */
const following = (policy, vault) =>
  policy.holdfast.vaults.find((/** @type {Json} */ one) => one.vault_id === vault.id);

/** @param {Json} policy */
const does = (policy) => (policy.operation_type === "replication" ? t("Replication") : t("Backup"));

/** @param {Json} vault @param {(policy: Json) => void} leave */
function columns(vault, leave) {
  const all = [
    {
      title: t("Policy"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<a href=${href(["policies", one.id])}>${one.name}</a>`,
    },
    { title: t("Does"), cell: does },
    {
      title: t("Next time"),
      cell: (/** @type {Json} */ one) =>
        one.enabled
          ? html`<${When} at=${following(one, vault).next_due_at} />`
          : html`<span class="faint">${t("not enabled")}</span>`,
    },
    {
      title: t("Followed since"),
      cell: (/** @type {Json} */ one) => html`<${When} at=${following(one, vault).since} />`,
    },
  ];
  if (!mayChange()) return all;
  const actions = (/** @type {Json} */ one) =>
    html`<button type="button" class="secondary outline small" onClick=${() => leave(one)}><${Icon} name="x" />${t("Stop following")}<span class="unseen"> ${one.name}</span></button>`;
  return [...all, { title: t("Actions"), class: "actions-cell", cell: actions }];
}

/** @param {{vault: Json, policy: Json, onClose: () => void, reload: () => void}} props */
function Leave({ vault, policy, onClose, reload }) {
  const leave = async () => {
    await post(["vaults", vault.id, "dissociatepolicy"], { policy_id: policy.id });
    notice(t("The vault does not follow {name} any more.", { name: policy.name }));
    onClose();
    reload();
  };
  return html`<${Confirm} title=${t("Stop following {name}", { name: policy.name })} action=${t("Stop following")} dangerous onClose=${onClose} onConfirm=${leave}>
    <p>${t("The policy backs up nothing in this vault any more, and lets nothing go: what it made stays until its age ends it.")}</p>
  </${Confirm}>`;
}

/** @param {{vault: Json, policies: Json[], onClose: () => void, reload: () => void}} props */
function Bind({ vault, policies, onClose, reload }) {
  const open = policies.filter((one) => !following(one, vault));
  const [picked, setId] = useState("");
  const [besides, setBesides] = useState(false);
  const [destination, setDestination] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const chosen = open.find((one) => one.id === picked) ?? open[0]; // they may still have been on their way
  const id = chosen?.id ?? "";
  const held = policies.some((one) => following(one, vault) && one.operation_type === chosen?.operation_type);
  if (!chosen)
    return html`<${Dialog} title=${t("Follow a policy")} onClose=${onClose}>
      <p>${t("There is no other policy in the project.")} <a href=${href("policies")}>${t("Make one")}</a></p>
    </${Dialog}>`;
  const bind = async () => {
    setError(undefined);
    try {
      await post(["vaults", vault.id, "associatepolicy"], {
        policy_id: id,
        ...(chosen.operation_type === "replication" ? { destination_vault_id: destination.trim() } : {}),
        ...(besides && held ? { holdfast: { keep_others: true } } : {}),
      });
      notice(t("The vault follows {name}.", { name: chosen.name }));
      onClose();
      reload();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const wrong = wrongOf(error).destination_vault_id;
  return html`<${Dialog} title=${t("Follow a policy")} onClose=${onClose}>
    <${Choice} label=${t("Policy")} value=${id} onInput=${setId} options=${open.map((one) => [one.id, `${one.name} (${does(one)})`])} />
    ${chosen.operation_type === "replication" && html`<${Destination} key=${id} vault=${vault} policy=${chosen} value=${destination} onInput=${setDestination} wrong=${wrong} />`}
    ${
      held &&
      html`<${Check} label=${t("Besides the one it follows now")} checked=${besides} onInput=${setBesides} help=${t("Otherwise this one takes the place of the other of its kind.")} />`
    }
    <${Trouble} error=${wrong ? undefined : error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} onClick=${bind}>${t("Follow")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** The vault that replicas go to. @param {{vault: Json, policy: Json, value: string, onInput: (value: string) => void, wrong?: string}} props */
function Destination({ vault, policy, value, onInput, wrong }) {
  const { destination_project_id: there, destination_region: region } = policy.operation_definition;
  const found = useData(
    async (signal) => {
      const query = { protect_type: "replication" };
      if (there === project()) return (await get("vaults", query, signal)).vaults;
      const mine = who()?.projects.some((one) => one.id === there);
      if (!mine || region !== who()?.region) return [];
      const external = { ...query, external_project_id: there, region_id: region };
      return (await get("vaults/external", external, signal)).vaults;
    },
    [there, region],
  );
  const fitting = (found.data ?? []).filter(
    (/** @type {Json} */ one) => one.billing.object_type === vault.billing.object_type && one.id !== vault.id,
  );
  if (found.loading && !found.data) return null;
  if (fitting.length) {
    const options = fitting.map((/** @type {Json} */ one) => [one.id, one.name]);
    return html`<${Choice} label=${t("Vault for the replicas")} value=${value} onInput=${onInput} options=${[["", t("Choose one")], ...options]} help=${wrong} />`;
  }
  return html`<${Field} label=${t("Vault for the replicas")} value=${value} onInput=${onInput} wrong=${wrong} help=${t("The id of a vault for replicas in the policy's destination, of the same kind.")} autocomplete="off" />`;
}
