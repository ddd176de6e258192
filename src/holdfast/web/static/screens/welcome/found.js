// How far the first run has come: told by what exists, so that whoever comes back goes on where they were.
import { get, Problem } from "../../core/api.js";
import { zone } from "../overview/days.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {"what" | "where" | "when" | "now" | "done"} Step */
/**
 * @typedef {object} Found
 * @property {string} key the address that it was found for
 * @property {Json | null} resource what is to be protected
 * @property {Json | null} vault the one that it is in
 * @property {Json | null} policy that the vault follows
 * @property {Json | null} task the last backup of it
 * @property {Json[]} free resources that are in no vault
 * @property {Step} step how far it has come
 */

export const STEPS = /** @type {const} */ (["what", "where", "when", "now", "done"]);
const UNLIMITED_GB = 10_485_760;
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
  const [known, held, backups] = await Promise.all([
    get("resources", { limit: 100 }, signal),
    get("vaults", { limit: 100 }, signal),
    get("backups", { limit: 1, status: "available" }, signal),
  ]);
  const taken = new Set(
    held.vaults.flatMap((/** @type {Json} */ one) => one.resources).map((/** @type {Json} */ one) => one.id),
  );
  /** @type {Json[]} */
  const tops = known.resources.filter((/** @type {Json} */ one) => !one.parent_id);
  const resource = await chosen(query.get("resource"), backups.count ? [] : tops, signal);
  const free = tops.filter((one) => !taken.has(one.id));
  const rest = resource ? await around(resource, signal) : { vault: null, policy: null, task: null };
  const far = reached({ resource, ...rest }, query.has("hand"));
  const asked = STEPS.find((one) => one === query.get("step")) ?? far;
  return { key: query.toString(), resource, ...rest, free, step: allowed(asked, { resource, ...rest }) };
}

/** The one that is named, or the newest one that somebody made known while there is no backup at all. @param {string | null} id @param {Json[]} candidates @param {AbortSignal} signal @returns {Promise<Json | null>} */
async function chosen(id, candidates, signal) {
  if (id === "new") return null;
  if (!id) {
    const made = candidates.filter((one) => !one.configured);
    return made.sort((one, other) => (other.created_at ?? "").localeCompare(one.created_at ?? ""))[0] ?? null;
  }
  try {
    return (await get(["resources", id], {}, signal)).resource;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return null;
    throw error;
  }
}

/** @param {Json} resource @param {AbortSignal} signal */
async function around(resource, signal) {
  const [held, tasks] = await Promise.all([
    get("vaults", { resource_ids: resource.id, limit: 10 }, signal),
    get("operation-logs", { resource_id: resource.id, operation_type: "backup", limit: 1 }, signal),
  ]);
  const holds = (/** @type {Json} */ vault) =>
    vault.resources.some((/** @type {Json} */ one) => one.id === resource.id);
  /** @type {Json | null} */
  const vault = held.vaults.find(holds) ?? null;
  const followed = vault
    ? (await get("policies", { vault_id: vault.id, operation_type: "backup", limit: 10 }, signal)).policies
    : [];
  return {
    vault,
    policy: /** @type {Json | null} */ (followed[0] ?? null),
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

/** The body of a new vault that has the resource from its first moment on. @param {string} name @param {number | null} size in GB, null for no limit @param {Json} resource */
export function newVault(name, size, resource) {
  const billing = {
    consistent_level: "crash_consistent",
    object_type: objectOf(resource),
    protect_type: "backup",
    size: size ?? UNLIMITED_GB,
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
