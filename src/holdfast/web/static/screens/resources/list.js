// All resources of the project: how they are protected, and what can be done about it.
import { get, mayChange, mayNamePaths } from "../../core/api.js";
import { useData, useReloadOnTasks, useSettled } from "../../core/data.js";
import { bytes, kind, number } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Empty, Page, Shown, Trouble, When } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Pager, Table } from "../../parts/table.js";
import { backUp, LeftOut } from "./actions.js";
import { Add } from "./add.js";
import { Protect } from "./protect.js";
import { meaning, Policies, STATES, State, States, VaultOf } from "./state.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 50;

export function List() {
  const { query } = useRoute();
  const asked = {
    state: query.get("state") ?? "",
    type: query.get("type") ?? "",
    q: query.get("q") ?? "",
    sort: query.get("sort") ?? "",
    dir: query.get("dir") ?? "",
    offset: Number(query.get("offset") ?? 0),
  };
  const page = useData((signal) => get("holdfast/protection", wanted(asked), signal), [JSON.stringify(asked)]);
  const numbers = useData((signal) => get("holdfast/protection/summary", {}, signal), []);
  const [chosen, setChosen] = useState(/** @type {Map<string, Json>} */ (new Map()));
  const [adding, setAdding] = useState(false);
  const reload = () => {
    page.reload();
    numbers.reload();
  };
  useReloadOnTasks(reload, () => true, 2000);
  const settle = () => {
    setChosen(new Map());
    reload();
  };
  const add =
    mayNamePaths() &&
    html`<button type="button" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("Add a folder or disk image")}</button>`;
  const summary = numbers.data?.protection_summary;
  const narrowed = Boolean(asked.state || asked.type || asked.q);
  return html`<${Page} title=${t("Resources")} lead=${t("What there is to protect, and whether it is.")} actions=${add}>
    <${Shown} of=${numbers} lines=${2}>${(/** @type {any} */ told) => html`<${Tiles} of=${told.protection_summary} state=${asked.state} />`}</${Shown}>
    <${Filters} asked=${asked} />
    ${chosen.size > 0 && html`<${Bulk} chosen=${asTold(chosen, page.data?.protection)} clear=${() => setChosen(new Map())} onDone=${settle} />`}
    <${Shown} of=${page} lines=${8}>
      ${(/** @type {any} */ told) => html`
        <${Table} caption=${t("Resources")} columns=${columns(told.protection, chosen, setChosen)} rows=${told.protection} keyOf=${(/** @type {any} */ row) => row.resource_id}
          sorted=${{ key: asked.sort || "name", dir: asked.dir || "asc" }} empty=${html`<${None} narrowed=${narrowed} any=${summary?.resources} add=${add} />`} />
        ${told.count > 0 && html`<${Pager} count=${told.count} limit=${LIMIT} offset=${asked.offset} />`}
      `}
    </${Shown}>
    ${adding && html`<${Add} onClose=${() => setAdding(false)} />`}
  </${Page}>`;
}

/** Those that are chosen, as the newest answer has them: they may be in a vault by now. @param {Map<string, Json>} chosen @param {Json[]} [rows] */
function asTold(chosen, rows = []) {
  const told = new Map(rows.map((one) => [one.resource_id, one]));
  return [...chosen.values()].map((one) => told.get(one.resource_id) ?? one);
}

/** @param {Json} asked */
function wanted({ state, ...rest }) {
  const what = state === "unproven" ? { unproven: true } : { state };
  return { ...rest, ...what, limit: LIMIT };
}

/** The numbers of each state: each leads to those that are counted. @param {{of: Json, state: string}} props */
function Tiles({ of, state }) {
  const shown = [...STATES, "unproven"].filter((one) => of[one] > 0 || one === state || one === "protected");
  return html`<nav class="resource-counts" aria-label=${t("By state")}>
    <a class="resource-count" href=${href("resources")} aria-current=${state ? null : "true"}>
      <span class="value">${number(of.resources)}</span><span class="small">${t("All")}</span>
    </a>
    ${shown.map(
      (one) =>
        html`<a key=${one} class="resource-count" href=${href("resources", { state: one })} title=${meaning(one)} aria-current=${state === one ? "true" : null}>
          <span class="value">${number(of[one])}</span><${State} is=${one} />
        </a>`,
    )}
  </nav>`;
}

/** @param {{asked: Json}} props */
function Filters({ asked }) {
  const [text, setText] = useState(asked.q);
  const settled = useSettled(text);
  useEffect(() => {
    if (settled !== asked.q) narrow({ q: settled, offset: null });
  }, [settled]);
  const shown = useRef(asked.q);
  useEffect(() => {
    if (shown.current !== asked.q) setText(asked.q); // not when it is first shown: somebody may type already
    shown.current = asked.q;
  }, [asked.q]);
  return html`<div class="filters">
    <${Field} label=${t("Search by name")} type="search" value=${text} onInput=${setText} />
    <${Choice} label=${t("State")} value=${asked.state} onInput=${(/** @type {string} */ state) => narrow({ state, offset: null })}
      options=${[["", t("Any")], ...[...STATES, "unproven"].map((one) => [one, worded(one)])]} />
    <${Choice} label=${t("Kind")} value=${asked.type} onInput=${(/** @type {string} */ type) => narrow({ type, offset: null })}
      options=${[["", t("Any")], ...["directory", "disk", "server"].map((one) => [one, kind(one)])]} />
  </div>`;
}

