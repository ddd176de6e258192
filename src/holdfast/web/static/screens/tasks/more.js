// The rarer filters: by vault, resource, policy, kind of error, and by the ids that requests and logs name.
import { get } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { kind } from "../../core/format.js";
import { narrow, useRoute } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Shown } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { remember } from "./names.js";
import { FIRST, values } from "./query.js";

const TYPES = ["OS::Sfs::Turbo", "OS::Cinder::Volume", "OS::Nova::Server"];

/** One value more of a filter. @param {string} name @param {string} value */
function add(name, value) {
  const now = values(new URLSearchParams(location.hash.split("?")[1] ?? ""), name);
  if (value && !now.includes(value)) narrow({ [name]: [...now, value], ...FIRST });
}

export function More() {
  const { query } = useRoute();
  const type = values(query, "resource_type");
  const types = /** @type {[string, string][]} */ ([
    ["", t("Any")],
    ...[...new Set([...TYPES, ...type])].map((one) => [one, kind(one)]),
  ]);
  return html`
    <div class="two">
      <${Finder} label=${t("Vault")} path="vaults" list="vaults" filter="vault_id" />
      <${Finder} label=${t("Resource")} path="resources" list="resources" filter="resource_id" />
    </div>
    <div class="two">
      <${Policy} />
      <${Choice} label=${t("Kind of resource")} value=${type[0] ?? ""} options=${types} onInput=${(/** @type {string} */ one) => narrow({ resource_type: one, ...FIRST })} />
    </div>
    <${Ids} />
  `;
}

/** Finds by name, on the server. @param {{label: string, path: string, list: string, filter: string}} props */
function Finder({ label, path, list, filter }) {
  const [typed, type] = useState("");
  const settled = useSettled(typed);
  const found = useData(
    async (signal) => (settled ? (await get(path, { name: settled, limit: 6 }, signal))[list] : []),
    [settled],
  );
  const choose = (/** @type {{id: string, name: string}} */ one) => {
    remember(one.id, one.name);
    add(filter, one.id);
    type("");
  };
  return html`<div class="finder">
    <${Field} label=${label} value=${typed} onInput=${type} placeholder=${t("Type a part of the name")} autocomplete="off" />
    ${
      settled &&
      typed &&
      html`<${Shown} of=${found} lines=${1}>${(/** @type {{id: string, name: string}[]} */ rows) =>
        rows.length
          ? html`<ul>${rows.map((one) => html`<li key=${one.id}><button type="button" class="plain" onClick=${() => choose(one)}>${one.name}</button></li>`)}</ul>`
          : html`<p class="faint small">${t("Nothing has this in its name.")}</p>`}</${Shown}>`
    }
  </div>`;
}

/** There are few policies: they fit into one list. */
function Policy() {
  const { query } = useRoute();
  const found = useData((signal) => get("policies", { limit: 100 }, signal), []);
  const policies = found.data?.policies ?? [];
  for (const one of policies) remember(one.id, one.name);
  const options = /** @type {[string, string][]} */ ([
    ["", t("Any")],
    ...policies.map((/** @type {any} */ one) => [one.id, one.name]),
  ]);
  return html`<${Choice} label=${t("Policy")} value=${values(query, "policy_id")[0] ?? ""} options=${options} onInput=${(/** @type {string} */ one) => narrow({ policy_id: one, ...FIRST })} />`;
}

/** @returns {[string, string][]} */
export const ids = () => [
  ["error_code", t("Error code")],
  ["request_id", t("Request")],
  ["parent_id", t("Once more of task")],
  ["checkpoint_id", t("Checkpoint")],
  ["backup_id", t("Backup (id)")],
  ["resource_id", t("Resource (id)")],
];

/** An exact code or id, as it was copied from a log or a message. */
function Ids() {
  const [name, setName] = useState("error_code");
  const [value, setValue] = useState("");
  const apply = (/** @type {Event} */ submitted) => {
    submitted.preventDefault();
    for (const one of value.split(/[\s,]+/)) add(name, one);
    setValue("");
  };
  return html`<form class="two task-ids" onSubmit=${apply}>
    <${Choice} label=${t("Exactly")} value=${name} options=${ids()} onInput=${setName} />
    <${Field} label=${t("Code or id")} value=${value} onInput=${setValue} autocomplete="off" placeholder=${name === "error_code" ? "BackupService.6302" : ""} />
    <button type="submit" class="secondary outline" disabled=${!value.trim()}>${t("Add")}</button>
  </form>`;
}
