// Last night in lanes: whose tasks they were, when they ran, and what stands too close to be told apart.
import { spanOf } from "./days.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{tasks: Json[], left: number, right: number, status: string}} Bar `left` and `right` are shares of the whole */
/** @typedef {{key: string, name: string, status: string, seconds: number, bars: Bar[], resource: boolean}} Lane */

const WORST = ["failed", "timeout", "running", "skipped", "success"];

/** @param {string[]} statuses */
export const worst = (statuses) => WORST.find((one) => statuses.includes(one)) ?? statuses[0];

/**
 * The lanes, the worst first, then the longest. @param {Json[]} tasks @param {number} from @param {number} to in milliseconds @param {number} least the share that a bar takes at least
 * @returns {Lane[]}
 */
export function lanes(tasks, from, to, least) {
  /** @type {Map<string, Json[]>} */
  const groups = new Map();
  for (const task of tasks) {
    const key = keyOf(task);
    groups.set(key, [...(groups.get(key) ?? []), task]);
  }
  const found = [...groups].map(([key, group]) => lane(key, group, from, to, least));
  const rank = (/** @type {Lane} */ one) => WORST.indexOf(one.status);
  return found.sort((one, other) => rank(one) - rank(other) || other.seconds - one.seconds);
}

/** @param {Json} task */
const keyOf = (task) => task.extra_info?.resource?.id ?? task.vault_id ?? task.id;

/** @param {string} key @param {Json[]} tasks @param {number} from @param {number} to @param {number} least @returns {Lane} */
function lane(key, tasks, from, to, least) {
  const sorted = tasks.map((task) => ({ task, span: spanOf(task) })).sort((one, other) => one.span[0] - other.span[0]);
  const share = (/** @type {number} */ at) => Math.max(0, Math.min(1, (at - from) / (to - from)));
  /** @type {Bar[]} */
  const bars = [];
  let seconds = 0;
  for (const { task, span } of sorted) {
    const end = span[1] ?? to;
    seconds += (end - span[0]) / 1000;
    const left = Math.min(share(span[0]), 1 - least);
    const right = Math.max(share(end), left + least);
    const last = bars.at(-1);
    if (last && left < last.right) {
      last.tasks.push(task);
      last.right = Math.max(last.right, right);
      last.status = worst([last.status, task.status]);
    } else bars.push({ tasks: [task], left, right, status: task.status });
  }
  const resource = sorted[0].task.extra_info?.resource;
  const name = resource?.name || tasks[0].vault_name;
  return {
    key,
    name,
    status: worst(tasks.map((one) => one.status)),
    seconds,
    bars,
    resource: key !== tasks[0].vault_id,
  };
}

const HOUR = 3_600_000;

/** Whole hours between two moments, so far apart that about so many fit. @param {number} from @param {number} to @param {number} most */
export function ticks(from, to, most) {
  const step = [1, 2, 3, 4, 6, 12, 24].find((hours) => (to - from) / (hours * HOUR) <= most) ?? 24;
  const first = new Date(from);
  const found = [];
  for (let hour = first.getHours(); ; hour += step) {
    const at = new Date(first.getFullYear(), first.getMonth(), first.getDate(), hour).getTime();
    if (at > to) return found;
    if (at >= from) found.push(at);
  }
}
