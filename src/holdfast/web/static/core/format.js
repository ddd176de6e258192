// Sizes, times and spans as people read them, in their language and zone.
import { t, writer } from "./words.js";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
const DAY = 86_400_000;
const SECONDS = /** @type {const} */ ([
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
]);

/** @param {number | null | undefined} count */
export function bytes(count) {
  if (count === null || count === undefined) return "–";
  let unit = 0;
  let left = count;
  while (left >= 1024 && unit < UNITS.length - 1) {
    left /= 1024;
    unit += 1;
  }
  return `${number(left, unit && left < 100 ? 1 : 0)} ${UNITS[unit]}`;
}

/** @param {number} value @param {number} [digits] behind the point, at most */
export function number(value, digits = 0) {
  return writer(Intl.NumberFormat, { maximumFractionDigits: digits }).format(value);
}

/** @param {number | null | undefined} share from 0 to 1 @param {number} [digits] */
export function percent(share, digits = 0) {
  if (share === null || share === undefined) return "–";
  return writer(Intl.NumberFormat, { style: "percent", maximumFractionDigits: digits }).format(share);
}

/** The moment that the API wrote; what has no zone is UTC. @param {string} text */
export function moment(text) {
  return new Date(/(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
}

/** In the viewer's zone. @param {string | Date} at @param {Intl.DateTimeFormatOptions} [options] */
export function time(at, options = { dateStyle: "medium", timeStyle: "short" }) {
  return writer(Intl.DateTimeFormat, options).format(at instanceof Date ? at : moment(at));
}

/** Exactly, in UTC. @param {string | Date} at */
export function utc(at) {
  return `${(at instanceof Date ? at : moment(at))
    .toISOString()
    .replace("T", " ")
    .replace(/\.000Z$/, "Z")
    .replace("Z", "")} UTC`;
}

/** How long ago, or how far ahead. @param {string | Date} at @param {number} [now] */
export function ago(at, now = Date.now()) {
  const seconds = ((at instanceof Date ? at : moment(at)).getTime() - now) / 1000;
  const [unit, size] = SECONDS.find(([, one]) => Math.abs(seconds) >= one) ?? SECONDS[3];
  return writer(Intl.RelativeTimeFormat, { numeric: "auto" }).format(Math.round(seconds / size), unit);
}

/** How long something took. @param {number | null | undefined} seconds */
export function span(seconds) {
  if (seconds === null || seconds === undefined) return "–";
  if (seconds < 1) return `${number(seconds * 1000)} ms`;
  if (seconds < 60) return `${number(seconds, seconds < 10 ? 1 : 0)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}

/** How many days from today until a day that the server named by its first moment; its days are those of UTC. @param {string} text */
export function daysUntil(text) {
  return Math.max(0, Math.floor(moment(text).getTime() / DAY) - Math.floor(Date.now() / DAY));
}

/** The kind of a resource as people call it. @param {string} type */
export function kind(type) {
  const known = {
    "OS::Sfs::Turbo": t("Folder"),
    "OS::Cinder::Volume": t("Disk"),
    "OS::Nova::Server": t("Server"),
    directory: t("Folder"),
    turbo: t("Folder"),
    disk: t("Disk"),
    server: t("Server"),
  };
  return /** @type {Record<string, string>} */ (known)[type] ?? type;
}

/** What a task does, as people call it. @param {string} type */
export function operation(type) {
  const known = {
    backup: t("Backup"),
    restore: t("Restore"),
    delete: t("Deletion of a backup"),
    vault_delete: t("Deletion of a vault"),
    remove_resource: t("Removal of a resource"),
    replication: t("Replication"),
    copy: t("Replication (old)"),
    sync: t("Synchronization"),
    migrate_resources: t("Move to another vault"),
    update_expiration_time: t("Change of expiry"),
  };
  return /** @type {Record<string, string>} */ (known)[type] ?? type;
}
