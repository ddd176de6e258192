// What the rules would let go now, and what stays: a row of marks for each resource, and a table.
import { address, ask, get } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { moment, number, time } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Empty, Shown, Status, When } from "../../parts/basics.js";
import { Check, Choice } from "../../parts/form.js";
import { Pager, Table } from "../../parts/table.js";
import { definitionOf } from "./draft.js";
import { because } from "./sentences.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 100;

/** @param {URLSearchParams} query */
const asked = (query) => ({
  vault: query.get("vault") ?? "",
  goes: query.get("goes") ?? "",
  offset: Number(query.get("offset") ?? 0),
});

/**
 * A page of the verdicts, and how many go in all.
 * @param {(query: import("../../core/api.js").Query) => Promise<Json>} ask @param {{goes: string, offset: number}} what
 */
async function page(ask, { goes, offset }) {
  const [found, going] = await Promise.all([ask({ goes, limit: LIMIT, offset }), ask({ goes: "true", limit: 1 })]);
  return { ...found, going: going.count };
}

/** By the rules of a policy as it is. @param {{policy: Json, vaults: Json[]}} props */
export function Preview({ policy, vaults }) {
  const what = asked(useRoute().query);
  const told = useData(
    (signal) =>
      page(
        (query) => get(["policies", policy.id, "retention-preview"], { ...query, vault_id: what.vault }, signal),
        what,
      ),
    [
      policy.id,
      JSON.stringify(policy.operation_definition),
      policy.holdfast.keep_first_of_month,
      ...Object.values(what),
    ],
  );
  return html`<${Chooser} vaults=${vaults} any=${t("All vaults that follow it")} /><${Told} of=${told} vaults=${vaults} offset=${what.offset} />`;
}

/**
 * By rules that are being written.
 * @param {{draft: import("./draft.js").Draft, id?: string, ready: boolean, vaults: Json[]}} props
 */
export function SupposedPreview({ draft, id, ready, vaults }) {
  const what = asked(useRoute().query);
  const rules = { operation_definition: definitionOf(draft), holdfast: { keep_first_of_month: draft.first } };
  const body = JSON.stringify({ policy: { id, ...rules }, vault_id: what.vault || undefined });
  const settled = useSettled(ready && (id || what.vault) ? body : "", 300);
  const told = useData(
    async (signal) =>
      settled
        ? page((query) => ask("POST", address("holdfast/retention-preview", query), JSON.parse(settled), signal), what)
        : null,
    [settled, what.goes, what.offset],
  );
  const any = id ? t("All vaults that follow it") : t("Choose a vault to see");
  return html`
    <${Chooser} vaults=${vaults} any=${any} />
    ${
      !ready || (!id && !what.vault) || told.data === null
        ? html`<p class="faint">${ready ? t("Choose a vault to see what would go there, and what would stay.") : t("It is shown when the numbers are right.")}</p>`
        : html`<${Told} of=${told} vaults=${vaults} offset=${what.offset} />`
    }
  `;
}

/** @param {{vaults: Json[], any: string}} props */
function Chooser({ vaults, any }) {
  const { vault, goes } = asked(useRoute().query);
  const options = [["", any], ...vaults.map((one) => [one.id, one.name])];
  return html`<div class="filters preview-filters">
    <${Choice} label=${t("Vault")} value=${vault} options=${options} onInput=${(/** @type {string} */ one) => narrow({ vault: one, offset: null })} />
    <${Check} label=${t("Only what goes")} checked=${goes === "true"} onInput=${(/** @type {boolean} */ on) => narrow({ goes: on || null, offset: null })} />
  </div>`;
}

/** @param {{of: import("../../core/data.js").Data<any>, vaults: Json[], offset: number}} props */
function Told({ of, vaults, offset }) {
  return html`<${Shown} of=${of}>${(/** @type {Json} */ told) => html`<${Verdicts} told=${told} vaults=${vaults} offset=${offset} />`}</${Shown}>`;
}

/** @param {{told: Json, vaults: Json[], offset: number}} props */
function Verdicts({ told, vaults, offset }) {
  const { query } = useRoute();
  const only = query.get("goes") === "true";
  const rows = /** @type {Json[]} */ (told.retention_preview);
  if (!rows.length && told.going === 0)
    return html`<${Empty} icon="archive" title=${only ? t("Nothing goes") : t("No backups to weigh")}>
      ${only ? t("All backups stay by these rules.") : t("What the rules let go is shown here once there are backups in a vault that follows the policy.")}
    </${Empty}>`;
  const words = tn(told.going, "{n} backup would go now.", "{n} backups would go now.");
  const nameOf = (/** @type {string} */ id) => vaults.find((one) => one.id === id)?.name ?? id;
  const open = query.get("table") === "true";
  return html`
    <p class="policy-verdict">${told.going ? html`<${Status} is="deleting">${words}</${Status}>` : html`<${Status} is="available">${t("Everything stays.")}</${Status}>`}</p>
    ${rows.length > 0 && html`<${Picture} rows=${rows} nameOf=${nameOf} only=${only} />`}
    <details open=${open} onToggle=${(/** @type {any} */ event) => event.target.open !== open && narrow({ table: event.target.open || null })}>
      <summary>${t("As a table")}</summary>
      ${open && html`<${Table} caption=${t("What goes and what stays")} columns=${columns(nameOf)} rows=${rows} />`}
    </details>
    ${(told.count > LIMIT || offset > 0) && html`<${Pager} count=${told.count} limit=${LIMIT} offset=${offset} />`}
  `;
}

