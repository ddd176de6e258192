// What the address says of a restore: all of it, so that a link or a reload shows the same step.
import { go, href, route } from "../../core/route.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {"backup" | "what" | "where" | "check" | "watch"} Step */
/** @typedef {"original" | "folder" | "resource"} To */

export const STEPS = /** @type {const} */ (["backup", "what", "where", "check", "watch"]);
export const FILES = "OS::Sfs::Turbo";
export const DISK = "OS::Cinder::Volume";
export const SERVER = "OS::Nova::Server";

/**
 * @typedef {object} Asked
 * @property {Step} step
 * @property {string} resource whose backups are shown
 * @property {string} backup
 * @property {string[]} paths only these files and folders
 * @property {string[]} disks only these disks of a server, by their backups
 * @property {To} to
 * @property {string} folder the other folder
 * @property {string} target the other resource
 * @property {Record<string, string>} map which disk's backup goes to which disk
 * @property {string} task
 */

/** @param {URLSearchParams} query @returns {Asked} */
export function asked(query) {
  const backup = query.get("backup_id") ?? "";
  const paths = query.getAll("path");
  const usual = !backup ? "backup" : paths.length ? "where" : "what";
  const step = /** @type {Step} */ (query.get("step") ?? usual);
  return {
    step: STEPS.includes(step) && (backup || step === "watch") ? step : "backup",
    resource: query.get("resource_id") ?? "",
    backup,
    paths,
    disks: query.getAll("disk"),
    to: /** @type {To} */ (query.get("to") ?? "original"),
    folder: query.get("folder") ?? "",
    target: query.get("target") ?? "",
    map: Object.fromEntries(query.getAll("map").map((one) => one.split("~", 2))),
    task: query.get("task") ?? "",
  };
}

/** The query of this address with some of it changed. @param {import("../../core/api.js").Query} changes */
function changed(changes) {
  const { query } = route();
  /** @type {Record<string, any>} */
  const all = {};
  for (const name of query.keys()) all[name] = query.getAll(name);
  return { ...all, ...changes };
}

/** The address of another step. @param {import("../../core/api.js").Query} changes */
export const stepHref = (changes) => href("restore", changed(changes));
/** Go to another step; back leads here. @param {import("../../core/api.js").Query} changes */
export const step = (changes) => go("restore", changed(changes));

/** The disks of a server's backup that are restored. @param {Asked} ask @param {Json} backup @returns {Json[]} */
export function chosenDisks(ask, backup) {
  const all = /** @type {Json[]} */ (backup.children ?? []);
  return ask.disks.length ? all.filter((one) => ask.disks.includes(one.id)) : all;
}

/** Of a server one disk alone goes into a folder as the disk that it is. @param {Asked} ask @param {Json} backup */
export function restoredBackup(ask, backup) {
  const chosen = chosenDisks(ask, backup);
  return ask.to === "folder" && ask.disks.length && chosen.length === 1 ? chosen[0].id : backup.id;
}

/** The folder, or of a disk the file in it, whether or not the folder is there. @param {Asked} ask @param {Json} backup */
function destination(ask, backup) {
  const only = backup.resource_type === DISK ? backup : null;
  const disk = only ?? (restoredBackup(ask, backup) === backup.id ? null : chosenDisks(ask, backup)[0]);
  return disk ? `${ask.folder.replace(/\/+$/, "")}/${disk.resource_name.replaceAll("/", "_")}` : ask.folder;
}

/** The body of the call, and of its preview. @param {Asked} ask @param {Json} backup @returns {Json} */
export function body(ask, backup) {
  /** @type {Json} */
  const restore = {};
  if (ask.paths.length) restore.details = { paths: ask.paths };
  if (ask.to === "folder") restore.details = { ...restore.details, destination_path: destination(ask, backup) };
  if (ask.to === "resource") restore.resource_id = ask.target;
  if (backup.resource_type === SERVER && ask.to !== "folder") {
    const chosen = chosenDisks(ask, backup);
    if (ask.to === "resource")
      restore.mappings = chosen
        .filter((one) => ask.map[one.id])
        .map((one) => ({ backup_id: one.id, volume_id: ask.map[one.id] }));
    else if (ask.disks.length)
      restore.mappings = chosen.map((one) => ({ backup_id: one.id, volume_id: one.resource_id }));
  }
  return { restore };
}
