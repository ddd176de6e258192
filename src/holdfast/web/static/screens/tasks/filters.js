// What narrows the list: all of it stands in the address.
import { useSettled } from "../../core/data.js";
import { operation } from "../../core/format.js";
import { narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Status } from "../../parts/basics.js";
import { Check } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Drop } from "./drop.js";
import { More } from "./more.js";
import { BOUNDS, FIRST, MANY, values } from "./query.js";
import { Span } from "./span.js";

export const STATUSES = ["waiting", "running", "success", "failed", "timeout", "skipped"];
const OPERATIONS = [
  "backup",
  "restore",
  "replication",
  "delete",
  "remove_resource",
  "migrate_resources",
  "sync",
  "update_expiration_time",
  "vault_delete",
  "copy",
];
const MORE = MANY.filter((name) => !["status", "operation_type"].includes(name));

/** One value more or less of a filter. @param {string} name @param {string} value @param {URLSearchParams} query */
export function toggle(name, value, query) {
  const before = values(query, name);
  const next = before.includes(value) ? before.filter((one) => one !== value) : [...before, value];
  narrow({ [name]: next, ...FIRST });
}

export function Filters() {
  const { query } = useRoute();
  const chosen = values(query, "operation_type");
  const spans = ["last", ...BOUNDS];
  return html`<search class="task-filters" aria-label=${t("Filters")}>
    <${Search} />
    <div class="actions">
      <${Drop} label=${t("Kind")} icon="list-checks" count=${chosen.length}>
        ${() => OPERATIONS.map((one) => html`<${Check} key=${one} label=${operation(one)} checked=${chosen.includes(one)} onInput=${() => toggle("operation_type", one, query)} />`)}
      </${Drop}>
      <${Drop} label=${t("When")} icon="clock" count=${spans.filter((one) => query.has(one)).length} wide>
        ${(/** @type {() => void} */ close) => html`<${Span} onDone=${close} />`}
      </${Drop}>
      <${Drop} label=${t("More filters")} icon="settings" count=${MORE.reduce((sum, name) => sum + values(query, name).length, 0)} wide>
        ${() => html`<${More} />`}
      </${Drop}>
    </div>
    <ul class="status-chips" aria-label=${t("Status")}>
      ${STATUSES.map((one) => {
        const on = values(query, "status").includes(one);
        return html`<li key=${one}><button type="button" class="task-chip" aria-pressed=${String(on)} onClick=${() => toggle("status", one, query)}><${Status} is=${one} /></button></li>`;
      })}
    </ul>
  </search>`;
}

/** Searches while one types, once one has paused for a moment. */
function Search() {
  const { query } = useRoute();
  const asked = query.get("q") ?? "";
  const [typed, type] = useState(asked);
  const settled = useSettled(typed);
  const told = useRef(asked);
  useEffect(() => {
    if (settled === told.current) return;
    told.current = settled;
    narrow({ q: settled, ...FIRST });
  }, [settled]);
  useEffect(() => {
    if (asked === told.current) return;
    told.current = asked;
    type(asked);
  }, [asked]);
  return html`<div class="search">
    <${Icon} name="search" />
    <input id="task-search" type="search" value=${typed} aria-label=${t("Search tasks")} aria-keyshortcuts="/"
      placeholder=${t("Name of a resource or vault, or words of an error")} onInput=${(/** @type {any} */ event) => type(event.target.value)} />
  </div>`;
}
