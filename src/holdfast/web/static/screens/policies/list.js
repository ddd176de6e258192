// All policies of the project: what they do in plain words, and when next.
import { get, mayChange } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { go, href, narrow, useRoute } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Empty, Page, Shown, When } from "../../parts/basics.js";
import { Choice } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Pager, Table } from "../../parts/table.js";
import { makes, Origin } from "./pieces.js";
import { kept, when } from "./sentences.js";
import { Switch } from "./switch.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 50;
const NAMED = 2;

/** A page of the policies, with the names of the first vaults that follow each. @param {import("../../core/api.js").Query} query @param {AbortSignal} signal @returns {Promise<Json>} */
async function load(query, signal) {
  const told = await get("policies", query, signal);
  const ids = told.policies.flatMap((/** @type {Json} */ one) => followers(one).slice(0, NAMED));
  const unique = [...new Set(ids)].slice(0, LIMIT * NAMED);
  const { vaults } = unique.length ? await get("vaults", { id: unique, limit: unique.length }, signal) : { vaults: [] };
  const names = new Map(vaults.map((/** @type {Json} */ one) => [one.id, one.name]));
  return { ...told, names };
}

/** @param {Json} policy @returns {string[]} */
const followers = (policy) => policy.holdfast.vaults.map((/** @type {Json} */ one) => one.vault_id);

export function List() {
  const { query } = useRoute();
  const kind = query.get("operation_type") ?? "";
  const offset = Number(query.get("offset") ?? 0);
  const told = useData((signal) => load({ operation_type: kind, limit: LIMIT, offset }, signal), [kind, offset]);
  const add =
    mayChange() &&
    html`<button type="button" onClick=${() => go(["policies", "new"])}><${Icon} name="plus" />${t("New policy")}</button>`;
  const kinds = [
    ["", t("All")],
    ["backup", t("Backup")],
    ["replication", t("Replication")],
  ];
  return html`<${Page} title=${t("Policies")} lead=${t("When the vaults are backed up, and what is kept.")} actions=${add}>
    ${(told.data?.count || kind) && html`<div class="filters"><${Choice} label=${t("What it does")} value=${kind} options=${kinds} onInput=${(/** @type {string} */ one) => narrow({ operation_type: one, offset: null })} /></div>`}
    <${Shown} of=${told}>${(/** @type {Json} */ found) => html`<${Rows} found=${found} kind=${kind} offset=${offset} add=${add} reload=${told.reload} />`}</${Shown}>
  </${Page}>`;
}

/** @param {{found: Json, kind: string, offset: number, add: any, reload: () => void}} props */
function Rows({ found, kind, offset, add, reload }) {
  const empty = html`<${Empty} icon="calendar-clock" title=${kind ? t("No policy of this kind") : t("No policy yet")} action=${add}>
    ${t("A policy backs up the vaults that follow it by itself, and lets old backups go. Without one, backups are made by hand only.")}
  </${Empty}>`;
  const columns = [
    { title: t("Name"), cell: (/** @type {Json} */ row) => html`<${Name} policy=${row} />` },
    { title: t("When"), class: "wide", cell: (/** @type {Json} */ row) => html`<${Times} policy=${row} />` },
    { title: t("What is kept"), cell: (/** @type {Json} */ row) => kept(row) },
    { title: t("Vaults"), cell: (/** @type {Json} */ row) => html`<${Vaults} policy=${row} names=${found.names} />` },
    { title: t("Next time"), cell: (/** @type {Json} */ row) => html`<${Next} policy=${row} />` },
    { title: t("State"), cell: (/** @type {Json} */ row) => html`<${Switch} policy=${row} onChanged=${reload} />` },
  ];
  return html`
    <${Table} caption=${t("Policies")} columns=${columns} rows=${found.policies} empty=${empty} />
    ${found.policies.length > 0 && html`<${Pager} count=${found.count} limit=${LIMIT} offset=${offset} />`}
  `;
}

/** @param {{policy: Json}} props */
const Name = ({ policy }) => html`<div class="policy-name">
  <a href=${href(["policies", policy.id])}>${policy.name}</a>
  <span class="faint small">${makes(policy.operation_type)}</span>
  <${Origin} policy=${policy} />
</div>`;

/** @param {{policy: Json}} props */
const Times = ({ policy }) => html`<div>
  ${when(policy).map((words) => html`<span key=${words} class="policy-line">${words}</span>`)}
  <span class="faint small">${policy.holdfast.timezone}</span>
</div>`;

/** @param {{policy: Json, names: Map<string, string>}} props */
function Vaults({ policy, names }) {
  const ids = followers(policy);
  if (!ids.length) return html`<span class="faint">${t("None")}</span>`;
  const more = ids.length - NAMED;
  return html`<div>
    ${ids.slice(0, NAMED).map((id) => html`<span key=${id} class="policy-line"><a href=${href(["vaults", id])}>${names.get(id) ?? id}</a></span>`)}
    ${more > 0 && html`<a class="small" href=${href(["policies", policy.id])}>${tn(more, "and {n} more", "and {n} more")}</a>`}
  </div>`;
}

/** @param {{policy: Json}} props */
function Next({ policy }) {
  const due = policy.holdfast.vaults.map((/** @type {Json} */ one) => one.next_due_at).filter(Boolean);
  return html`<${When} at=${due.sort()[0]} />`;
}
