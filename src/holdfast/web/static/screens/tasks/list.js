// All tasks: found, followed as they go on, and exported.
import { address } from "../../core/api.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useMemo } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Empty, Page, Shown } from "../../parts/basics.js";
import { Choice } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { Chips } from "./chips.js";
import { Drop } from "./drop.js";
import { useFeed } from "./feed.js";
import { Filters } from "./filters.js";
import { useKeys } from "./keys.js";
import { remember } from "./names.js";
import { Pages } from "./pages.js";
import { FIRST, filters, order, wanted } from "./query.js";
import { columns } from "./row.js";
import { Sum } from "./sum.js";

/** @typedef {import("./feed.js").Feed} Feed */

export function List() {
  const { query } = useRoute();
  const told = JSON.stringify(filters(query));
  const asked = useMemo(() => wanted(query), [told]);
  const sorted = order(query);
  const feed = useFeed({ asked, order: sorted, marker: query.get("marker") ?? "" });
  useKeys();
  const rows = feed.data?.rows;
  useEffect(() => {
    for (const row of rows ?? []) {
      remember(row.vault_id, row.vault_name);
      remember(row.extra_info.resource.id, row.extra_info.resource.name);
    }
  }, [rows]);
  const leave = html`<${Export} asked=${asked} order=${sorted} count=${feed.data?.count ?? 0} />`;
  return html`<${Page} title=${t("Tasks")} lead=${t("All backups, restores and other work: what waits, what runs, and what became of it.")} actions=${leave}>
    <${Filters} />
    <${Chips} />
    <${Sum} asked=${asked} />
    <${Shown} of=${feed} lines=${8}>${(/** @type {Feed} */ data) => html`<${Found} feed=${data} query=${query} reload=${feed.reload} busy=${feed.loading} />`}</${Shown}>
  </${Page}>`;
}

/** @param {{feed: Feed, query: URLSearchParams, reload: () => void, busy: boolean}} props */
function Found({ feed, query, reload, busy }) {
  const { sort_key: key, sort_dir: dir } = order(query);
  const shown = useMemo(() => columns(key), [key]);
  const newest = () => {
    narrow({ ...FIRST, sort: null, dir: null });
    reload();
  };
  const empty = html`<${None} query=${query} />`;
  return html`
    <div class="list-head">
      <p class="task-count" role="status">${tn(feed.count, "{n} task", "{n} tasks")}${busy && html`<span class="faint"> · ${t("looking again")}</span>`}</p>
      ${feed.fresh.length > 0 && html`<button type="button" class="small" onClick=${newest}><${Icon} name="arrow-up" />${tn(feed.fresh.length, "{n} new task: show", "{n} new tasks: show")}</button>`}
      <${Order} value=${`${key}:${dir}`} />
    </div>
    <div class="tasks">
      <${Table} caption=${t("Tasks")} columns=${shown} rows=${feed.rows} sorted=${{ key, dir }} empty=${empty} />
    </div>
    <${Pages} feed=${feed} query=${query} />
    ${feed.rows.length > 0 && html`<p class="keys faint small">${t("Keys: / searches, j and k go down and up, Enter opens.")}</p>`}
  `;
}

/** @param {{value: string}} props */
function Order({ value }) {
  const options = /** @type {[string, string][]} */ ([
    ["created_at:desc", t("Newest first")],
    ["created_at:asc", t("Oldest first")],
    ["started_at:desc", t("Last started first")],
    ["started_at:asc", t("First started first")],
    ["ended_at:desc", t("Last ended first")],
    ["ended_at:asc", t("First ended first")],
    ["status:asc", t("By status")],
    ["status:desc", t("By status, backwards")],
    ["operation_type:asc", t("By kind")],
    ["operation_type:desc", t("By kind, backwards")],
  ]);
  const choose = (/** @type {string} */ chosen) => {
    const [sort, dir] = chosen.split(":");
    narrow({ ...FIRST, sort: sort === "created_at" ? null : sort, dir: dir === "desc" ? null : dir });
  };
  return html`<${Choice} label=${t("Order")} unseen value=${value} options=${options} onInput=${choose} />`;
}

/** @param {{query: URLSearchParams}} props */
function None({ query }) {
  const narrowed = Object.values(filters(query)).some((all) => all.length);
  if (query.get("marker"))
    return html`<${Empty} icon="list-checks" title=${t("The list ends before this page")} action=${html`<a href=${href("tasks")}>${t("To the newest tasks")}</a>`} />`;
  if (narrowed)
    return html`<${Empty} icon="search" title=${t("No task fits")} action=${html`<a role="button" class="secondary outline" href=${href("tasks")}>${t("Show all tasks")}</a>`}>
      ${t("Take a filter away, or look at a longer time.")}
    </${Empty}>`;
  return html`<${Empty} icon="list-checks" title=${t("Nothing has been asked for yet")} action=${html`<a role="button" href=${href("vaults")}>${t("To the vaults")}</a>`}>
    ${t("Back up a vault, and its tasks appear here as they happen.")}
  </${Empty}>`;
}

/** @param {{asked: import("./query.js").Wanted, order: {sort_key: string, sort_dir: string}, count: number}} props */
function Export({ asked, order, count }) {
  const link = (/** @type {string} */ format) => address("operation-logs/export", { ...asked, ...order, format });
  return html`<${Drop} label=${t("Export")} icon="download" right>
    ${() => html`
      <p class="small">${tn(count, "The {n} task that fits, in this order.", "All {n} tasks that fit, in this order.")}</p>
      <div class="actions">
        <a role="button" class="secondary outline small" href=${link("csv")} download><${Icon} name="download" />CSV</a>
        <a role="button" class="secondary outline small" href=${link("ndjson")} download><${Icon} name="download" />NDJSON</a>
      </div>
    `}
  </${Drop}>`;
}
