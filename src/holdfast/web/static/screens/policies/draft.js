// A policy while it is being written: what the form holds, what is wrong with it, and what is sent.
import { Problem } from "../../core/api.js";
import { t } from "../../core/words.js";
import { isWhole, MOST_PATTERNS, read, written } from "./schedule.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{on: boolean, n: string}} Limit */
/** @typedef {"max" | "days" | "day" | "week" | "month" | "year"} LimitName */
/**
 * @typedef {object} Draft
 * @property {string} name
 * @property {"backup" | "replication"} kind
 * @property {import("./schedule.js").Rule[]} rules
 * @property {string} timezone
 * @property {string} jitter
 * @property {string} window
 * @property {string} timeout
 * @property {Record<LimitName, Limit>} limits
 * @property {string} keptZone of the days that are kept, `UTC+01:00`
 * @property {boolean} first of the month
 * @property {string} full how many incremental backups come between full ones
 * @property {Json | undefined} advanced as it is
 * @property {string} region
 * @property {string} project
 */
/** @typedef {Record<string, string>} Faults what is wrong, by the field as the API spells it */

/** As the reference allows a name to be. */
const NAME = /^[\u4E00-\u9FA5\uF900-\uFA2Da-zA-Z0-9_-]{1,64}$/;
export const MOST_JITTER = 59;
export const MOST_TIMEOUT = 43_200;
/** @type {Record<LimitName, {field: string, most: number}>} */
export const LIMITS = {
  max: { field: "max_backups", most: 99_999 },
  days: { field: "retention_duration_days", most: 99_999 },
  day: { field: "day_backups", most: 100 },
  week: { field: "week_backups", most: 100 },
  month: { field: "month_backups", most: 100 },
  year: { field: "year_backups", most: 100 },
};
const NAMES = /** @type {LimitName[]} */ (Object.keys(LIMITS));
/** @type {LimitName[]} */
export const LONG_TERM = ["day", "week", "month", "year"];

