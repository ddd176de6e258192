// What runs now, and why what waits does: each row moves with the stream of events.
import { bytes, operation, percent, span } from "../../core/format.js";
import { useLive } from "../../core/live.js";
import { href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Bar, Card, Empty, Loading, Trouble } from "../../parts/basics.js";
import { MOST_ROWS } from "./asked.js";

/** @typedef {import("../../core/api.js").Json} Json */

const SHOWN = 4;

/** What is at work, kept up to date between two answers. @param {import("../../core/data.js").Data<Json>} current @returns {Json[]} */
export function useTasks(current) {
  const [tasks, set] = useState(/** @type {Json[]} */ ([]));
  useEffect(() => set(current.data?.operation_logs ?? []), [current.data]);
  useLive(({ type, data }) => {
    if (type === "progress") set((before) => before.map((one) => (one.id === data.task_id ? further(one, data) : one)));
    if (type === "task" && data.operation_log) set((before) => changed(before, data.operation_log));
  });
  return tasks;
}

/** @param {Json} task @param {Json} told @returns {Json} */
function further(task, { progress, phase, figures, status }) {
  const common = { ...task.extra_info.common, progress };
  return {
    ...task,
    status,
    extra_info: { ...task.extra_info, common },
    holdfast: { ...task.holdfast, phase, figures, waits_because: null },
  };
}

/** @param {Json[]} tasks @param {Json} now @returns {Json[]} */
function changed(tasks, now) {
  const others = tasks.filter((one) => one.id !== now.id);
  if (now.status === "running") return [...others, now];
  if (now.status !== "waiting") return others;
  return tasks.length < MOST_ROWS ? [...others, now] : tasks;
}

/** @param {{of: import("../../core/data.js").Data<Json>, tasks: Json[]}} props */
export function Now({ of, tasks }) {
  const running = tasks.filter((one) => one.status === "running");
  const waiting = tasks.filter((one) => one.status === "waiting");
  const more = Math.max(0, (of.data?.count ?? 0) - (of.data?.operation_logs.length ?? 0));
  const title = running.length ? tn(running.length, "{n} task runs now", "{n} tasks run now") : t("What runs now");
  return html`<${Card} title=${title} class="now-card" actions=${html`<a href=${href("tasks", { status: "running,waiting" })}>${t("All of them")}</a>`}>
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${!of.data && !of.error && html`<${Loading} lines=${2} />`}
    ${of.data && !tasks.length && html`<${Empty} icon="moon" title=${t("Nothing runs and nothing waits")}>${t("Backups that begin are seen here at once.")}</${Empty}>`}
    ${running.length > 0 && html`<ul class="overview-rows">${running.slice(0, SHOWN).map((task) => html`<${Running} key=${task.id} task=${task} />`)}</ul>`}
    ${running.length > SHOWN && html`<p class="and-more"><a href=${href("tasks", { status: "running" })}>${tn(running.length - SHOWN, "and {n} more", "and {n} more")}</a></p>`}
    ${(waiting.length > 0 || more > 0) && html`<${Waiting} tasks=${waiting} more=${more} />`}
  </${Card}>`;
}

/** @param {{task: Json}} props */
function Running({ task }) {
  const { progress } = task.extra_info.common;
  const { bytes_done: done, bytes_total: total, bytes_per_second: rate } = task.holdfast.figures;
  const name = nameOf(task);
  const left = rate > 0 && total > done ? t("about {span} left", { span: span((total - done) / rate) }) : "";
  const figures = [
    percent(progress / 100),
    total > 0 && t("{done} of {total}", { done: bytes(done), total: bytes(total) }),
    rate > 0 && t("{size} a second", { size: bytes(rate) }),
    left,
  ];
  return html`<li class="now-one">
    <a href=${href(["tasks", task.id])}>${operation(task.operation_type)} · ${name}</a>
    <span class="faint small">${figures.filter(Boolean).join(" · ")}</span>
    <${Bar} value=${progress} label=${t("Progress of {name}", { name })} />
  </li>`;
}

/** @param {{tasks: Json[], more: number}} props `more` are those that are not known one by one */
function Waiting({ tasks, more }) {
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const task of tasks) {
    const reason = task.holdfast.waits_because?.reason ?? "queue";
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const count = tasks.length + more;
  const why = [...reasons].map(([reason, many]) =>
    reasons.size > 1 || more ? `${many} ${because(reason)}` : because(reason),
  );
  return html`<p class="now-waits">
    <a href=${href("tasks", { status: "waiting" })}>${tn(count, "{n} task waits", "{n} tasks wait")}</a>
    <span class="faint">${why.length > 0 && `: ${why.join(", ")}`}</span>
  </p>`;
}

/** @param {string} reason */
export function because(reason) {
  const known = {
    no_worker: t("for a worker: none is alive"),
    no_worker_at_site: t("for a worker at its site"),
    maintenance_window: t("for the end of a maintenance window"),
    vault_limit: t("because the vault runs as many as it may"),
    vault_deleting: t("because the vault is being deleted"),
    vault_busy: t("for other work in the vault"),
    resource_busy: t("for other work on the same resource"),
    queue: t("for its turn"),
  };
  return /** @type {Record<string, string>} */ (known)[reason] ?? reason;
}

/** What a task is about. @param {Json} task @returns {string} */
export const nameOf = (task) => task.extra_info?.resource?.name || task.vault_name;
