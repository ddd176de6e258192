// What the overview asks for: what is quick at once, what grows with the past after it.
import { get, mayNamePaths, role } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { useEffect, useState } from "../../core/ui.js";
import { dayOf, evening, named, written, zone } from "./days.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @template T @typedef {import("../../core/data.js").Data<T>} Data */

const DAYS = 90;
const FIELDS =
  "operation_type,status,vault_id,vault_name,created_at,started_at,ended_at,error_info,extra_info,holdfast";
export const MOST_ROWS = 60;
const LATELY_DAYS = 7;

/** The time, anew every so many milliseconds: what is late becomes so without anything happening. @param {number} pause */
export function useNow(pause) {
  const [now, set] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => set(new Date()), pause);
    return () => clearInterval(timer);
  }, [pause]);
  return now;
}

/** What is protected and what is not, since when that is known. @param {number} minute */
export function useProtection(minute) {
  const data = useData(
    async (signal) => {
      const told = await get("holdfast/protection/summary", {}, signal);
      return { ...told.protection_summary, at: new Date() };
    },
    [minute],
  );
  useReloadOnTasks(data.reload, ended, 3000);
  return /** @type {Data<Json & {at: Date}>} */ (data);
}

/** Those who may see the machines: which workers there are. Others: null. @param {number} minute */
export function useWorkers(minute) {
  return useData(
    async (signal) => (mayNamePaths() ? (await get("holdfast/workers", { limit: 1000 }, signal)).workers : null),
    [minute, role()],
  );
}

/** How much is overdue, by any policy: replicas, too. @param {number} minute */
export function useOverdue(minute) {
  const data = useData(
    async (signal) => /** @type {number} */ ((await get("holdfast/overdue", { limit: 1 }, signal)).count),
    [minute],
  );
  useReloadOnTasks(data.reload, ended, 3000);
  return data;
}

/** @typedef {{running: number, waiting: number, tasks: Json[]}} Current how many run and wait, and those of them that are known one by one */

/** What runs and what waits: of each those that came first. @param {number} minute @returns {Data<Current>} */
export function useCurrent(minute) {
  const data = useData(
    async (signal) => {
      const wanted = { sort_dir: "asc", limit: MOST_ROWS, fields: FIELDS };
      const [running, waiting] = await Promise.all([
        get("operation-logs", { ...wanted, status: "running" }, signal),
        get("operation-logs", { ...wanted, status: "waiting" }, signal),
      ]);
      const tasks = [...running.operation_logs, ...waiting.operation_logs];
      return { running: running.count, waiting: waiting.count, tasks };
    },
    [minute],
  );
  useReloadOnTasks(data.reload, () => true, 1500);
  return data;
}

/** What did not end well in the last week: the newest of it, and how much there is. @param {number} minute @returns {Data<Json>} */
export function useFailed(minute) {
  const data = useData(
    (signal) => {
      const since = written(dayOf(new Date(), -LATELY_DAYS));
      const wanted = { status: "failed,timeout", ended_after: since, sort_key: "ended_at", limit: 100, fields: FIELDS };
      return get("operation-logs", wanted, signal);
    },
    [minute],
  );
  useReloadOnTasks(data.reload, (event) => event.status === "failed" || event.status === "timeout", 2000);
  return data;
}

/** What ended since yesterday evening: what did not end well, then the rest, each as much as can be shown. @param {boolean} ready */
export function useNight(ready) {
  const data = useData(
    async (signal) => {
      if (!ready) return undefined;
      const from = evening(new Date());
      const wanted = { ended_after: written(from), sort_key: "ended_at", fields: FIELDS };
      const [bad, rest] = await Promise.all([
        get("operation-logs", { ...wanted, status: "failed,timeout", limit: 100 }, signal),
        get("operation-logs", { ...wanted, status: "success,skipped", limit: 300 }, signal),
      ]);
      return { from, bad: bad.count, rest: rest.count, tasks: [...bad.operation_logs, ...rest.operation_logs] };
    },
    [ready],
  );
  useReloadOnTasks(data.reload, ended, 5000);
  return /** @type {Data<{from: Date, bad: number, rest: number, tasks: Json[]} | undefined>} */ (data);
}

/** What became of the tasks of each day: the past is added up once, yesterday and today again and again. @param {boolean} ready @param {Date} now */
export function useDays(ready, now) {
  const today = named(now);
  /** @param {number} days @param {AbortSignal} signal @returns {Promise<Json[]>} */
  const sum = async (days, signal) => {
    const wanted = { timezone: zone(), created_after: written(dayOf(now, 1 - days)), top: 1 };
    return (await get("operation-logs/summary", wanted, signal)).summary.by_day;
  };
  const past = useData(async (signal) => (ready ? sum(DAYS, signal) : undefined), [ready, today]);
  const recent = useData(async (signal) => (past.data ? sum(2, signal) : []), [past.data]);
  useReloadOnTasks(recent.reload, ended, 10_000);
  return { ...past, data: past.data && [...past.data, ...(recent.data ?? [])], days: DAYS };
}

/** How the vaults grew. @param {boolean} ready */
export function useGrowth(ready) {
  return useData(
    async (signal) =>
      ready
        ? /** @type {Json[]} */ (
            (await get("holdfast/usage-history", { days: DAYS, limit: 100 }, signal)).usage_history
          )
        : undefined,
    [ready],
  );
}

/** @param {Json} event */
function ended(event) {
  return event.status !== "running";
}
