// All vaults: how full they are, when they are full, what is in them.
import { get, mayChange } from "../../core/api.js";
import { useData, useReloadOnTasks, useSettled } from "../../core/data.js";
import { bytes, number, percent } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Empty, Page, Shown, Trouble, When } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Pager, Table } from "../../parts/table.js";
import { Create } from "./create.js";
import { Capacity, Conditions, Tags } from "./parts.js";
import { fill, fullIn, purpose } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 50;
const MANY = 1000;
const MIB = 2 ** 20;

export function Vaults() {
  const { query } = useRoute();
  const [making, setMaking] = useState(false);
  const sort = query.get("sort") ?? "created_at";
  const dir = query.get("dir") ?? "desc";
  const wanted = {
    name: query.get("q"),
    object_type: query.get("type"),
    protect_type: query.get("for"),
    status: query.get("status"),
    sort: `${sort}:${dir}`,
    limit: LIMIT,
    offset: query.get("offset") ?? 0,
  };
  const list = useData((signal) => get("vaults", wanted, signal), [JSON.stringify(wanted)]);
  const filling = useData((signal) => fillings(list.data?.vaults ?? [], signal), [list.data]);
  const besides = useData(aside, []);
  const again = () => {
    list.reload();
    besides.reload();
  };
  useReloadOnTasks(again, ({ status }) => !["waiting", "running"].includes(status), 3000);
  const make =
    mayChange() &&
    html`<button type="button" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("New vault")}</button>`;
  const narrowed = Boolean(wanted.name || wanted.object_type || wanted.protect_type || wanted.status);
  return html`<${Page} title=${t("Vaults")} lead=${t("Where backups are kept: each vault has a size and a key of its own.")} actions=${make}>
    <${Trouble} error=${besides.error ?? filling.error} retry=${again} />
    ${besides.data && html`<${Totals} told=${besides.data} />`}
    <${Filters} query=${query} />
    <${Shown} of=${list}>
      ${(/** @type {Json} */ data) => html`
        <${Rows} data=${data} filling=${filling.data} policies=${besides.data?.policies} narrowed=${narrowed} make=${make} sorted=${{ key: sort, dir }} />
        ${data.count > 0 && html`<${Pager} count=${data.count} limit=${LIMIT} offset=${data.offset} />`}
      `}
    </${Shown}>
    ${making && html`<${Create} onClose=${() => setMaking(false)} />`}
  </${Page}>`;
}

/** How each of these vaults fills, by its id. @param {Json[]} vaults @param {AbortSignal} signal @returns {Promise<Map<string, Json>>} */
async function fillings(vaults, signal) {
  if (!vaults.length) return new Map();
  const ids = vaults.map((one) => one.id);
  const told = await get("holdfast/usage-history", { vault_id: ids, days: 1 }, signal);
  return new Map(told.usage_history.map((/** @type {Json} */ one) => [one.vault_id, one]));
}

/** What is told once for the whole list. @param {AbortSignal} signal @returns {Promise<Json>} */
async function aside(signal) {
  const [totals, histories, told] = await Promise.all([
    get("vaults/summary", {}, signal),
    get("holdfast/usage-history", { days: 1, limit: MANY }, signal),
    get("policies", {}, signal),
  ]);
  /** @type {Map<string, Json[]>} */
  const policies = new Map();
  for (const policy of told.policies)
    for (const { vault_id } of policy.holdfast.vaults)
      policies.set(vault_id, [...(policies.get(vault_id) ?? []), policy]);
  return { totals, histories, policies };
}

/** @param {{told: Json}} props */
function Totals({ told: { totals, histories } }) {
  if (!histories.count) return null;
  const ending = histories.usage_history.filter((/** @type {Json} */ one) => one.full_at);
  ending.sort((/** @type {Json} */ one, /** @type {Json} */ other) => one.full_at.localeCompare(other.full_at));
  const first = ending[0];
  const used = totals.used_size * MIB;
  const limited = histories.usage_history.filter((/** @type {Json} */ one) => one.capacity_bytes !== null);
  const room = limited.reduce((/** @type {number} */ sum, /** @type {Json} */ one) => sum + one.capacity_bytes, 0);
  const held = limited.reduce(
    (/** @type {number} */ sum, /** @type {Json} */ one) => sum + (one.days.at(-1)?.used_bytes ?? 0),
    0,
  );
  const whole = histories.count <= MANY;
  const rate = histories.usage_history.reduce(
    (/** @type {number} */ sum, /** @type {Json} */ one) => sum + (one.bytes_per_day ?? 0),
    0,
  );
  return html`<div class="grid-4 vault-totals">
    <${Card}><span class="value">${number(histories.count)}</span><span class="faint">${tn(histories.count, "vault", "vaults")}</span></${Card}>
    <${Card}><span class="value">${bytes(used)}</span><span class="faint">${whole && rate > 0 ? t("stored, {size} more each day", { size: bytes(rate) }) : t("stored in all")}</span></${Card}>
    ${
      whole &&
      html`<${Card}><span class="value">${room ? bytes(Math.max(0, room - held)) : "–"}</span>
        <span class="faint">${room ? t("free, {share} of {size} used", { share: percent(held / room), size: bytes(room) }) : t("no limit but the store's")}</span></${Card}>`
    }
    ${
      whole &&
      html`<${Card}>${
        first
          ? html`<span class="value"><${When} at=${first.full_at} relative /></span><span class="faint">${t("full first:")} <a href=${href(["vaults", first.vault_id])}>${first.vault_name}</a></span>`
          : html`<span class="value">–</span><span class="faint">${t("no vault is about to be full")}</span>`
      }</${Card}>`
    }
  </div>`;
}

