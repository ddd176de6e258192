// Users, projects and roles of the domain, asked of the identity service; and who would be locked out by what.
import { ask, Problem, resume, who } from "../../core/api.js";
import { t } from "../../core/words.js";

/** @typedef {"reader" | "operator" | "admin"} Role */
/** @typedef {{id: string, name: string, enabled: boolean}} User */
/** @typedef {{id: string, name: string, description: string, enabled: boolean}} Project */
/**
 * @typedef {object} Directory
 * @property {User[]} users
 * @property {Project[]} projects
 * @property {Record<string, string>} roles the ids of the roles by their names
 * @property {Record<string, Record<string, Role>>} held by user and project
 */
/** @typedef {{user: string, project: string, role: Role | null}} Grant */

const PLACE = "/identity/v3";
/** @type {Role[]} */
export const ROLES = ["reader", "operator", "admin"];

/** @param {Role | null | undefined} role */
export function roleWord(role) {
  const words = { reader: t("Reader"), operator: t("Operator"), admin: t("Administrator") };
  return role ? words[role] : t("No role");
}

/** @param {string} method @param {string[]} path @param {import("../../core/api.js").Json} [body] @param {AbortSignal} [signal] */
export const identity = (method, path, body, signal) =>
  ask(method, `${PLACE}/${path.map(encodeURIComponent).join("/")}`, body, signal);

/** Everybody, every project, and who is what where. @param {AbortSignal} signal @returns {Promise<Directory>} */
export async function directory(signal) {
  const [users, projects, roles, assigned] = await Promise.all(
    ["users", "projects", "roles", "role_assignments"].map((path) => identity("GET", [path], undefined, signal)),
  );
  /** @type {Record<string, string>} */
  const ids = {};
  /** @type {Record<string, Role>} */
  const names = {};
  for (const role of roles.roles) {
    ids[role.name] = role.id;
    names[role.id] = role.name;
  }
  /** @type {Directory["held"]} */
  const held = {};
  for (const { user, scope, role } of assigned.role_assignments) {
    held[user.id] ??= {};
    held[user.id][scope.project.id] = names[role.id];
  }
  return { users: users.users.sort(byName), projects: projects.projects.sort(byName), roles: ids, held };
}

/** @param {{name: string}} one @param {{name: string}} other */
const byName = (one, other) => one.name.localeCompare(other.name);

/** Give a role in a project, or take back the one that is there. @param {Directory} of @param {Grant} grant */
export function assign(of, { user, project, role }) {
  const place = ["projects", project, "users", user, "roles"];
  if (role) return identity("PUT", [...place, of.roles[role]]);
  const before = of.held[user]?.[project];
  return before ? identity("DELETE", [...place, of.roles[before]]) : Promise.resolve({});
}

/** The domain as it would be. @param {Directory} of @param {Grant[]} grants @returns {Directory} */
export function after(of, grants) {
  const held = Object.fromEntries(Object.entries(of.held).map(([user, places]) => [user, { ...places }]));
  for (const { user, project, role } of grants) {
    held[user] ??= {};
    if (role) held[user][project] = role;
    else delete held[user][project];
  }
  return { ...of, held };
}

/** Whether somebody administers the domain. @param {Directory} of @param {string} user */
export function governs(of, user) {
  const places = of.held[user] ?? {};
  return (
    of.users.some((one) => one.id === user && one.enabled) &&
    of.projects.some((project) => project.enabled && places[project.id] === "admin")
  );
}

/** What whoever is about to change this ought to know first. @param {Directory} before @param {Directory} then @returns {string[]} */
export function warnings(before, then) {
  const me = who()?.user.id ?? "";
  const told = [];
  const myself = then.users.find((one) => one.id === me);
  if (!myself?.enabled) {
    told.push(t("This is you. You are signed out at once, and only another administrator can let you in again."));
  } else if (governs(before, me) && !governs(then, me)) {
    told.push(t("You will not administer this domain any more, and cannot take that back by yourself."));
  } else if (!then.projects.some((one) => one.enabled && then.held[me]?.[one.id])) {
    told.push(t("You will have no project to be in."));
  }
  if (!then.users.some((one) => governs(then, one.id))) {
    told.push(
      t("Nobody will administer this domain: only the command holdfast accounts on the server can change that then."),
    );
  }
  return told;
}

/** Read anew what the signed-in user may, and show it. */
export async function meAnew() {
  await resume().catch(() => null);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** What a field is told off for: the message, where it begins with its name. @param {Error | undefined} error @param {string} name */
export function wrongOf(error, name) {
  const [place, ...said] = (error instanceof Problem ? error.message : "").split(": ");
  return said.length && place.split(".").at(-1) === name ? said.join(": ") : undefined;
}

/** A password that nobody guesses: 24 characters out of 64. */
export function drawn() {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => letters[byte % 64]).join("");
}
