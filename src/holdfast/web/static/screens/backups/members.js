// What other projects have of a backup, and what this one has of theirs: asked, answered, and told in words.
import { ask, get, Problem, post, project, put, remove, who } from "../../core/api.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Status } from "../../parts/basics.js";
import { isForeign, SERVER } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const DISK = "OS::Cinder::Volume";
const MANY = 1000;

/** Whether it is of a kind that can be shared: this project's, of a server or a disk as a whole. @param {Json} backup */
export const isOfKindToShare = (backup) =>
  !isForeign(backup) && !backup.parent_id && [SERVER, DISK].includes(backup.resource_type);

/** A project's name where whoever is signed in knows it, else its id. @param {string} id */
export const nameOf = (id) => who()?.projects.find((one) => one.id === id)?.name ?? id;

/** @param {{id: string}} props */
export function Whom({ id }) {
  const name = nameOf(id);
  return name === id ? html`<span class="mono">${id}</span>` : html`<bdi>${name}</bdi>`;
}

/** What the other project says. @param {{is: string}} props */
export function Answer({ is }) {
  const words = { pending: t("Offered"), accepted: t("Accepted"), rejected: t("Rejected") };
  const looks = { pending: "waiting", accepted: "success", rejected: "cancelled" };
  const look = /** @type {Record<string, string>} */ (looks)[is];
  return html`<${Status} is=${look}>${/** @type {Record<string, string>} */ (words)[is]}</${Status}>`;
}

/** The projects that a backup is shared with. @param {string} id @param {AbortSignal} signal @returns {Promise<Json[]>} */
export async function membersOf(id, signal) {
  return (await get(["backups", id, "members"], { limit: MANY }, signal)).members;
}

/** Servers are shared by CBR, disks by VBS; what becomes of it is the same. @param {Json} backup @param {string} to a project */
export function offer(backup, to) {
  if (backup.resource_type === SERVER) return post(["backups", backup.id, "members"], { members: [to] });
  const shared = { backup_id: backup.id, to_project_ids: [to] };
  return ask("POST", `/vbs/v2/${project()}/os-vendor-backup-sharing`, { shared });
}

/** Whether an offer was refused since there is no such project; VBS has no code for that. @param {unknown} fault */
export const isNoProject = (fault) => fault instanceof Problem && /Invalid project ID/.test(fault.message);

/** @param {Json} backup @param {Json} member */
export const withdraw = (backup, member) => remove(["backups", backup.id, "members", member.dest_project_id]);

/** Accept it into a vault, or reject it. @param {Json} backup @param {Json} said */
export const answer = (backup, said) => put(["backups", backup.id, "members", project()], said);

/**
 * A backup that others offer and this project has not accepted: until then only a list tells of it.
 * @param {string} id @param {AbortSignal} signal @returns {Promise<{backup: Json, member: Json} | null>}
 */
export async function offered(id, signal) {
  const { member } = await get(["backups", id, "members", project()], {}, signal);
  const wanted = { own_type: "shared", member_status: member.status, limit: MANY };
  const { backups } = await get("backups", wanted, signal);
  const backup = backups.find((/** @type {Json} */ one) => one.id === id);
  return backup ? { backup, member } : null;
}
