// All backups: found, narrowed, sorted.
import { get, mayChange } from "../../core/api.js";
import { useData, useReloadOnTasks, useSettled } from "../../core/data.js";
import { bytes, kind } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Empty, Page, Shown, When } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Pager, Table } from "../../parts/table.js";
import { Answer, nameOf } from "./members.js";
import { Offers } from "./offered.js";
import { Condition, isForeign, Kept, origin, Resource, size, taken } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 50;
const MANY = 1000;

/** The first or last moment of a day in the viewer's zone. @param {string | null} day @param {string} time */
function edge(day, time) {
  const at = day ? new Date(`${day}T${time}`) : null;
  return at && !Number.isNaN(at.getTime()) ? at.toISOString() : null;
}

/** What others offer, as the address says it: not accepted yet, or rejected. @type {Record<string, string>} */
const ANSWERS = { offered: "pending", rejected: "rejected" };

/** What is asked of the API for what the address says. @param {URLSearchParams} query */
function asked(query) {
  const own = query.get("own") ?? "";
  return {
    name: query.get("q"),
    resource_id: query.get("resource_id"),
    resource_name: query.get("resource"),
    vault_id: query.get("vault_id"),
    status: query.get("status"),
    own_type: ANSWERS[own] ? "shared" : own,
    member_status: ANSWERS[own],
    image_type: query.get("kind"),
    checkpoint_id: query.get("checkpoint_id"),
    start_time: edge(query.get("from"), "00:00:00"),
    end_time: edge(query.get("to"), "23:59:59.999"),
  };
}

export function Backups() {
  const { query } = useRoute();
  const sort = query.get("sort") ?? "created_at";
  const dir = query.get("dir") ?? "desc";
  const filters = asked(query);
  const wanted = { ...filters, sort: `${sort}:${dir}`, limit: LIMIT, offset: query.get("offset") ?? 0 };
  const list = useData((signal) => get("backups", wanted, signal), [JSON.stringify(wanted)]);
  const vaults = useData((signal) => get("vaults", { limit: MANY, sort: "name:asc" }, signal), []);
  useReloadOnTasks(list.reload, () => true, 2000);
  const { own_type, member_status, ...others } = filters;
  const narrowed = Object.values(others).some(Boolean);
  const lead = t("Each is one resource at one moment. Open one to look into it and get files out.");
  return html`<${Page} title=${t("Backups")} lead=${lead}>
    ${member_status !== "pending" && html`<${Offers} />`}
    <${Filters} query=${query} vaults=${vaults.data?.vaults ?? []} first=${list.data?.backups[0]} />
    <${Shown} of=${list} lines=${8}>
      ${(/** @type {Json} */ data) => html`
        <${Table} caption=${t("Backups")} rows=${data.backups} sorted=${{ key: sort, dir }} columns=${columns(vaults.data?.vaults ?? [], member_status)}
          empty=${narrowed ? html`<${NoneFits} />` : own_type === "shared" ? html`<${NoneShared} />` : html`<${None} />`} />
        ${data.count > 0 && html`<${Pager} count=${data.count} limit=${LIMIT} offset=${data.offset} />`}
      `}
    </${Shown}>
  </${Page}>`;
}

/** What was typed goes into the address once nobody types for a moment. @param {{label: string, name: string, query: URLSearchParams}} props */
function Typed({ label, name, query }) {
  const given = query.get(name) ?? "";
  const [text, set] = useState(given);
  const settled = useSettled(text, 250);
  useEffect(() => set(given), [given]);
  useEffect(() => {
    if (settled !== given && settled === text) narrow({ [name]: settled, offset: null });
  }, [settled]);
  return html`<${Field} label=${label} type="search" value=${text} onInput=${set} autocomplete="off" />`;
}