/** @param {(id: string) => string} nameOf @returns {import("../../parts/table.js").Column[]} */
const columns = (nameOf) => [
  { title: t("Resource"), cell: (row) => row.resource_name },
  { title: t("Vault"), cell: (row) => nameOf(row.vault_id) },
  { title: t("Taken"), cell: (row) => html`<a href=${href(["backups", row.id])}><${When} at=${row.created_at} /></a>` },
  {
    title: t("Would"),
    cell: (row) =>
      html`<span class="policy-goes"><${Status} is=${row.goes ? "deleting" : "available"}>${row.goes ? t("Goes") : t("Stays")}</${Status}></span>`,
  },
  { title: t("Because"), class: "wide", cell: why },
];

/** @param {Json} row */
const why = (row) => (row.goes ? row.goes_because : row.kept_because).map(because).join(", ");

/** @param {{rows: Json[], nameOf: (id: string) => string, only: boolean}} props `only` what goes */
function Picture({ rows, nameOf, only }) {
  const times = rows.map((row) => moment(row.created_at).getTime());
  const [begin, end] = [Math.min(...times), Math.max(...times)];
  /** @type {Map<string, Json[]>} */
  const groups = new Map();
  for (const row of rows) {
    const key = `${row.vault_id} ${row.resource_id}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const byName = [...groups].sort(([, [one]], [, [other]]) => one.resource_name.localeCompare(other.resource_name));
  return html`<div class="marks-picture">
    ${byName.map(
      ([key, some]) =>
        html`<${Row} key=${key} rows=${some.toReversed()} begin=${begin} end=${end} title=${some[0].resource_name} about=${`${nameOf(some[0].vault_id)} · ${tally(some, only)}`} />`,
    )}
    <p class="marks-scale faint small" aria-hidden="true"><span>${time(new Date(begin), { dateStyle: "medium" })}</span><span>${time(new Date(end), { dateStyle: "medium" })}</span></p>
    <p class="marks-key faint small"><span class="mark stays"></span>${t("Stays")}<span class="mark goes"></span>${t("Goes")}</p>
  </div>`;
}

/** The backups of a resource over time: arrow keys and the pointer go from one to the next. @param {{rows: Json[], begin: number, end: number, title: string, about: string}} props */
function Row({ rows, begin, end, title, about }) {
  const [chosen, choose] = useState(-1);
  const share = (/** @type {Json} */ row) =>
    end === begin ? 50 : (100 * (moment(row.created_at).getTime() - begin)) / (end - begin);
  const last = rows.length - 1;
  const here = rows[Math.min(chosen, last)];
  /** @param {KeyboardEvent} event */
  const step = (event) => {
    const now = chosen < 0 ? last : Math.min(chosen, last);
    const to = { ArrowLeft: now - 1, ArrowDown: now - 1, ArrowRight: now + 1, ArrowUp: now + 1, Home: 0, End: last }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(last, to)));
  };
  /** @param {PointerEvent} event */
  const near = (event) => {
    const frame = /** @type {HTMLElement} */ (event.currentTarget).getBoundingClientRect();
    const at = (100 * (event.clientX - frame.left)) / frame.width;
    const far = rows.map((row) => Math.abs(share(row) - at));
    choose(far.indexOf(Math.min(...far)));
  };
  /** The keyboard's place stays. @param {PointerEvent} event */
  const leave = (event) => document.activeElement !== event.currentTarget && choose(-1);
  return html`<div class="marks-row">
    <div class="marks-name"><span>${title}</span><span class="faint small">${about}</span></div>
    <div class="marks" role="slider" tabindex="0" aria-label=${t("Backups of {name}", { name: title })} aria-valuemin="1" aria-valuemax=${rows.length}
      aria-valuenow=${(chosen < 0 ? last : Math.min(chosen, last)) + 1} aria-valuetext=${said(here ?? rows[last])}
      onKeyDown=${step} onPointerMove=${near} onPointerDown=${near} onPointerLeave=${leave} onFocus=${() => chosen < 0 && choose(last)} onBlur=${() => choose(-1)}>
      ${rows.map((row) => html`<span key=${row.id} class=${`mark ${row.goes ? "goes" : "stays"} ${row === here ? "here" : ""}`} style=${{ left: `${share(row)}%` }}></span>`)}
    </div>
    <p class="marks-said small">${here ? said(here) : ""}</p>
  </div>`;
}

/** @param {Json[]} rows @param {boolean} only what goes is shown */
function tally(rows, only) {
  const going = rows.filter((row) => row.goes).length;
  if (only) return tn(going, "{n} goes", "{n} go");
  const all = rows.length;
  return going
    ? t("{going} of {all} go", { going: number(going), all: number(all) })
    : tn(all, "{n} stays", "{n} stay");
}

/** @param {Json} row */
const said = (row) =>
  t("{time}: {what} ({why})", {
    time: time(row.created_at),
    what: row.goes ? t("goes") : t("stays"),
    why: why(row),
  });
