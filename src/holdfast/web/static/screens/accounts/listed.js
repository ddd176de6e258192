// A list of what the domain has: narrowed by name and state, a page at a time.
import { narrow, useRoute } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Choice, Field } from "../../parts/form.js";
import { Pager, Table } from "../../parts/table.js";

const LIMIT = 50;

/** What narrows it. @param {{children?: any}} props `children` stand at the end */
export function Narrowing({ children }) {
  const { query } = useRoute();
  return html`<div class="filters account-filters">
    <${Field} label=${t("Search by name")} type="search" value=${query.get("q") ?? ""} onInput=${(/** @type {string} */ q) => narrow({ q, offset: null })} />
    <${Choice} label=${t("State")} value=${query.get("state") ?? ""} onInput=${(/** @type {string} */ state) => narrow({ state, offset: null })}
      options=${[["", t("All")], ["enabled", t("Enabled")], ["disabled", t("Disabled")]]} />
    ${children}
  </div>`;
}

/** What fits. @param {{caption: string, all: {enabled: boolean}[], text: (one: any) => string, columns: import("../../parts/table.js").Column[], empty: any}} props `text` is what is searched */
export function Fitting({ caption, all, text, columns, empty }) {
  const { query } = useRoute();
  const q = (query.get("q") ?? "").toLowerCase();
  const state = query.get("state");
  const offset = Number(query.get("offset")) || 0;
  const found = all.filter(
    (one) => text(one).toLowerCase().includes(q) && (!state || one.enabled === (state === "enabled")),
  );
  return html`
    <${Table} caption=${caption} rows=${found.slice(offset, offset + LIMIT)} columns=${columns} empty=${empty} />
    <${Pager} count=${found.length} limit=${LIMIT} offset=${offset} />
  `;
}
