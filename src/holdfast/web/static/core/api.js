// The console asks what any client may ask, and nothing else: the public API, with the session's cookie.
import { t } from "./words.js";

/**
 * @typedef {object} Session
 * @property {{id: string, name: string}} user
 * @property {{id: string, name: string}} domain
 * @property {{id: string, name: string, role: "admin" | "operator" | "reader" | null}[]} projects a role may be told only in the project
 * @property {string} region
 * @property {string} version
 * @property {string | null} keystone_url where accounts are kept, if that is elsewhere
 * @property {string} expires_at
 * @property {string} csrf_token
 */

/** @typedef {Record<string, any>} Json */
/** @typedef {Record<string, string | number | boolean | (string | number)[] | null | undefined>} Query */

/** A refusal of the API, or no answer at all (`status` is 0). */
export class Problem extends Error {
  /** @param {number} status @param {string} code @param {string} message @param {string} request */
  constructor(status, code, message, request) {
    super(message);
    this.status = status;
    this.code = code;
    this.request = request;
  }
}

const PROJECT_IN_PATH = /^\/v3\/[0-9a-f]{32}\//;

/** @type {Session | null} */
let session = null;
let projectId = "";
/** @type {() => void} */
let onEnded = () => {};

/** @returns {Session | null} */
export const who = () => session;
export const project = () => projectId;
/** What the signed-in user is in the project. */
export const role = () => session?.projects.find((one) => one.id === projectId)?.role ?? "reader";
/** Whether they may change something; the server decides, this only spares people a refusal. */
export const mayChange = () => role() !== "reader";
/** Whether they administer the project and its domain. */
export const administers = () => role() === "admin";
/** Whether they may name paths of the machine. */
export const mayNamePaths = () => administers() && session?.domain.id === "default";

/** @param {string} id */
export function enter(id) {
  projectId = id;
}

/** What to do when the session has ended. @param {() => void} handler */
export function whenEnded(handler) {
  onEnded = handler;
}

/** Who is signed in, as the server knows it. */
export async function resume() {
  session = (await ask("GET", "/v3/auth/session")).session;
  return session;
}

/** @param {string} name @param {string} password @param {string} domain */
export async function signIn(name, password, domain) {
  session = (await ask("POST", "/v3/auth/session", { session: { name, password, domain } })).session;
  return session;
}

export async function signOut() {
  await ask("DELETE", "/v3/auth/session");
  session = null;
}

/** Of the project: `get("vaults")`, `get(["vaults", id])`. @param {string | string[]} path @param {Query} [query] @param {AbortSignal} [signal] @returns {Promise<Json>} */
export const get = (path, query, signal) => ask("GET", address(path, query), undefined, signal);
/** @param {string | string[]} path @param {Json} [body] @param {Query} [query] @returns {Promise<Json>} */
export const post = (path, body, query) => ask("POST", address(path, query), body ?? {});
/** @param {string | string[]} path @param {Json} body @returns {Promise<Json>} */
export const put = (path, body) => ask("PUT", address(path), body);
/** @param {string | string[]} path @param {Json} [body] @returns {Promise<Json>} */
export const remove = (path, body) => ask("DELETE", address(path), body);

/** The address of a call in the project. @param {string | string[]} path @param {Query} [query] */
export function address(path, query) {
  const steps = Array.isArray(path) ? path.map(encodeURIComponent).join("/") : path;
  return `/v3/${projectId}/${steps}${written(query)}`;
}

/** A query as it stands behind an address; what is empty is left out. @param {Query} [query] */
export function written(query) {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") params.append(name, String(one));
    }
  }
  return params.size ? `?${params}` : "";
}

/**
 * Any call, by its whole path: the identity service's, too.
 * @param {string} method @param {string} path @param {Json} [body] @param {AbortSignal} [signal] @returns {Promise<Json>}
 */
export async function ask(method, path, body, signal) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && session) headers["X-CSRF-Token"] = session.csrf_token;
  if (projectId && !PROJECT_IN_PATH.test(path)) headers["X-Project-Id"] = projectId;
  const content = body === undefined ? undefined : JSON.stringify(body);
  let reply;
  try {
    reply = await fetch(path, { method, headers, body: content, signal, credentials: "same-origin" });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Problem(0, "", t("The server does not answer."), "");
  }
  if (reply.status === 204) return {};
  const told = await reply.json().catch(() => null);
  if (reply.ok && told !== null) return told;
  if (reply.status === 403 && method !== "GET" && session) await recheck();
  throw refused(reply, told);
}

/** Somebody else may have signed in at another tab: the page that was theirs begins anew. */
async function recheck() {
  const now = await fetch("/v3/auth/session", { credentials: "same-origin" }).then(
    (reply) => reply.json(),
    () => null,
  );
  if (now && now.session?.csrf_token !== session?.csrf_token) location.reload();
}

/** @param {Response} reply @param {Json | null} told */
function refused(reply, told) {
  const guessed = new URL(reply.url).pathname.endsWith("/password"); // it is the present password that is wrong
  if (reply.status === 401 && session && !guessed) {
    session = null;
    onEnded();
  }
  const said = told?.error ?? told ?? {};
  const forbidden = reply.status === 403 && told?.error_code;
  const message = forbidden
    ? t("You may not do this.")
    : (said.error_msg ?? said.message ?? t("The server answered {status}.", { status: reply.status }));
  const code = said.error_code ?? String(said.code ?? "");
  return new Problem(reply.status, code, message, reply.headers.get("X-Request-Id") ?? "");
}
