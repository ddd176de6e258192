// Why a task waits, why it did not end well, and what is odd about one that did: each with what to do.
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { explained, outcome, waits } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{task: Json}} props */
export function Waits({ task }) {
  const because = task.holdfast.waits_because;
  if (!because) return null;
  return html`<${Card} title=${t("Why it waits")} class="cause calm">
    <p>${waits(because)}${because.until && html` ${t("It is over at")} <${When} at=${because.until} />.`}</p>
    <p class="actions">
      ${because.task_id && html`<a href=${href(["tasks", because.task_id])}>${t("The task that is in its way")}</a>`}
      ${["maintenance_window", "vault_limit", "vault_deleting", "vault_busy"].includes(because.reason) && task.vault_id && html`<a href=${href(["vaults", task.vault_id])}>${t("The vault")}</a>`}
    </p>
  </${Card}>`;
}

/** @param {{task: Json}} props */
export function Bad({ task }) {
  const { code, message } = task.error_info;
  if (!code && !message) return null;
  const calm = task.status === "skipped" || outcome(task) === "cancelled";
  const { what, next } = explained(task.error_info);
  return html`<${Card} title=${calm ? t("What happened") : t("What went wrong")} class=${calm ? "cause calm" : "cause bad"}>
    <p class="what">${what}</p>
    <p><${Icon} name="arrow-right" /> ${next}</p>
    <p class="message mono">${message}</p>
    <p class="faint small">${code} · <a href=${href("tasks", { error_code: code })}>${t("Tasks that ended like this")}</a></p>
  </${Card}>`;
}

/** @param {{task: Json}} props */
export function Odd({ task }) {
  if (!task.holdfast.flags.includes("suspiciously_small")) return null;
  return html`<${Card} title=${t("Suspiciously small")} class="cause warn">
    <p>${t("This backup holds less than half of what is usual for the resource. It is good and can be restored; but look whether the data is still where it was: an emptied folder, or one whose disk is not mounted, looks like this.")}</p>
    <p class="actions">
      <a href=${href(["resources", task.extra_info.resource.id])}>${t("Look at the resource")}</a>
      <a href=${href("backups", { resource_id: task.extra_info.resource.id })}>${t("Its earlier backups")}</a>
    </p>
  </${Card}>`;
}
