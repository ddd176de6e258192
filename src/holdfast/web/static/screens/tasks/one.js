// All about one task, as it goes on.

import { get, mayChange, post } from "../../core/api.js";
import { copy as copied } from "../../core/clipboard.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { useLive } from "../../core/live.js";
import { go, href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Page, Shown, Trouble } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { About, Data, Raw } from "./about.js";
import { Bad, Odd, Waits } from "./causes.js";
import { further, renewed } from "./feed.js";
import { Now } from "./now.js";
import { Related } from "./related.js";
import { title, unended } from "./told.js";
import { Warnings } from "./warnings.js";

/** @typedef {import("../../core/api.js").Json} Json */

const WAITING_ASKS_AFTER = 15_000;
const RETRIABLE = ["failed", "timeout", "skipped"];

/** @param {{id: string}} props */
export function One({ id }) {
  const found = useData(
    async (signal) => /** @type {Json} */ ((await get(["operation-logs", id], {}, signal)).operation_log),
    [id],
  );
  const task = found.data;
  const waiting = task?.status === "waiting" || Boolean(task?.holdfast.waits_because);
  useLive(({ type, data }) => {
    if (type === "hello" || type === "reset") found.reload();
    if (type === "progress") found.change((before) => further(before, data));
    if (type === "task" && data.task_id === id && data.operation_log)
      found.change((before) => renewed(before, data.operation_log));
  });
  useReloadOnTasks(found.reload, () => waiting, 2000);
  useEffect(() => {
    if (!waiting) return;
    const timer = setInterval(found.reload, WAITING_ASKS_AFTER);
    return () => clearInterval(timer);
  }, [waiting]);
  const above = html`<a href=${href("tasks")}>${t("Tasks")}</a>`;
  return html`<${Page} title=${task ? title(task) : t("Task")} above=${above} actions=${task && html`<${Actions} task=${task} />`}>
    <${Shown} of=${found} lines=${8}>${(/** @type {Json} */ shown) => html`<${Told} task=${shown} />`}</${Shown}>
  </${Page}>`;
}

/** @param {{task: Json}} props */
function Told({ task }) {
  return html`
    <${Now} task=${task} />
    <${Waits} task=${task} />
    <${Bad} task=${task} />
    <${Odd} task=${task} />
    <div class="grid-2">
      <${About} task=${task} />
      <div><${Data} task=${task} /><${Related} task=${task} /></div>
    </div>
    <${Warnings} key=${task.id} task=${task} />
    <${Raw} task=${task} />
  `;
}

/** @param {{task: Json}} props */
function Actions({ task }) {
  const [asking, ask] = useState(false);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const cancel = async () => {
    await post(["operation-logs", task.id, "cancel"]);
    ask(false);
    notice(t("The task is being cancelled."));
  };
  const retry = async () => {
    setError(undefined);
    try {
      const made = await post(["operation-logs", task.id, "retry"]);
      notice(t("This is the new task; it is followed here."));
      go(["tasks", made.operation_log.id]);
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const copy = async () => {
    await copied(task.id);
    notice(t("The id is copied."));
  };
  return html`
    <button type="button" class="secondary outline" onClick=${copy}><${Icon} name="copy" />${t("Copy id")}</button>
    ${mayChange() && unended(task) && html`<button type="button" class="danger outline" onClick=${() => ask(true)}><${Icon} name="circle-slash" />${t("Cancel the task")}</button>`}
    ${mayChange() && RETRIABLE.includes(task.status) && html`<${Act} icon="rotate-ccw" onClick=${retry}>${t("Retry")}</${Act}>`}
    <${Trouble} error=${error} />
    ${asking && html`<${Stop} task=${task} onClose=${() => ask(false)} onConfirm=${cancel} />`}
  `;
}

/** @param {{task: Json, onClose: () => void, onConfirm: () => Promise<void>}} props */
function Stop({ task, onClose, onConfirm }) {
  const restoring = task.operation_type === "restore" && task.status === "running";
  return html`<${Confirm} title=${t("Cancel this task?")} action=${t("Cancel the task")} dangerous onClose=${onClose} onConfirm=${onConfirm}>
    <p><strong>${title(task)}</strong></p>
    <p>${restoring ? t("It stops where it is. What is restored so far stays where it was written.") : t("It stops where it is, and what it has written to the vault is cleared away. It can be retried later.")}</p>
    ${task.operation_type === "vault_delete" && task.status === "running" && html`<p>${t("A vault whose deletion is cancelled in the middle can only be deleted.")}</p>`}
  </${Confirm}>`;
}
