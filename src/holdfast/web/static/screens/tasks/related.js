// What belongs together with a task: its run, its request, and tries before and after it.
import { get } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Shown, Status, When } from "../../parts/basics.js";
import { outcome, unended } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{task: Json}} props */
export function Related({ task }) {
  const request = task.extra_info.common.request_id;
  const before = task.holdfast.parent_id;
  return html`<${Card} title=${t("What belongs to it")}>
    <ul class="lines">
      ${before && html`<li><a href=${href(["tasks", before])}>${task.holdfast.retry_of ? t("The task that this one does once more") : t("The task that this one belongs to")}</a></li>`}
      ${!unended(task) && html`<${Retries} task=${task} />`}
      ${task.checkpoint_id && html`<li><a href=${href("tasks", { checkpoint_id: task.checkpoint_id })}>${t("All tasks of this run")}</a></li>`}
      ${request && html`<li><a href=${href("tasks", { request_id: request })}>${t("All tasks of the same request")}</a></li>`}
      <li><a href=${href("tasks", { resource_id: task.extra_info.resource.id })}>${t("All tasks of the resource")}</a></li>
    </ul>
    ${request && html`<${Audit} request=${request} />`}
  </${Card}>`;
}

/** Tasks that do this one once more. @param {{task: Json}} props */
function Retries({ task }) {
  const query = { parent_id: task.id, limit: 5, fields: "status,created_at,holdfast" };
  const found = useData((signal) => get("operation-logs", query, signal), [task.id]);
  useReloadOnTasks(found.reload, ({ operation_log: log }) => log?.holdfast.parent_id === task.id);
  return (found.data?.operation_logs ?? []).map(
    (/** @type {Json} */ one) =>
      html`<li key=${one.id}><a href=${href(["tasks", one.id])}>${t("Done once more")} <${When} at=${one.created_at} /></a> <${Status} is=${outcome(one)} /></li>`,
  );
}

/** Who asked for it, by which call; looked up when it is opened. @param {{request: string}} props */
function Audit({ request }) {
  const [open, set] = useState(false);
  return html`<details class="audit" onToggle=${(/** @type {any} */ event) => set(event.currentTarget.open)}>
    <summary>${t("The request in the audit trail")}</summary>
    ${open && html`<${Entries} request=${request} />`}
  </details>`;
}

/** @param {{request: string}} props */
function Entries({ request }) {
  const found = useData((signal) => get("holdfast/audit", { request_id: request }, signal), [request]);
  return html`<${Shown} of=${found} lines=${1}>${(/** @type {Json} */ told) =>
    told.audit.length
      ? told.audit.map(
          (/** @type {Json} */ one) =>
            html`<p key=${one.id}><strong>${one.user.name}</strong> · <${When} at=${one.at} /><br /><span class="mono">${one.method} ${one.path}</span></p>`,
        )
      : html`<p class="faint">${t("The trail has no entry of it.")}</p>`}</${Shown}>`;
}