/** @param {{query: URLSearchParams}} props */
function Filters({ query }) {
  const [name, setName] = useState(query.get("q") ?? "");
  const settled = useSettled(name, 250);
  useEffect(() => {
    if (settled !== (query.get("q") ?? "")) narrow({ q: settled, offset: null });
  }, [settled]);
  /** @param {string} key */
  const set = (key) => (/** @type {string} */ value) => narrow({ [key]: value, offset: null });
  return html`<div class="filters">
    <${Field} label=${t("Name")} type="search" value=${name} onInput=${setName} placeholder=${t("contains …")} />
    <${Choice} label=${t("Holds")} value=${query.get("type") ?? ""} onInput=${set("type")}
      options=${[["", t("Anything")], ["turbo", t("Folders")], ["disk", t("Disks")], ["server", t("Servers")]]} />
    <${Choice} label=${t("For")} value=${query.get("for") ?? ""} onInput=${set("for")}
      options=${[["", t("Backups and replicas")], ["backup", t("Backups")], ["replication", t("Replicas")]]} />
    <${Choice} label=${t("Status")} value=${query.get("status") ?? ""} onInput=${set("status")}
      options=${[["", t("Any")], ["available", t("Available")], ["lock", t("Not resizable")], ["frozen", t("Frozen")], ["error", t("Error")], ["deleting", t("Being deleted")]]} />
  </div>`;
}

/** @param {{data: Json, filling?: Map<string, Json>, policies?: Map<string, Json[]>, narrowed: boolean, make: any, sorted: {key: string, dir: string}}} props */
function Rows({ data, filling: known, policies, narrowed, make, sorted }) {
  const none = narrowed
    ? html`<${Empty} icon="search" title=${t("No vault fits")} action=${html`<a role="button" class="secondary outline" href=${href("vaults")}>${t("Show all")}</a>`}>${t("Change the filters, or show all vaults.")}</${Empty}>`
    : html`<${Empty} icon="database" title=${t("There is no vault yet")} action=${make}>${t("A vault keeps the backups of what is put into it. Make one, then add folders, disks or servers.")}</${Empty}>`;
  const filling = (/** @type {Json} */ one) => known?.get(one.id);
  const columns = [
    {
      title: t("Vault"),
      sort: "name",
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<${Named} vault=${one} />`,
    },
    {
      title: t("Capacity"),
      sort: "used_percent",
      class: "capacity-cell",
      cell: (/** @type {Json} */ one) => html`<${Capacity} vault=${one} history=${filling(one)} />`,
    },
    {
      title: t("Full"),
      cell: (/** @type {Json} */ one) =>
        html`<span class=${`nowrap fill-${fill(one, filling(one))}`}>${fullIn(one, filling(one))}</span>`,
    },
    {
      title: t("Resources"),
      number: true,
      cell: (/** @type {Json} */ one) =>
        html`<a href=${href(["vaults", one.id], { tab: "resources" })}>${number(one.resources.length)}</a>`,
    },
    {
      title: t("Backups"),
      number: true,
      cell: (/** @type {Json} */ one) =>
        html`<a href=${href("backups", { vault_id: one.id })}>${number(one.holdfast.backup_count)}</a>`,
    },
    {
      title: t("Policies"),
      cell: (/** @type {Json} */ one) => html`<${Followed} vault=${one} policies=${policies} />`,
    },
    { title: t("Status"), cell: (/** @type {Json} */ one) => html`<${Conditions} vault=${one} />` },
  ];
  return html`<${Table} caption=${t("Vaults")} columns=${columns} rows=${data.vaults} sorted=${sorted} empty=${none} />`;
}

/** @param {{vault: Json}} props */
function Named({ vault }) {
  return html`<div>
    <a class="vault-name" href=${href(["vaults", vault.id])}>${vault.name}</a>
    <span class="faint small"> ${purpose(vault)}</span>
    <${Tags} tags=${vault.tags} />
  </div>`;
}

/** @param {{vault: Json, policies?: Map<string, Json[]>}} props */
function Followed({ vault, policies }) {
  if (!policies) return html`<span class="faint">…</span>`;
  const mine = policies.get(vault.id) ?? [];
  if (!mine.length)
    return html`<span class="faint">${vault.billing.protect_type === "replication" ? "–" : t("none")}</span>`;
  return html`<span class="vault-listed">${mine.map((policy) => html`<a key=${policy.id} href=${href(["policies", policy.id])}>${policy.name}</a>`)}</span>`;
}
