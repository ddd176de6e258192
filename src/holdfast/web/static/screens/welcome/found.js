// How far the first run has come: told by what exists, so that whoever comes back goes on where they were.
import { get, Problem } from "../../core/api.js";
import { zone } from "../overview/days.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {"what" | "where" | "when" | "now" | "done"} Step */
/**
 * @typedef {object} Found
 * @property {string} key the address that it was found for
 * @property {Json | null} resource what is to be protected
 * @property {{id: string, name: string} | null} vault the one that it is in
 * @property {Json | null} policy by which the vault is backed up
 * @property {Json | null} task the last backup of it
 * @property {Json[]} free other resources that are in no vault, the first of them
 * @property {number} more how many more of them there are
 * @property {Step} step how far it has come
 */

export const STEPS = /** @type {const} */ (["what", "where", "when", "now", "done"]);
const UNLIMITED_GIB = 10_485_760;
const OFFERED = 6;
const MOST_BEGUN = 100;
const OBJECTS = /** @type {Record<string, string>} */ ({
  "OS::Sfs::Turbo": "turbo",
  "OS::Cinder::Volume": "disk",
  "OS::Nova::Server": "server",
});
const VAULT_NAMES = /** @type {Record<string, string>} */ ({ turbo: "directories", disk: "disks", server: "servers" });

/** What vaults for a resource hold. @param {Json} resource */
export const objectOf = (resource) => OBJECTS[resource.type] ?? "turbo";
/** The name that the command line gives the vault that it makes for such a resource. @param {Json} resource */
export const vaultName = (resource) => VAULT_NAMES[objectOf(resource)];

/** @param {URLSearchParams} query @param {AbortSignal} signal @returns {Promise<Found>} */
export async function look(query, signal) {
  const id = query.get("resource");
  const resource = await (id ? named(id, signal) : begun(signal));
  const rest = resource ? await around(resource, signal) : { vault: null, policy: null, task: null };
  const made = { resource, ...rest };
  const asked = STEPS.find((one) => one === query.get("step")) ?? reached(made, query.has("hand"));
  const step = allowed(asked, made);
  const open = step === "what" ? await unprotected(made, signal) : { free: [], more: 0 };
  return { key: query.toString(), ...made, ...open, step };
}

/** @param {string} id @param {AbortSignal} signal @returns {Promise<Json | null>} */
async function named(id, signal) {
  if (id === "new") return null;
  try {
    return (await get(["resources", id], {}, signal)).resource;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** What somebody began with and did not finish: the newest of what was made known, in a project without a backup. Where there is much, nobody began by hand. @param {AbortSignal} signal @returns {Promise<Json | null>} */
async function begun(signal) {
  const [backups, known] = await Promise.all([
    get("backups", { limit: 1, status: "available" }, signal),
    get("resources", { limit: MOST_BEGUN }, signal),
  ]);
  if (backups.count || known.count > MOST_BEGUN) return null;
  /** @type {Json[]} */
  const made = known.resources.filter((/** @type {Json} */ one) => !one.parent_id && !one.configured);
  return made.sort((one, other) => (other.created_at ?? "").localeCompare(one.created_at ?? ""))[0] ?? null;
}

/** What else could be protected, as much of it as is offered. @param {Made} made @param {AbortSignal} signal */
async function unprotected({ resource, vault }, signal) {
  const told = await get("holdfast/protection", { state: "unprotected", limit: OFFERED + 1 }, signal);
  /** @type {string[]} */
  const ids = told.protection.map((/** @type {Json} */ one) => one.resource_id);
  const others = ids.filter((one) => one !== resource?.id).slice(0, OFFERED);
  const found = await Promise.all(others.map((one) => named(one, signal)));
  const count = told.count - (resource && !resource.parent_id && !vault ? 1 : 0);
  return { free: /** @type {Json[]} */ (found.filter(Boolean)), more: Math.max(0, count - others.length) };
}

/** @param {Json} resource @param {AbortSignal} signal */
async function around(resource, signal) {
  const [{ protection }, tasks] = await Promise.all([
    get("holdfast/protection", { resource_id: resource.id }, signal),
    get("operation-logs", { resource_id: resource.id, operation_type: "backup", limit: 1 }, signal),
  ]);
  const { vault_id: id, vault_name: name, policies } = protection[0] ?? { vault_id: null, policies: [] };
  const follows = policies.find((/** @type {Json} */ one) => one.operation_type === "backup" && one.enabled);
  const policy = follows && (await get(["policies", follows.id], {}, signal)).policy;
  return {
    vault: id ? { id, name } : null,
    policy: /** @type {Json | null} */ (policy ?? null),
    task: /** @type {Json | null} */ (tasks.operation_logs[0] ?? null),
  };
}

/** @typedef {Pick<Found, "resource" | "vault" | "policy" | "task">} Made */

/** @param {Made} made @param {boolean} hand whether it was chosen to back up by hand only @returns {Step} */
function reached({ resource, vault, policy, task }, hand) {
  if (!resource) return "what";
  if (!vault) return "where";
  if (task?.status === "success") return "done";
  return policy || task || hand ? "now" : "when";
}

/** No step before what it stands on. @param {Step} asked @param {Made} made @returns {Step} */
export function allowed(asked, { resource, vault, task }) {
  const most = !resource ? 0 : !vault ? 1 : task?.status === "success" ? 4 : 3;
  return STEPS[Math.min(STEPS.indexOf(asked), most)];
}

/** The body of a new vault that has the resource from its first moment on. @param {string} name @param {number | null} size in GiB, null for no limit @param {Json} resource */
export function newVault(name, size, resource) {
  const billing = {
    consistent_level: "crash_consistent",
    object_type: objectOf(resource),
    protect_type: "backup",
    size: size ?? UNLIMITED_GIB,
  };
  return { vault: { name, billing, resources: [{ id: resource.id, type: resource.type, name: resource.name }] } };
}

/** The body of a new policy. @param {string} name @param {string} rule @param {number} days for how long each backup is kept */
export function newPolicy(name, rule, days) {
  return {
    policy: {
      name,
      enabled: true,
      operation_type: "backup",
      operation_definition: { retention_duration_days: days },
      trigger: { properties: { pattern: [rule] } },
      holdfast: { timezone: zone() },
    },
  };
}

/** Whether a policy is what would be made. @param {Json} policy @param {Json} wanted */
export function isSame(policy, wanted) {
  const { operation_definition: kept, trigger, holdfast } = wanted.policy;
  return (
    policy.enabled &&
    policy.trigger.properties.pattern.join() === trigger.properties.pattern.join() &&
    policy.holdfast.timezone === holdfast.timezone &&
    policy.operation_definition.retention_duration_days === kept.retention_duration_days &&
    !(policy.operation_definition.max_backups > 0)
  );
}
