// Days of the viewer's clocks, and what was done on each.
import { moment } from "../../core/format.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{day: string, from: Date, to: Date, count: number, well: number, failed: number, open: number, future: boolean}} Day */

/** The viewer's zone, as the API wants it named. */
export const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

/** The first moment of a day, so many days from the one that `at` is in. @param {Date} at @param {number} [days] */
export function dayOf(at, days = 0) {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + days);
}

/** `2026-03-01`, by the viewer's clocks. @param {Date} at */
export function named(at) {
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** A moment as a filter takes it. @param {Date} at */
export const written = (at) => at.toISOString();

/** The first moment of what is "last night": six in the evening of yesterday. @param {Date} now */
export function evening(now) {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, 18);
}

/** Whole weeks from Monday on, so that the last so many days are in them. @param {Date} now @param {number} days @param {Json[]} told `by_day` of summaries; a later line of a day wins @returns {Day[][]} */
export function weeks(now, days, told) {
  const known = new Map(told.map((one) => [one.day, one]));
  const today = dayOf(now);
  const oldest = dayOf(now, 1 - days);
  const monday = dayOf(oldest, -((oldest.getDay() + 6) % 7));
  const found = [];
  for (let week = monday; week <= today; week = dayOf(week, 7)) {
    found.push(Array.from({ length: 7 }, (_, number) => one(dayOf(week, number), known, oldest, today)));
  }
  return found;
}

/** @param {Date} from @param {Map<string, Json>} known @param {Date} oldest @param {Date} today @returns {Day} */
function one(from, known, oldest, today) {
  const { statuses = {}, count = 0 } = known.get(named(from)) ?? {};
  const failed = (statuses.failed ?? 0) + (statuses.timeout ?? 0);
  const open = (statuses.waiting ?? 0) + (statuses.running ?? 0);
  const future = from > today || from < oldest;
  return { day: named(from), from, to: dayOf(from, 1), count, well: statuses.success ?? 0, failed, open, future };
}

/** How a day went. @param {Day} day @returns {"none" | "well" | "some" | "many"} */
export function grade({ count, failed, well }) {
  if (!count) return "none";
  if (!failed) return "well";
  return failed * 4 >= failed + well ? "many" : "some";
}

/** @param {Json} task @returns {[number, number | null]} when it began and ended, in milliseconds */
export function spanOf(task) {
  return [moment(task.started_at ?? task.created_at).getTime(), task.ended_at ? moment(task.ended_at).getTime() : null];
}
