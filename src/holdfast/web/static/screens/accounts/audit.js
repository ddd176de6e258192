// Who asked for what: every call that changed something, newest first.
import { get, project } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Empty, Shown, When } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { deed } from "./deeds.js";

const LIMIT = 50;
const FILTERS = /** @type {const} */ (["user", "method", "request_id", "since", "before"]);

/** @returns {[string, string][]} */
const methods = () => [
  ["", t("All")],
  ["POST", t("Made or begun (POST)")],
  ["PUT", t("Changed (PUT)")],
  ["PATCH", t("Changed (PATCH)")],
  ["DELETE", t("Deleted (DELETE)")],
  ["GET", t("Was told a password (GET)")],
  ["FIRE", t("A policy came due (FIRE)")],
  ["EXPIRE", t("Backups expired (EXPIRE)")],
];

export function Audit() {
  const { query } = useRoute();
  const asked = Object.fromEntries(FILTERS.map((name) => [name, query.get(name)]));
  const marker = query.get("marker");
  const inputs = [...FILTERS.map((name) => asked[name]), marker];
  const found = useData((signal) => get("holdfast/audit", { ...asked, marker, limit: LIMIT }, signal), inputs);
  const filtered = FILTERS.some((name) => asked[name]);
  const nothing = html`<${Empty} icon="history" title=${filtered ? t("No entry fits") : t("Nothing was changed yet")}>
    ${filtered ? t("Names and request ids must be whole. Take back a filter to see more.") : t("Each call that changes something in this project leaves an entry here.")}
  </${Empty}>`;
  return html`
    <${Filters} asked=${asked} />
    <${Shown} of=${found} lines=${8}>
      ${(/** @type {any} */ told) => html`
        <${Table} caption=${t("Audit trail")} rows=${told.audit} columns=${columns()} empty=${nothing} />
        ${
          (marker || told.next_marker) &&
          html`<nav class="pager" aria-label=${t("Pages")}>
            <button type="button" class="secondary outline small" disabled=${!marker} onClick=${() => narrow({ marker: null })}><${Icon} name="chevron-left" />${t("Newest")}</button>
            <button type="button" class="secondary outline small" disabled=${!told.next_marker} onClick=${() => narrow({ marker: told.next_marker })}>${t("Older")}<${Icon} name="chevron-right" /></button>
          </nav>`
        }
      `}
    </${Shown}>
  `;
}

/** @param {{asked: Record<string, string | null>}} props */
function Filters({ asked }) {
  return html`<div class="filters account-filters">
    <${Typed} name="user" label=${t("User (name or id)")} value=${asked.user ?? ""} />
    <${Choice} label=${t("What was done")} value=${asked.method ?? ""} options=${methods()} onInput=${(/** @type {string} */ method) => narrow({ method, marker: null })} />
    <${Typed} name="request_id" label=${t("Request id")} value=${asked.request_id ?? ""} />
    <${Moment} name="since" label=${t("From")} value=${asked.since} />
    <${Moment} name="before" label=${t("Until")} value=${asked.before} />
    ${
      Object.values(asked).some(Boolean) &&
      html`<a role="button" class="secondary outline" href=${href("accounts", { tab: "audit" })}>${t("All entries")}</a>`
    }
  </div>`;
}

/** Asked for when nobody types any more. @param {{name: string, label: string, value: string}} props */
function Typed({ name, label, value }) {
  const [text, setText] = useState(value);
  const settled = useSettled(text, 400);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (settled !== value && settled === text) narrow({ [name]: settled.trim(), marker: null });
  }, [settled]);
  return html`<${Field} label=${label} type="search" value=${text} onInput=${setText} />`;
}

/** The address has UTC, the field the viewer's zone. @param {{name: string, label: string, value: string | null}} props */
function Moment({ name, label, value }) {
  const at = value ? new Date(value) : null;
  const here =
    at && !Number.isNaN(at.getTime())
      ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
      : "";
  /** @param {string} text */
  const pick = (text) => narrow({ [name]: text ? new Date(text).toISOString().slice(0, 19) : null, marker: null });
  return html`<${Field} label=${label} type="datetime-local" value=${here} onInput=${pick} />`;
}

/** @returns {import("../../parts/table.js").Column[]} */
function columns() {
  return [
    { title: t("When"), class: "nowrap", cell: (one) => html`<${When} at=${one.at} />` },
    {
      title: t("Who"),
      class: "nowrap",
      cell: (one) =>
        html`<a href=${href("accounts", { tab: "audit", user: one.user.id || one.user.name })}>${one.user.name}</a>`,
    },
    {
      title: t("What was done"),
      class: "wide",
      cell: (one) =>
        html`<div class="audit-call">
        <span>${deed(one) || html`<span class="account-chip">${one.method}</span>`}</span>
        <span class="mono faint">${one.method} ${one.path.replace(`/v3/${project()}`, "")}</span>
      </div>`,
    },
    {
      title: t("Request"),
      class: "nowrap",
      cell: (one) => html`<span>
        <a class="mono" href=${href("tasks", { request_id: one.request_id })}>${one.request_id.slice(0, 12)}…</a>
        ${one.task_ids.length > 0 && html` <span class="faint nowrap">${tn(one.task_ids.length, "{n} task", "{n} tasks")}</span>`}
      </span>`,
    },
  ];
}
