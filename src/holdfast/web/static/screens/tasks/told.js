// A task in words: what it does, how far it is, and what can be done when it does not go on.
import { bytes, moment, operation, span } from "../../core/format.js";
import { t } from "../../core/words.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** What it does, to what: the title of a task. @param {Json} task */
export const title = (task) =>
  t("{what}: {name}", { what: operation(task.operation_type), name: task.extra_info.resource.name || t("nameless") });

/** Whether it waits or runs. @param {Json} task */
export const unended = (task) => task.status === "waiting" || task.status === "running";

/** The status, or that somebody cancelled it. @param {Json} task @returns {string} */
export const outcome = (task) => (task.status === "failed" ? task.holdfast.outcome : task.status);

/** How long it took, or takes so far, in seconds. @param {Json} task @param {number} now */
export function seconds(task, now) {
  if (task.status === "waiting" || !task.started_at) return null;
  const end = task.ended_at ? moment(task.ended_at).getTime() : now;
  return Math.max(0, (end - moment(task.started_at).getTime()) / 1000);
}

/** Seconds until its bytes are through, at the speed of now. @param {Json} figures */
export function left({ bytes_done, bytes_total, bytes_per_second }) {
  if (!bytes_per_second || bytes_total <= bytes_done) return null;
  return (bytes_total - bytes_done) / bytes_per_second;
}

/** What is going on in numbers: "12 MiB of 40 MiB · 3 MiB/s · 9 s left". @param {Json} figures */
export function pace(figures) {
  const rest = left(figures);
  return [
    figures.bytes_total &&
      t("{done} of {total}", { done: bytes(figures.bytes_done), total: bytes(figures.bytes_total) }),
    figures.bytes_per_second && t("{rate}/s", { rate: bytes(figures.bytes_per_second) }),
    rest !== null && t("{span} left", { span: span(Math.ceil(rest)) }),
  ]
    .filter(Boolean)
    .join(" · ");
}

/** @param {string} phase */
export function phase(phase) {
  const known = {
    preparing: t("Preparing"),
    reading: t("Reading"),
    writing: t("Writing"),
    sending: t("Sending"),
    comparing: t("Comparing"),
    forgetting: t("Forgetting"),
    deleting: t("Deleting"),
    finishing: t("Finishing"),
  };
  return /** @type {Record<string, string>} */ (known)[phase] ?? phase;
}

/** @type {Record<string, string>} what each kind of task is at in the middle */
const MIDDLE = {
  backup: "reading",
  restore: "writing",
  replication: "sending",
  copy: "sending",
  sync: "comparing",
  delete: "forgetting",
  vault_delete: "deleting",
};

/** The phases that a task goes through. @param {Json} task @returns {string[]} */
export function phases(task) {
  const middle = MIDDLE[task.operation_type];
  return ["preparing", ...(middle ? [middle] : []), "finishing"];
}

/** Why nobody is at it yet. @param {Json} because */
export function waits(because) {
  const known = {
    no_worker: t("No worker is alive: nothing runs until one is started."),
    no_worker_at_site: t("No living worker serves the site {site}.", { site: because.site }),
    maintenance_window: t("The vault is in a maintenance window."),
    vault_limit: t("The vault runs as many tasks at once as it may ({running} of {max}).", {
      running: because.running,
      max: because.max_running,
    }),
    vault_deleting: t("The vault is being deleted."),
    vault_busy: t("The vault is to be deleted, and other work in it must end first."),
    resource_busy: t("Another task is at work on the same."),
    queue: t("Nothing is in its way: it starts when its turn comes."),
  };
  return /** @type {Record<string, string>} */ (known)[because.reason] ?? because.message;
}

/** What went wrong and what to do, by code; `BackupService.9910` says more in its message. @param {Json} error @returns {{what: string, next: string}} */
export function explained({ code, message }) {
  const known = code === "BackupService.9910" ? system(message) : byCode()[code];
  return known
    ? { what: known[0], next: known[1] }
    : { what: t("It did not work."), next: t("Read the message below, put right what it names, then retry.") };
}

/** @returns {Record<string, [string, string]>} */
function byCode() {
  const gone = t("Put it back to where it was, or change the resource's settings; then retry.");
  const room = t("Make the vault larger, or delete backups that nobody needs; then retry.");
  const region = t("Look at the regions and their accounts; then retry.");
  return {
    "BackupService.6302": [t("What should be worked on is not there any more."), gone],
    "BackupService.6114": [t("The vault is full."), room],
    "BackupService.6129": [t("The destination vault is full."), room],
    "BackupService.6105": [t("The vault is gone."), t("Choose another vault, and ask for it there.")],
    "BackupService.6200": [t("The backup is gone."), t("Choose another backup of the resource.")],
    "BackupService.6125": [
      t("A backup of the same resource was still running, so this one was left out."),
      t("The next one runs as usual; retry if you need one now."),
    ],
    "BackupService.6215": [
      t("The protection of the resource is suspended."),
      t("Resume it at the resource when it shall be backed up again."),
    ],
    "BackupService.6220": [
      t("The vault is locked and keeps its automatic backups."),
      t("They go when their time is over."),
    ],
    "BackupService.2001": [t("The target is smaller than the backup."), t("Restore to a larger target.")],
    "BackupService.2005": [
      t("The backup cannot be restored in its state."),
      t("Choose another backup of the resource."),
    ],
    "BackupService.9900": [
      t("Something that was asked for is not valid."),
      t("Ask again with another value for what the message names."),
    ],
    "Holdfast.0001": [
      t("Somebody cancelled it."),
      t("What it had written is cleared away. Retry it whenever you like."),
    ],
    "Holdfast.0003": [
      t("It ran for longer than it may."),
      t("Raise the time limit of the policy, or find out what made it slow; then retry."),
    ],
    "Holdfast.0005": [
      t("Nothing could begin it before its start window passed."),
      t("Look whether workers are alive and maintenance windows leave room; retry if you need it now."),
    ],
    "Holdfast.0025": [t("The other region does not answer."), region],
    "Holdfast.0026": [t("The other region refuses."), region],
    "Holdfast.0028": [t("The other region was not heard of for long."), region],
    "Holdfast.0040": [t("The rules keep this backup by now."), t("Nothing needs to be done.")],
  };
}

/** @param {string} message @returns {[string, string] | undefined} */
function system(message) {
  /** @type {[RegExp, string, string][]} */
  const known = [
    [
      /could not be restored, everything else was/,
      t("Not everything could be restored; the rest is in its place."),
      t("See the warnings for what is missing and why; then restore those files once more."),
    ],
    [
      /disk is full|store is full|No space/i,
      t("There is no space left."),
      t("Free some space where the message says; then retry."),
    ],
    [
      /denied|not permitted/i,
      t("holdfast was not allowed to read or write."),
      t("Give holdfast's user the right to what the message names; then retry."),
    ],
    [
      /could not be reached|does not answer/i,
      t("The store could not be reached."),
      t("Check the store and the way to it; then retry."),
    ],
    [
      /No such file|Nothing could be read/i,
      t("Nothing could be read where the data should be."),
      t("Check that it is there, mounted and readable; then retry."),
    ],
    [
      /repository cannot be used/i,
      t("The vault's repository cannot be used."),
      t("Check the vault's repository before the next backup; the operator's log says more."),
    ],
    [
      /worker/i,
      t("The workers that were at it were lost."),
      t("Look at the machines the workers run on, above all their memory; then retry."),
    ],
  ];
  const found = known.find(([pattern]) => pattern.test(message));
  return found && [found[1], found[2]];
}