/** @param {{query: URLSearchParams, vaults: Json[], first?: Json}} props */
function Filters({ query, vaults, first }) {
  /** @param {string} name */
  const into = (name) => (/** @type {string} */ value) => narrow({ [name]: value, offset: null });
  const statuses = [
    ["", t("Any status")],
    ["available", t("Available")],
    ["error", t("Error")],
    ["protecting,waiting_protect", t("Being backed up")],
    ["restoring,waiting_restore", t("Being restored")],
    ["deleting,waiting_delete", t("Being deleted")],
  ];
  const kinds = [
    ["", t("Any kind")],
    ["backup", t("Backups")],
    ["replication", t("Replicas")],
  ];
  const owners = [
    ["", t("This project's")],
    ["shared", t("Shared with us")],
    ["offered", t("Offered to us")],
    ["rejected", t("Rejected by us")],
    ["all_granted", t("Both")],
  ];
  const places = [["", t("Any vault")], ...vaults.map((one) => [one.id, one.name])];
  const resource = query.get("resource_id");
  return html`<search class="filters backup-filters" aria-label=${t("Narrow the list")}>
    <${Typed} label=${t("Name")} name="q" query=${query} />
    ${
      resource
        ? html`<div class="field"><span class="label">${t("Resource")}</span>
          <button type="button" class="secondary outline" title=${t("Show all resources")} onClick=${() => narrow({ resource_id: null, offset: null })}>
            <bdi>${first?.resource_id === resource ? first.resource_name : resource.slice(0, 8)}</bdi><${Icon} name="x" />
          </button></div>`
        : html`<${Typed} label=${t("Resource")} name="resource" query=${query} />`
    }
    <${Choice} label=${t("Vault")} value=${query.get("vault_id") ?? ""} options=${places} onInput=${into("vault_id")} />
    <${Choice} label=${t("Status")} value=${query.get("status") ?? ""} options=${statuses} onInput=${into("status")} />
    <${Choice} label=${t("Kind")} value=${query.get("kind") ?? ""} options=${kinds} onInput=${into("kind")} />
    <${Choice} label=${t("Whose")} value=${query.get("own") ?? ""} options=${owners} onInput=${into("own")} />
    <${Field} label=${t("From")} type="date" value=${query.get("from") ?? ""} onInput=${into("from")} />
    <${Field} label=${t("To")} type="date" value=${query.get("to") ?? ""} onInput=${into("to")} />
  </search>`;
}

function NoneFits() {
  return html`<${Empty} icon="search" title=${t("No backup fits the filters")} action=${html`<a role="button" class="secondary outline" href=${href("backups")}>${t("Show all backups")}</a>`}>
    ${t("Take a filter away, or choose another time.")}</${Empty}>`;
}

function NoneShared() {
  return html`<${Empty} icon="users" title=${t("There is no such backup of another project")} action=${html`<a role="button" class="secondary outline" href=${href("backups")}>${t("Show this project's backups")}</a>`}>
    ${t("What another project offers to this one is here: accept it, and it can be restored in this project.")}</${Empty}>`;
}

function None() {
  return html`<${Empty} icon="archive" title=${t("There is no backup yet")} action=${html`<a role="button" href=${href("resources")}>${t("Go to the resources")}</a>`}>
    ${t("Put a resource into a vault, and back it up by hand or by a policy. Its backups are here then.")}</${Empty}>`;
}

/** What a backup is, of what, and where. @param {Map<string, string>} names of vaults */
function what(names) {
  return [
    {
      title: t("Name"),
      sort: "name",
      class: "backup-name",
      cell: (/** @type {Json} */ one) => html`<div>
        <a href=${href(["backups", one.id])}><bdi>${one.name}</bdi></a>
        <span class="faint small backup-line">${isForeign(one) ? t("Shared by {project}", { project: nameOf(one.project_id) }) : origin(one)}</span></div>`,
    },
    {
      title: t("Resource"),
      class: "backup-of",
      cell: (/** @type {Json} */ one) => html`<div>
        <${Resource} of=${one} />
        <span class="faint small backup-line">${kind(one.resource_type)}</span></div>`,
    },
    {
      title: t("Vault"),
      class: "backup-of",
      cell: (/** @type {Json} */ one) =>
        one.vault_id
          ? html`<a href=${href(["vaults", one.vault_id])}>${names.get(one.vault_id) ?? one.vault_id.slice(0, 8)}</a>`
          : "–",
    },
  ];
}

/** @param {Json[]} vaults @param {string | undefined} answer what this project said to those that others offer */
function columns(vaults, answer) {
  return [
    ...what(new Map(vaults.map((one) => [one.id, one.name]))),
    {
      title: t("Taken"),
      sort: "created_at",
      class: "nowrap",
      cell: (/** @type {Json} */ one) => html`<${When} at=${taken(one)} />`,
    },
    {
      title: t("Size"),
      number: true,
      cell: (/** @type {Json} */ one) => html`<div>${size(one)}
        <span class="faint small backup-line" title=${t("What the vault grew by for this backup")}>${one.holdfast?.stored_bytes && !isForeign(one) ? `+ ${bytes(one.holdfast.stored_bytes)}` : ""}</span></div>`,
    },
    {
      title: t("Status"),
      sort: "status",
      cell: (/** @type {Json} */ one) => (answer ? html`<${Answer} is=${answer} />` : html`<${Condition} of=${one} />`),
    },
    { title: t("Kept until"), cell: (/** @type {Json} */ one) => html`<div><${Kept} of=${one} /></div>` },
    ...(mayChange() && !answer ? [{ title: t("Restore"), class: "row-act", cell: restoring }] : []),
  ];
}

/** @param {Json} one */
function restoring(one) {
  if (one.status !== "available") return "";
  const label = t("Restore {name}", { name: one.name });
  return html`<a role="button" class="secondary outline small" href=${href("restore", { backup_id: one.id })} aria-label=${label} title=${label}><${Icon} name="rotate-ccw" /></a>`;
}
