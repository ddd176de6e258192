// A page of tasks that keeps itself up to date by the one stream of events, and asks for nothing per event.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { moment } from "../../core/format.js";
import { useLive } from "../../core/live.js";
import { useEffect, useRef } from "../../core/ui.js";
import { fits, PAGE } from "./query.js";
import { unended } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {import("../../core/live.js").Told} Told */
/** @typedef {{asked: import("./query.js").Wanted, order: {sort_key: string, sort_dir: string}, marker: string}} Place */
/**
 * @typedef {object} Feed
 * @property {Json[]} rows
 * @property {number} count of all that fit
 * @property {string[]} fresh new tasks that fit and are not among the rows
 * @property {boolean} stale whether something changed that only the server can count
 * @property {boolean} heard whether the events since it was asked for have been told
 * @property {number} at when it was asked for
 */

const FIELDS =
  "operation_type,status,vault_id,vault_name,created_at,started_at,ended_at,updated_at,error_info,extra_info,holdfast";
const BREATH = 250;
const STALE_AFTER = 10_000;
const REMEMBERED = 60_000;

/** @param {Place} place @returns {import("../../core/data.js").Data<Feed>} */
export function useFeed(place) {
  const { asked, order, marker } = place;
  /** @returns {Promise<Feed>} */
  const load = async (/** @type {AbortSignal} */ signal) => {
    const at = Date.now();
    const query = { ...asked, ...order, marker, limit: PAGE, fields: FIELDS };
    const told = await get("operation-logs", query, signal);
    return { rows: told.operation_logs, count: told.count, fresh: [], stale: false, heard: false, at };
  };
  const feed = useData(load, [JSON.stringify(place)]);
  const recent = useRecent((events) => feed.change((before) => after(before, events, place)));
  const { data, reload } = feed;
  useEffect(() => {
    if (data && !data.heard) feed.change((before) => after({ ...before, heard: true }, recent.since(before.at), place));
  }, [data]);
  const stale = data?.stale ?? false;
  useEffect(() => {
    if (!stale) return;
    const timer = setTimeout(reload, STALE_AFTER);
    return () => clearTimeout(timer);
  }, [stale]);
  useLive(({ type }) => {
    if (type === "hello" || type === "reset") reload();
  });
  return feed;
}

/** Events as they come, told in gulps; those of the last minute are kept for an answer that is on its way. @param {(events: Told[]) => void} tell */
function useRecent(tell) {
  const kept = useRef(/** @type {{at: number, told: Told}[]} */ ([]));
  const gulp = useRef(/** @type {Told[]} */ ([]));
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  const latest = useRef(tell);
  latest.current = tell;
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive((told) => {
    if (told.type !== "task" && told.type !== "progress") return;
    gulp.current.push(told);
    kept.current = [...kept.current.filter((one) => one.at > Date.now() - REMEMBERED), { at: Date.now(), told }];
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current(gulp.current.splice(0));
    }, BREATH);
  });
  return { since: (/** @type {number} */ at) => kept.current.filter((one) => one.at >= at).map((one) => one.told) };
}

/** The page after these events. @param {Feed} before @param {Told[]} events @param {Place} place */
export function after(before, events, place) {
  let feed = before;
  for (const { type, data } of events) {
    if (type === "progress") feed = moved(feed, data);
    else if (data.operation_log) feed = changed(feed, data, place);
  }
  return feed;
}

/** @param {Feed} feed @param {Json} told @returns {Feed} */
const moved = (feed, told) => ({ ...feed, rows: feed.rows.map((row) => further(row, told)) });

/** A row after a word of its progress. @param {Json} row @param {Json} told @returns {Json} */
export function further(row, told) {
  if (row.id !== told.task_id || !unended(row) || told.updated_at < row.updated_at) return row;
  return {
    ...row,
    status: told.status,
    updated_at: told.updated_at,
    extra_info: { ...row.extra_info, common: { ...row.extra_info.common, progress: told.progress } },
    holdfast: { ...row.holdfast, phase: told.phase, figures: told.figures, waits_because: null },
  };
}

/** A row after a change of its status; why it waits is not told there. @param {Json} row @param {Json} log @returns {Json} */
export function renewed(row, log) {
  if (log.updated_at < row.updated_at) return row;
  const because = log.status === "waiting" ? row.holdfast.waits_because : null;
  return { ...row, ...log, holdfast: { ...log.holdfast, waits_because: because } };
}

/** @param {Feed} feed @param {Json} data @param {Place} place @returns {Feed} */
function changed(feed, data, place) {
  const log = data.operation_log;
  const fitting = fits(log, place.asked);
  const known = feed.rows.find((row) => row.id === log.id);
  if (known) {
    const row = { ...renewed(known, log), gone: !fitting };
    const count = feed.count + Number(Boolean(known.gone)) - Number(row.gone);
    return { ...feed, count, rows: feed.rows.map((one) => (one === known ? row : one)) };
  }
  if (!fitting) return { ...feed, stale: feed.stale || Boolean(place.asked.status) };
  if (belongs(feed, log, place)) {
    const rows = [...feed.rows, log].sort(place.order.sort_dir === "asc" ? older : newer);
    return { ...feed, rows: rows.slice(0, PAGE), count: feed.count + 1 };
  }
  if (!isNew(data) || feed.fresh.includes(log.id)) return { ...feed, stale: feed.stale || Boolean(place.asked.status) };
  return { ...feed, fresh: [...feed.fresh, log.id], count: feed.count + 1 };
}

/** Whether it tells of a task that was just made: one that waits, or was left out at once. @param {Json} data */
function isNew({ status, at, operation_log: log }) {
  return (
    status === "waiting" || (status === "skipped" && moment(at).getTime() - moment(log.created_at).getTime() < 1000)
  );
}

/** @param {Json} one @param {Json} other */
const older = (one, other) => moment(one.created_at).getTime() - moment(other.created_at).getTime();
/** @param {Json} one @param {Json} other */
const newer = (one, other) => older(other, one);

/** Whether its place is among the rows: known for sure on the first page, in the order of creation. @param {Feed} feed @param {Json} log @param {Place} place */
function belongs({ rows }, log, { order, marker }) {
  if (marker || order.sort_key !== "created_at") return false;
  if (rows.length < PAGE) return true;
  return order.sort_dir === "desc" && newer(log, rows[rows.length - 1]) <= 0;
}
