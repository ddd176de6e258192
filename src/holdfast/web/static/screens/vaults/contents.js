// The resources in a vault: put in, taken out, suspended.
import { get, mayChange, post, put } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { bytes, kind, number } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Card, Empty, Shown, Status, Trouble } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Check, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Pager, Table } from "../../parts/table.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 50;
const GIB = 2 ** 30;
const MIB = 2 ** 20;
/** Under which name the resources of a vault are offered. @type {Record<string, string>} */
const OFFERED = { turbo: "turbo", disk: "disk", server: "server" };

/** @param {{vault: Json, reload: () => void}} props */
export function Contents({ vault, reload }) {
  const { query } = useRoute();
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState(/** @type {Json | null} */ (null));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const text = (query.get("q") ?? "").toLowerCase();
  const fitting = vault.resources.filter((/** @type {Json} */ one) => one.name.toLowerCase().includes(text));
  const offset = Math.min(Number(query.get("offset")) || 0, Math.max(0, fitting.length - 1));
  const mine = mayChange() && vault.billing.status !== "deleting";
  const add =
    mine &&
    vault.billing.object_type in OFFERED &&
    html`<button type="button" class="small" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("Add resources")}</button>`;
  /** @param {Json} one */
  const turn = async (one) => {
    setError(undefined);
    try {
      const action = one.auto_protect ? "suspend" : "unsuspend";
      await put(["vaults", vault.id, "set-resources"], { resource_ids: [one.id], action });
      reload();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const empty = text
    ? html`<${Empty} icon="search" title=${t("No resource fits")}>${t("Nothing in this vault has such a name.")}</${Empty}>`
    : html`<${Empty} icon="hard-drive" title=${t("Nothing is in this vault yet")} action=${add}>${t("Add what shall be backed up into it. A resource is in one vault at most.")}</${Empty}>`;
  return html`<${Card} title=${t("Resources")} actions=${add} class="vault-contents">
    <${Trouble} error=${error} />
    ${vault.resources.length > 10 && html`<${Search} />`}
    <${Table} caption=${t("Resources in this vault")} columns=${columns(vault, mine, turn, setRemoving)} rows=${fitting.slice(offset, offset + LIMIT)} empty=${empty} />
    ${fitting.length > LIMIT && html`<${Pager} count=${fitting.length} limit=${LIMIT} offset=${offset} />`}
    ${adding && html`<${Add} vault=${vault} onClose=${() => setAdding(false)} reload=${reload} />`}
    ${removing && html`<${Remove} vault=${vault} resource=${removing} onClose=${() => setRemoving(null)} reload=${reload} />`}
  </${Card}>`;
}

function Search() {
  const { query } = useRoute();
  const [name, setName] = useState(query.get("q") ?? "");
  const settled = useSettled(name);
  useEffect(() => {
    if (settled !== (query.get("q") ?? "")) narrow({ q: settled, offset: null });
  }, [settled]);
  return html`<div class="filters"><${Field} label=${t("Name")} type="search" value=${name} onInput=${setName} placeholder=${t("contains …")} /></div>`;
}

/** @param {Json} vault @param {boolean} mine @param {(one: Json) => Promise<void>} turn @param {(one: Json) => void} remove */
function columns(vault, mine, turn, remove) {
  const all = [
    {
      title: t("Name"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<a href=${href(["resources", one.id])}>${one.name}</a>`,
    },
    { title: t("Kind"), cell: (/** @type {Json} */ one) => kind(one.type) },
    { title: t("Size"), number: true, cell: (/** @type {Json} */ one) => bytes(one.size * GIB) },
    {
      title: t("Backups"),
      number: true,
      cell: (/** @type {Json} */ one) =>
        html`<a href=${href("backups", { resource_id: one.id, vault_id: vault.id })}>${number(one.backup_count)}</a>`,
    },
    {
      title: t("Stored for it"),
      number: true,
      cell: (/** @type {Json} */ one) => (one.backup_count ? bytes(one.backup_size * MIB) : "–"),
    },
    {
      title: t("Status"),
      cell: (
        /** @type {Json} */ one,
      ) => html`<${Status} is=${one.auto_protect ? (one.protect_status ?? "available") : "suspended"}>
        ${one.auto_protect && one.protect_status === "removing" ? t("Leaving the vault") : undefined}
      </${Status}>`,
    },
  ];
  if (!mine) return all;
  const actions = (/** @type {Json} */ one) => html`<span class="actions">
    <${Act} class="secondary outline small" icon=${one.auto_protect ? "pause" : "play"} title=${one.auto_protect ? t("It stays in the vault, and no run backs it up.") : t("It is backed up again.")} onClick=${() => turn(one)}>
      ${one.auto_protect ? t("Suspend") : t("Resume")}<span class="unseen"> ${one.name}</span>
    </${Act}>
    <button type="button" class="secondary outline small" onClick=${() => remove(one)}><${Icon} name="x" />${t("Take out")}<span class="unseen"> ${one.name}</span></button>
  </span>`;
  return [...all, { title: t("Actions"), class: "actions-cell", cell: actions }];
}

/** @param {{vault: Json, resource: Json, onClose: () => void, reload: () => void}} props */
function Remove({ vault, resource, onClose, reload }) {
  const remove = async () => {
    const { operation_log_id: id } = await post(["vaults", vault.id, "removeresources"], {
      resource_ids: [resource.id],
    });
    notice(
      t("{name} leaves the vault.", { name: resource.name }),
      id && { href: href(["tasks", id]), text: t("Watch it") },
    );
    onClose();
    reload();
  };
  return html`<${Confirm} title=${t("Take {name} out of the vault", { name: resource.name })} action=${t("Take out")} dangerous onClose=${onClose} onConfirm=${remove}>
    <p>${t("It is not backed up any more. Its backups stay in the vault: they can be restored, and deleted one by one.")}</p>
  </${Confirm}>`;
}

/** @param {{vault: Json, onClose: () => void, reload: () => void}} props */
function Add({ vault, onClose, reload }) {
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState(/** @type {Map<string, Json>} */ (new Map()));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const settled = useSettled(name);
  const type = OFFERED[vault.billing.object_type];
  const offered = useData(
    (signal) => get(["protectables", type, "instances"], { name: settled, limit: LIMIT }, signal),
    [settled],
  );
  /** @param {Json} one @param {boolean} wanted */
  const choose = (one, wanted) =>
    setChosen((before) => {
      const after = new Map(before);
      if (wanted) after.set(one.id, one);
      else after.delete(one.id);
      return after;
    });
  const add = async () => {
    setError(undefined);
    const resources = [...chosen.values()].map((one) => ({ id: one.id, type: one.type }));
    try {
      await post(["vaults", vault.id, "addresources"], { resources });
      notice(tn(resources.length, "{n} resource is in the vault now.", "{n} resources are in the vault now."));
      onClose();
      reload();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<${Dialog} title=${t("Add resources")} onClose=${onClose}>
    <${Field} label=${t("Search by name")} type="search" value=${name} onInput=${setName} autofocus />
    <${Shown} of=${offered}>
      ${(/** @type {Json} */ data) => html`<${Offered} data=${data} searched=${settled} chosen=${chosen} choose=${choose} />`}
    </${Shown}>
    <${Trouble} error=${error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} disabled=${!chosen.size} onClick=${add}>${chosen.size ? tn(chosen.size, "Add {n}", "Add {n}") : t("Add")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** @param {{data: Json, searched: string, chosen: Map<string, Json>, choose: (one: Json, wanted: boolean) => void}} props */
function Offered({ data, searched, chosen, choose }) {
  if (!data.instances.length)
    return searched
      ? html`<p class="faint">${t("Nothing has such a name.")}</p>`
      : html`<p class="faint">${t("There is nothing yet that this vault could hold.")} <a href=${href("resources")}>${t("Make resources known")}</a></p>`;
  return html`
    <div class="vault-offered" role="group" aria-label=${t("Resources that can be added")}>
      ${data.instances.map(
        (/** @type {Json} */ one) =>
          html`<${Check} key=${one.id} label=${one.name} checked=${chosen.has(one.id)} disabled=${!one.protectable.result}
            help=${one.protectable.result ? bytes(one.size * GIB) : one.protectable.vault ? t("is in a vault already") : one.protectable.reason}
            onInput=${(/** @type {boolean} */ wanted) => choose(one, wanted)} />`,
      )}
    </div>
    ${data.count > data.instances.length && html`<p class="small faint">${t("{n} more: search by name.", { n: number(data.count - data.instances.length) })}</p>`}
  `;
}
