// What became of all that fits, added up by the server when it is asked for: the list waits for none of it.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, number, operation, percent, span, time } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Shown, Status, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { Days } from "./days.js";
import { STATUSES } from "./filters.js";
import { filters } from "./query.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{asked: import("./query.js").Wanted}} props */
export function Sum({ asked }) {
  const { query } = useRoute();
  const open = query.get("sum") === "1";
  const follow = (/** @type {any} */ event) => {
    if (event.currentTarget.open !== open) narrow({ sum: event.currentTarget.open ? "1" : null });
  };
  return html`<details class="sum" open=${open} onToggle=${follow}>
    <summary><${Icon} name="chart-line" />${t("Sum up")}</summary>
    ${open && html`<${Summed} asked=${asked} />`}
  </details>`;
}

/** @param {{asked: import("./query.js").Wanted}} props */
function Summed({ asked }) {
  const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const load = (/** @type {AbortSignal} */ signal) =>
    get("operation-logs/summary", { ...asked, timezone, top: 5 }, signal);
  const found = useData(load, [JSON.stringify(asked)]);
  return html`<${Shown} of=${found} lines=${4}>${(/** @type {Json} */ told) => html`<${Figures} summary=${told.summary} again=${found.reload} />`}</${Shown}>`;
}

/** @param {{summary: Json, again: () => void}} props */
function Figures({ summary, again }) {
  const { durations } = summary;
  const tiles = /** @type {[string, string, string][]} */ ([
    [t("Success rate"), percent(summary.success_rate, 1), tn(summary.count, "of {n} task", "of {n} tasks")],
    [
      t("Half took at most"),
      span(durations.median_seconds),
      t("95 of 100: {span}", { span: span(durations.p95_seconds) }),
    ],
    [t("Longest"), span(durations.longest_seconds), t("on average {span}", { span: span(durations.mean_seconds) })],
    [t("Data moved"), bytes(summary.bytes_done), t("stored anew: {size}", { size: bytes(summary.bytes_stored) })],
  ]);
  return html`
    <p class="faint small">
      ${summary.span.is_default ? t("Of the last 30 days.") : null} <${When} at=${summary.as_of}>${t("Added up at {at}.", { at: time(summary.as_of, { timeStyle: "medium" }) })}</${When}>
      <button type="button" class="plain task-link" onClick=${again}>${t("Add up again")}</button>
    </p>
    <div class="grid-4 sum-tiles">
      ${tiles.map(([name, value, more]) => html`<div key=${name} class="tile"><span class="faint small">${name}</span><span class="value">${value}</span><span class="faint small">${more}</span></div>`)}
    </div>
    <${Statuses} statuses=${summary.statuses} />
    <${Days} days=${summary.by_day} />
    <div class="grid-2">
      <${Errors} errors=${summary.by_error_code} />
      <${Longest} tasks=${summary.longest} />
    </div>
  `;
}

/** How many ended how; each leads to them. @param {{statuses: Record<string, number>}} props */
function Statuses({ statuses }) {
  const { query } = useRoute();
  return html`<ul class="sum-statuses" aria-label=${t("By status")}>
    ${STATUSES.filter((one) => statuses[one]).map(
      (one) =>
        html`<li key=${one}><a href=${href("tasks", { ...filters(query), sum: 1, status: one })}><${Status} is=${one} /> <strong>${number(statuses[one])}</strong></a></li>`,
    )}
  </ul>`;
}

/** @param {{errors: Json[]}} props */
function Errors({ errors }) {
  const { query } = useRoute();
  if (!errors.length) return null;
  return html`<section>
    <h2>${t("Errors, the most frequent first")}</h2>
    <ul class="lines">
      ${errors.map(
        (one) => html`<li key=${one.code}>
          <a href=${href("tasks", { ...filters(query), sum: 1, error_code: one.code })}>${number(one.count)} × ${one.code || t("without a code")}</a>
          <span class="faint small">${one.newest.message} · <${When} at=${one.newest.ended_at ?? one.newest.created_at} relative /></span>
        </li>`,
      )}
    </ul>
  </section>`;
}

/** @param {{tasks: Json[]}} props */
function Longest({ tasks }) {
  if (!tasks.length) return null;
  return html`<section>
    <h2>${t("The longest")}</h2>
    <ul class="lines">
      ${tasks.map(
        (one) => html`<li key=${one.id}>
          <a href=${href(["tasks", one.id])}>${span(one.seconds)} · ${operation(one.operation_type)} ${one.resource_name}</a>
          <span class="faint small">${one.vault_name} · <${When} at=${one.started_at} /></span>
        </li>`,
      )}
    </ul>
  </section>`;
}