/** @param {string} state */
function worded(state) {
  const known = {
    protected: t("Protected"),
    failing: t("Failing"),
    overdue: t("Overdue"),
    unprotected: t("Unprotected"),
    new: t("No backup yet"),
    suspended: t("Suspended"),
    unproven: t("Unproven"),
  };
  return /** @type {Record<string, string>} */ (known)[state];
}

/** @param {{narrowed: boolean, any: number | undefined, add: any}} props */
function None({ narrowed, any, add }) {
  if (narrowed && any)
    return html`<${Empty} icon="search" title=${t("No resource fits")} action=${html`<a role="button" class="secondary outline" href=${href("resources")}>${t("Show all")}</a>`}>
      ${t("Others are there: change the search or the filters.")}
    </${Empty}>`;
  return html`<${Empty} icon="hard-drive" title=${t("Nothing to protect yet")} action=${add}>
    ${mayNamePaths() ? t("Add a folder or a disk image of this server, then put it into a vault.") : t("An administrator makes known what there is to protect.")}
  </${Empty}>`;
}

/**
 * @param {Json[]} rows @param {Map<string, Json>} chosen @param {(chosen: Map<string, Json>) => void} choose
 * @returns {import("../../parts/table.js").Column[]}
 */
function columns(rows, chosen, choose) {
  /** @param {Json[]} some @param {boolean} wanted */
  const pick = (some, wanted) => {
    const fresh = new Map(chosen);
    for (const one of some) wanted ? fresh.set(one.resource_id, one) : fresh.delete(one.resource_id);
    choose(fresh);
  };
  const all = rows.length > 0 && rows.every((one) => chosen.has(one.resource_id));
  return [
    ...(mayChange()
      ? [
          {
            title: t("Choose"),
            class: "resource-choose",
            head: html`<input type="checkbox" class="resource-choose-all" aria-label=${t("Choose all of this page")} checked=${all} onChange=${() => pick(rows, !all)} />`,
            cell: (/** @type {Json} */ one) =>
              html`<input type="checkbox" aria-label=${t("Choose {name}", { name: one.name })} checked=${chosen.has(one.resource_id)} onChange=${() => pick([one], !chosen.has(one.resource_id))} />`,
          },
        ]
      : []),
    {
      title: t("Name"),
      sort: "name",
      class: "resource-name",
      cell: (one) => html`<a href=${href(["resources", one.resource_id])}>${one.name}</a>`,
    },
    { title: t("State"), sort: "state", cell: (one) => html`<${States} of=${one} />` },
    { title: t("Kind"), sort: "type", class: "nowrap", cell: (one) => kind(one.type) },
    { title: t("Size"), sort: "size_bytes", number: true, cell: (one) => bytes(one.size_bytes) },
    {
      title: t("Vault"),
      class: "resource-held",
      cell: (one) =>
        html`<div><${VaultOf} of=${one} />${one.policies.length > 0 && html`<div class="small"><${Policies} some=${one.policies} /></div>`}</div>`,
    },
    {
      title: t("Last good backup"),
      sort: "last_good_at",
      cell: (one) => html`<${When} at=${one.last_good_at} relative=${true} />`,
    },
    { title: t("Next backup"), cell: (one) => html`<${When} at=${one.next_due_at} relative=${true} />` },
    { title: t("Last restored"), cell: (one) => html`<${When} at=${one.proven_at} relative=${true} />` },
  ];
}

/** What can be done with those that are chosen. @param {{chosen: Json[], clear: () => void, onDone: () => void}} props */
function Bulk({ chosen, clear, onDone }) {
  const [protecting, setProtecting] = useState(false);
  const [skipped, setSkipped] = useState(/** @type {import("./actions.js").Skipped[]} */ ([]));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const free = chosen.filter((one) => !one.vault_id);
  const held = chosen.filter((one) => one.vault_id);
  const begin = async () => {
    setError(undefined);
    try {
      const left = await backUp(held);
      if (left.length) setSkipped(left);
      else onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<div class="resource-bulk" role="region" aria-label=${t("With those that are chosen")}>
    <strong>${tn(chosen.length, "{n} chosen", "{n} chosen")}</strong>
    <div class="actions">
      <button type="button" class="small" disabled=${!free.length} title=${free.length ? null : t("All of them are in a vault already.")} onClick=${() => setProtecting(true)}><${Icon} name="shield-check" />${t("Protect…")}</button>
      <${Act} class="secondary outline small" icon="play" disabled=${!held.length} title=${held.length ? undefined : t("None of them is in a vault.")} onClick=${begin}>${t("Back up now")}</${Act}>
      <button type="button" class="secondary outline small" onClick=${clear}>${t("Choose none")}</button>
    </div>
    <${Trouble} error=${error} />
    ${protecting && html`<${Protect} some=${free} onClose=${() => setProtecting(false)} onDone=${onDone} />`}
    ${skipped.length > 0 && html`<${LeftOut} skipped=${skipped} onClose=${onDone} />`}
  </div>`;
}
