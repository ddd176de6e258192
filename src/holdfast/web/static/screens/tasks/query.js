// What the address asks for, in the names of the API: as a call, and as a question about one task.
import { moment } from "../../core/format.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {Record<string, string[]>} Wanted what the API is asked, with absolute times */

export const PAGE = 50;
/** Another list begins at its beginning. */
export const FIRST = { marker: null, page: null };
/** Filters with several values, of which one must fit. */
export const MANY = [
  "status",
  "operation_type",
  "resource_type",
  "vault_id",
  "resource_id",
  "policy_id",
  "error_code",
  "request_id",
  "parent_id",
  "checkpoint_id",
  "backup_id",
];
export const EVENTS = /** @type {const} */ (["created", "started", "ended"]);
/** The ends of spans of one's own. */
export const BOUNDS = EVENTS.flatMap((event) => [`${event}_after`, `${event}_before`]);
/** Spans up to now, in hours. @type {Record<string, number>} */
export const LAST = { "1h": 1, "24h": 24, "7d": 168, "30d": 720 };

/** All names by which the address narrows the list. */
export const NAMES = [...MANY, "q", ...BOUNDS, "last", "by"];

/** The values of a filter; commas part them. @param {URLSearchParams} query @param {string} name */
export function values(query, name) {
  const all = query.getAll(name);
  return (MANY.includes(name) ? all.flatMap((one) => one.split(",")) : all).filter(Boolean);
}

/** @param {URLSearchParams} query */
export function event(query) {
  return EVENTS.find((one) => one === query.get("by")) ?? "created";
}

/** What the API is asked for. A span up to now begins with a whole minute. @param {URLSearchParams} query @param {number} [now] @returns {Wanted} */
export function wanted(query, now = Date.now()) {
  /** @type {Wanted} */
  const found = {};
  for (const name of [...MANY, "q", ...BOUNDS]) {
    const all = values(query, name);
    if (all.length) found[name] = all;
  }
  const hours = LAST[query.get("last") ?? ""];
  if (hours)
    found[`${event(query)}_after`] = [new Date((Math.floor(now / 60_000) - hours * 60) * 60_000).toISOString()];
  return found;
}

/** Orders that the list can have: newest first, unless said otherwise. @param {URLSearchParams} query */
export function order(query) {
  return { sort_key: query.get("sort") ?? "created_at", sort_dir: query.get("dir") ?? "desc" };
}

/** The filters of an address as the parts of a link. @param {URLSearchParams} query */
export function filters(query) {
  return Object.fromEntries(NAMES.map((name) => [name, values(query, name)]));
}

/** Whether a task is among those asked for, as the API would say. @param {Json} task @param {Wanted} asked */
export function fits(task, asked) {
  const own = /** @type {Record<string, (string | null)[]>} */ (traits(task));
  return (
    MANY.every((name) => !asked[name] || asked[name].some((one) => own[name].includes(one))) &&
    BOUNDS.every((name) => !asked[name] || within(task, name, asked[name][0])) &&
    (!asked.q || texts(task).some((one) => one.includes(asked.q[0])))
  );
}

/** @param {Json} task */
function traits(task) {
  const { common, resource, ...blocks } = task.extra_info;
  const backups = Object.values(blocks).flatMap((/** @type {Json} */ one) => [
    one.backup_id,
    one.source_backup_id,
    one.destination_backup_id,
  ]);
  return {
    status: [task.status],
    operation_type: [task.operation_type],
    resource_type: [resource.type],
    vault_id: [task.vault_id],
    resource_id: [resource.id],
    policy_id: [task.policy_id],
    error_code: [task.error_info.code],
    request_id: [common.request_id],
    parent_id: [task.holdfast.parent_id],
    checkpoint_id: [task.checkpoint_id],
    backup_id: backups,
  };
}

/** @param {Json} task @param {string} name @param {string} bound */
function within(task, name, bound) {
  const [what, side] = name.split("_");
  const at = what === "started" && task.status === "waiting" ? null : task[`${what}_at`];
  if (!at) return false;
  return side === "after" ? moment(at) >= moment(bound) : moment(at) < moment(bound);
}

/** @param {Json} task @returns {string[]} */
const texts = (task) => [task.extra_info.resource.name, task.vault_name ?? "", task.error_info.message];