export const viewersZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** How far the viewer is from UTC now, as the rules write it. */
export function viewersOffset() {
  const ahead = -new Date().getTimezoneOffset();
  const minutes = Math.abs(ahead);
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return `UTC${ahead < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

/** A policy that nobody has written yet. @returns {Draft} */
export function blank() {
  const off = (/** @type {string} */ n) => ({ on: false, n });
  return {
    name: "",
    kind: "backup",
    rules: [{ every: "day", interval: 1, days: [], at: { kind: "times", times: ["02:00"] } }],
    timezone: viewersZone(),
    jitter: "0",
    window: "",
    timeout: "",
    limits: {
      max: { on: true, n: "14" },
      days: off("30"),
      day: off("30"),
      week: off("8"),
      month: off("12"),
      year: off("3"),
    },
    keptZone: viewersOffset(),
    first: false,
    full: "-1",
    advanced: undefined,
    region: "",
    project: "",
  };
}

/** A policy as it is. @param {Json} policy @returns {Draft} */
export function draftOf(policy) {
  const { operation_definition: definition, trigger, holdfast } = policy;
  const usual = blank().limits;
  const limits = NAMES.map((name) => {
    const n = definition[LIMITS[name].field];
    return [name, n > 0 ? { on: true, n: String(n) } : { ...usual[name], on: false }];
  });
  return {
    name: policy.name,
    kind: policy.operation_type,
    rules: read(trigger.properties.pattern),
    timezone: holdfast.timezone,
    jitter: String(holdfast.jitter_minutes),
    window: String(trigger.properties.start_window_minutes ?? ""),
    timeout: String(holdfast.timeout_minutes ?? ""),
    limits: Object.fromEntries(limits),
    keptZone: definition.timezone ?? "",
    first: holdfast.keep_first_of_month,
    full: String(definition.full_backup_interval),
    advanced: definition.advanced_retention_rules,
    region: definition.destination_region ?? "",
    project: definition.destination_project_id ?? "",
  };
}

/** Whether a day has to begin somewhere for what is kept. @param {Draft} draft */
export const needsZone = (draft) =>
  LONG_TERM.some((name) => draft.limits[name].on) || draft.first || draft.advanced !== undefined;

/** What is kept, as the API takes it, whole. @param {Draft} draft @returns {Json} */
export function definitionOf(draft) {
  const limits = NAMES.map((name) => {
    const { on, n } = draft.limits[name];
    return [LIMITS[name].field, on ? Number(n) : LONG_TERM.includes(name) ? 0 : -1];
  });
  return {
    ...Object.fromEntries(limits),
    full_backup_interval: Number(draft.full),
    ...(needsZone(draft) && { timezone: draft.keptZone || undefined }),
    ...(draft.advanced && { advanced_retention_rules: draft.advanced }),
  };
}

/** Where a replication goes. @param {Draft} draft @returns {Json} */
const destinationOf = (draft) =>
  draft.kind === "replication" ? { destination_region: draft.region, destination_project_id: draft.project } : {};

/** @param {string} text @returns {number | null} */
const numberOrNone = (text) => (text === "" ? null : Number(text));

/** When it comes due, as the API takes it. @param {Draft} draft @returns {Json} */
export const scheduleOf = (draft) => ({
  trigger: { properties: { pattern: written(draft.rules), start_window_minutes: numberOrNone(draft.window) } },
  holdfast: { timezone: draft.timezone, jitter_minutes: Number(draft.jitter) },
});

/** All of a new policy. @param {Draft} draft @returns {Json} */
export function bodyOf(draft) {
  const { trigger, holdfast } = scheduleOf(draft);
  return {
    name: draft.name.trim(),
    operation_type: draft.kind,
    operation_definition: { ...definitionOf(draft), ...destinationOf(draft) },
    trigger,
    holdfast: { ...holdfast, timeout_minutes: numberOrNone(draft.timeout), keep_first_of_month: draft.first },
  };
}

/** What is other than it was: nothing else is sent, so that nothing else changes. @param {Draft} draft @param {Draft} before @returns {Json} */
export function changesOf(draft, before) {
  const [now, then] = [bodyOf(draft), bodyOf(before)];
  const properties = changed(now.trigger.properties, then.trigger.properties);
  const holdfast = changed(now.holdfast, then.holdfast);
  const { name } = changed({ name: now.name }, { name: then.name });
  const other = !alike(now.operation_definition, then.operation_definition);
  return {
    ...(name !== undefined && { name }),
    ...(other && { operation_definition: now.operation_definition }),
    ...(Object.keys(properties).length && { trigger: { properties } }),
    ...(Object.keys(holdfast).length && { holdfast }),
  };
}

/** @param {unknown} one @param {unknown} other */
const alike = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** @param {Json} now @param {Json} then @returns {Json} */
const changed = (now, then) =>
  Object.fromEntries(Object.entries(now).filter(([name, value]) => !alike(value, then[name])));

// ── what is wrong ──

/** What can be seen to be wrong without asking. @param {Draft} draft @returns {Faults} */
export function faultsOf(draft) {
  const faults = { ...scheduleFaults(draft), ...keepingFaults(draft) };
  if (!draft.name.trim()) faults.name = t("Give it a name.");
  else if (!NAME.test(draft.name.trim())) faults.name = t("Letters, digits, _ and -, at most 64 of them.");
  if (draft.timeout && !within(draft.timeout, 1, MOST_TIMEOUT)) faults.timeout_minutes = range(1, MOST_TIMEOUT);
  if (draft.kind === "replication") {
    if (!draft.region) faults.destination_region = t("Choose a region.");
    if (!draft.project) faults.destination_project_id = t("Choose a project.");
  }
  return faults;
}

/** @param {Draft} draft @returns {Faults} */
export function scheduleFaults(draft) {
  /** @type {Faults} */
  const faults = {};
  const count = written(draft.rules).length;
  if (!draft.rules.length) faults.pattern = t("Say at least once when it comes due.");
  else if (!draft.rules.every(isWhole)) faults.pattern = t("Choose the days and times of every rule.");
  else if (count > MOST_PATTERNS)
    faults.pattern = t("These are {n} rules; {most} are possible.", { n: count, most: MOST_PATTERNS });
  if (!within(draft.jitter, 0, MOST_JITTER)) faults.jitter_minutes = range(0, MOST_JITTER);
  if (draft.window && !within(draft.window, 60, 480)) faults.start_window_minutes = range(60, 480);
  return faults;
}

/** @param {Draft} draft @returns {Faults} */
export function keepingFaults(draft) {
  /** @type {Faults} */
  const faults = {};
  for (const name of NAMES) {
    const { field, most } = LIMITS[name];
    if (draft.limits[name].on && !within(draft.limits[name].n, 1, most)) faults[field] = range(1, most);
  }
  if (!within(draft.full, -1, 100)) faults.full_backup_interval = range(-1, 100);
  if (LONG_TERM.some((name) => draft.limits[name].on) && !draft.keptZone)
    faults.kept_timezone = t("Choose where the days begin.");
  return faults;
}

/** @param {string} text @param {number} least @param {number} most */
const within = (text, least, most) => /^-?\d+$/.test(text) && Number(text) >= least && Number(text) <= most;

/** @param {number} least @param {number} most */
const range = (least, most) => t("A whole number from {least} to {most}.", { least, most });

/** What the server found wrong, by its field; nothing where it named none. @param {Error | undefined} error @returns {Faults} */
export function refusedFields(error) {
  if (!(error instanceof Problem) || error.status !== 400) return {};
  const found = /(?:^|failed\. |\s)([a-z_]+(?:\.[a-z_]+)*)(?:\[\d+\])?: (.+)$/.exec(error.message);
  if (!found) return {};
  const path = found[1].split(".");
  const last = path[path.length - 1];
  const name = last === "timezone" && !path.includes("holdfast") ? "kept_timezone" : last;
  return { [name]: inWords(found[2]) };
}

/** @param {string} reason as the API says it */
function inWords(reason) {
  /** @type {Record<string, string>} */
  const known = {
    "comes due twice within an hour": t("Two of these times are less than an hour apart."),
    "names a rule that never comes due": t("One of these rules never comes due."),
    "is no IANA time zone": t("The server does not know this time zone."),
    "is needed with day, week, month or year backups": t("Choose where the days begin."),
  };
  return known[reason] ?? reason;
}
