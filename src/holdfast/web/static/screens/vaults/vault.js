// One vault: how it fills, what is in it, which rules it follows, how it is opened and changed.
import { get, mayChange, post } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { href, useRoute } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Page, Shown } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { Contents } from "./contents.js";
import { Glance } from "./glance.js";
import { Conditions } from "./parts.js";
import { Policies } from "./policies.js";
import { Repository } from "./repository.js";
import { Changes } from "./settings.js";
import { Sharing } from "./sharing.js";
import { purpose } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {Json} vault @returns {[string, string, any][]} name, word and part of every tab */
function tabs(vault) {
  const replicas = vault.billing.protect_type === "replication";
  /** @type {[string, string, any][]} */
  const all = [["", t("At a glance"), Glance]];
  if (!replicas) all.push(["resources", t("Resources"), Contents], ["policies", t("Policies"), Policies]);
  if (["server", "disk"].includes(vault.billing.object_type)) all.push(["sharing", t("Sharing"), Sharing]);
  all.push(["repository", t("Repository"), Repository], ["settings", t("Settings"), Changes]);
  return all;
}

/** @param {{id: string}} props */
export function Vault({ id }) {
  const told = useData(async (signal) => (await get(["vaults", id], {}, signal)).vault, [id]);
  useReloadOnTasks(told.reload, ({ operation_log: log }) => !log || log.vault_id === id);
  const above = html`<a href=${href("vaults")}>${t("Vaults")}</a>`;
  const vault = told.data;
  const actions = vault && mayChange() && html`<${BackUp} vault=${vault} />`;
  const lead =
    vault &&
    html`<span class="vault-lead"><${Conditions} vault=${vault} /> ${purpose(vault)}${vault.description && html` · ${vault.description}`}</span>`;
  return html`<${Page} title=${vault?.name ?? t("Vault")} above=${above} lead=${lead} actions=${actions}>
    <${Shown} of=${told} lines=${8}>${(/** @type {Json} */ one) => html`<${Tabs} vault=${one} reload=${told.reload} />`}</${Shown}>
  </${Page}>`;
}

/** @param {{vault: Json, reload: () => void}} props */
function Tabs({ vault, reload }) {
  const { query } = useRoute();
  const all = tabs(vault);
  const [here, , Part] = all.find(([name]) => name === (query.get("tab") ?? "")) ?? all[0];
  return html`
    <nav class="vault-tabs" aria-label=${t("Parts of the vault")}>
      ${all.map(([name, word]) => html`<a key=${name} href=${href(["vaults", vault.id], { tab: name })} aria-current=${name === here ? "page" : null}>${word}</a>`)}
    </nav>
    <${Part} key=${here} vault=${vault} reload=${reload} />
  `;
}

/** @param {{vault: Json}} props */
function BackUp({ vault }) {
  const [asking, setAsking] = useState(false);
  if (vault.billing.protect_type === "replication" || !vault.resources.length) return null;
  const begin = async () => {
    const { checkpoint } = await post("checkpoints", { checkpoint: { vault_id: vault.id } });
    setAsking(false);
    notice(t("The backup has been asked for."), {
      href: href("tasks", { checkpoint_id: checkpoint.id }),
      text: t("Watch it"),
    });
  };
  const count = vault.resources.filter((/** @type {Json} */ one) => one.auto_protect).length;
  return html`
    <button type="button" onClick=${() => setAsking(true)}><${Icon} name="play" />${t("Back up now")}</button>
    ${
      asking &&
      html`<${Confirm} title=${t("Back up {name} now", { name: vault.name })} action=${t("Back up now")} onClose=${() => setAsking(false)} onConfirm=${begin}>
        <p>${tn(count, "{n} resource is backed up, as soon as a worker has time. You can close this page meanwhile.", "{n} resources are backed up, as soon as a worker has time. You can close this page meanwhile.")}</p>
      </${Confirm}>`
    }
  `;
}
