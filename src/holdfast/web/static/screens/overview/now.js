// What runs now, and why what waits does: each row moves with the stream of events.
import { bytes, number, operation, percent, span } from "../../core/format.js";
import { useLive } from "../../core/live.js";
import { href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Bar, Card, Empty, Loading, Trouble } from "../../parts/basics.js";
import { MOST_ROWS } from "./asked.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {import("./asked.js").Current} Current */

const SHOWN = 4;

/** What is at work, kept up to date between two answers. @param {import("../../core/data.js").Data<Current>} current @returns {Current} */
export function useTasks(current) {
  const [tasks, set] = useState(/** @type {Json[]} */ ([]));
  useEffect(() => set(current.data?.tasks ?? []), [current.data]);
  useLive(({ type, data }) => {
    if (type === "progress") set((before) => before.map((one) => (one.id === data.task_id ? further(one, data) : one)));
    if (type === "task" && data.operation_log) set((before) => changed(before, data.operation_log));
  });
  const count = (/** @type {"running" | "waiting"} */ status) => {
    const told = current.data?.tasks.filter((one) => one.status === status).length ?? 0;
    const unseen = Math.max(0, (current.data?.[status] ?? 0) - told);
    return tasks.filter((one) => one.status === status).length + unseen;
  };
  return { running: count("running"), waiting: count("waiting"), tasks };
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
  return others.filter((one) => one.status === "waiting").length < MOST_ROWS ? [...others, now] : tasks;
}

/** @param {{of: import("../../core/data.js").Data<Current>, now: Current}} props */
export function Now({ of, now: { running, waiting, tasks } }) {
  const shown = tasks.filter((one) => one.status === "running").slice(0, SHOWN);
  const title = running ? tn(running, "{n} task runs now", "{n} tasks run now") : t("What runs now");
  return html`<${Card} title=${title} class="now-card" actions=${html`<a href=${href("tasks", { status: "running,waiting" })}>${t("All of them")}</a>`}>
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${!of.data && !of.error && html`<${Loading} lines=${2} />`}
    ${of.data && !running && !waiting && html`<${Empty} icon="moon" title=${t("Nothing runs and nothing waits")}>${t("Backups that begin are seen here at once.")}</${Empty}>`}
    ${shown.length > 0 && html`<ul class="overview-rows">${shown.map((task) => html`<${Running} key=${task.id} task=${task} />`)}</ul>`}
    ${running > shown.length && html`<p class="and-more"><a href=${href("tasks", { status: "running" })}>${tn(running - shown.length, "and {n} more", "and {n} more")}</a></p>`}
    ${waiting > 0 && html`<${Waiting} count=${waiting} tasks=${tasks.filter((one) => one.status === "waiting")} />`}
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

/** @param {{count: number, tasks: Json[]}} props `tasks` are those that are known one by one */
function Waiting({ count, tasks }) {
  /** @type {Map<string, number>} */
  const reasons = new Map();
  for (const task of tasks) {
    const reason = task.holdfast.waits_because?.reason ?? "queue";
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  }
  const more = count - tasks.length;
  const several = reasons.size > 1 || more > 0;
  const why = [...reasons].map(([reason, many]) =>
    several ? `${number(many)} ${because(reason, many)}` : because(reason, many),
  );
  if (more > 0) why.push(tn(more, "and {n} more", "and {n} more"));
  return html`<p class="now-waits">
    <a href=${href("tasks", { status: "waiting" })}>${tn(count, "{n} task waits", "{n} tasks wait")}</a>
    <span class="faint">${why.length > 0 && `: ${why.join(", ")}`}</span>
  </p>`;
}

/** What tasks wait for. @param {string} reason @param {number} [n] how many wait for it */
export function because(reason, n = 1) {
  const known = {
    no_worker: t("for a worker: none is alive"),
    no_worker_at_site: tn(n, "for a worker at its site", "for workers at their sites"),
    maintenance_window: t("for the end of a maintenance window"),
    vault_limit: tn(n, "because its vault runs as many as it may", "because their vaults run as many as they may"),
    vault_deleting: tn(n, "because its vault is being deleted", "because their vaults are being deleted"),
    vault_busy: tn(n, "for other work in its vault", "for other work in their vaults"),
    resource_busy: tn(n, "for other work on the same resource", "for other work on the same resources"),
    queue: tn(n, "for its turn", "for their turn"),
  };
  return /** @type {Record<string, string>} */ (known)[reason] ?? reason;
}

/** What a task is about. @param {Json} task @returns {string} */
export const nameOf = (task) => task.extra_info?.resource?.name || task.vault_name;
