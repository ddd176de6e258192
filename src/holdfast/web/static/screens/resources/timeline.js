// The backups of the last days, a field for each day: what went well, what failed, what is gone.
import { moment, time } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useRef, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Icon } from "../../parts/icon.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {"failed" | "good" | "replica" | "gone" | "open"} Kind */
/** @typedef {{kind: Kind, at: Date, href: string}} Mark */

export const DAYS = 90;

/** The worst first: it colours the day. @type {Kind[]} */
const KINDS = ["failed", "open", "good", "replica", "gone"];
const PICTURES = { failed: "x", open: "loader-circle", good: "check", replica: "copy", gone: "archive" };

/** What is to be marked: backups that are there, and the tasks of those that are not. @param {Json[]} backups @param {Json[]} tasks @returns {Mark[]} */
export function marksOf(backups, tasks) {
  const took = new Map(tasks.map((task) => [task.extra_info?.backup?.backup_id, task]));
  const there = new Set(backups.map((one) => one.id));
  const marks = backups.map((one) => {
    const kind = kindOf(one);
    const task = kind === "failed" ? took.get(one.id) : undefined;
    return { kind, at: moment(one.created_at), href: href(task ? ["tasks", task.id] : ["backups", one.id]) };
  });
  const without = tasks.filter((task) => !there.has(task.extra_info?.backup?.backup_id));
  const more = without.map((task) => {
    const kind = /** @type {Kind} */ (task.status === "success" ? "gone" : task.ended_at ? "failed" : "open");
    return { kind, at: moment(task.created_at), href: href(["tasks", task.id]) };
  });
  return [...marks, ...more].sort((one, other) => one.at.getTime() - other.at.getTime());
}

/** Since when all marks are known, if not always: lists that were cut end with the oldest that they tell. @param {...[number, Json[]]} lists each with the number of all, newest first @returns {Date | null} */
export function completeSince(...lists) {
  const cut = lists.filter(([count, rows]) => count > rows.length);
  const ends = cut.map(([, rows]) => moment(rows.at(-1)?.created_at).getTime());
  return ends.length ? new Date(Math.max(...ends)) : null;
}

/** @param {Json} backup @returns {Kind} */
function kindOf(backup) {
  if (backup.status === "error") return "failed";
  if (["protecting", "waiting_protect"].includes(backup.status)) return "open";
  return backup.image_type === "replication" ? "replica" : "good";
}

/** @param {Kind} kind @param {number} n */
function counted(kind, n) {
  if (kind === "failed") return tn(n, "{n} failed", "{n} failed");
  if (kind === "open") return tn(n, "{n} under way", "{n} under way");
  if (kind === "good") return tn(n, "{n} good backup", "{n} good backups");
  if (kind === "replica") return tn(n, "{n} replica", "{n} replicas");
  return tn(n, "{n} expired or deleted", "{n} expired or deleted");
}

/** @param {Mark[]} marks */
function said(marks) {
  return KINDS.map((kind) => [kind, marks.filter((one) => one.kind === kind).length])
    .filter(([, n]) => n)
    .map(([kind, n]) => counted(/** @type {Kind} */ (kind), /** @type {number} */ (n)))
    .join(", ");
}

/** The days, the last one is today, in the viewer's zone. @param {Mark[]} marks @param {Date | null} since @returns {{day: Date, marks: Mark[], known: boolean}[]} */
function byDay(marks, since) {
  const today = new Date();
  const shown = since ? marks.filter((one) => one.at >= since) : marks;
  return Array.from({ length: DAYS }, (_, place) => {
    const from = today.getDate() - (DAYS - 1 - place);
    const day = new Date(today.getFullYear(), today.getMonth(), from);
    const next = new Date(today.getFullYear(), today.getMonth(), from + 1);
    return { day, marks: shown.filter((one) => one.at >= day && one.at < next), known: !since || next > since };
  });
}

/** One stop of the keyboard: arrows go from day to day. @param {{marks: Mark[], since: Date | null}} props `since` is when the marks begin to be complete; those before it are left out */
export function Timeline({ marks, since }) {
  const days = byDay(marks, since);
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const [here, setHere] = useState(-1);
  const full = days.flatMap((one, place) => (one.marks.length ? [place] : []));
  const stop = full.includes(here) ? here : full.at(-1);
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const at = full.indexOf(stop ?? -1);
    const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: full.length - 1 }[event.key];
    if (next === undefined || !(next in full)) return;
    event.preventDefault();
    setHere(full[next]);
    /** @type {HTMLElement | null | undefined} */ (
      frame.current?.querySelector(`[data-place="${full[next]}"]`)
    )?.focus();
  };
  return html`
    <ol class="resource-days" ref=${frame} aria-label=${t("Backups by day: the arrow keys go from day to day")} onKeyDown=${move}>
      ${days.map(
        (one, place) => html`<li key=${place}><${Day} ...${one} place=${place} stop=${place === stop} /></li>`,
      )}
    </ol>
    <p class="resource-legend small faint">
      ${KINDS.map((kind) => html`<span key=${kind}><span class=${`resource-key ${kind}`}><${Icon} name=${PICTURES[kind]} /></span>${legend(kind)}</span>`)}
    </p>
  `;
}

/** @param {Kind} kind */
function legend(kind) {
  const words = {
    failed: t("failed"),
    open: t("under way"),
    good: t("good"),
    replica: t("replica"),
    gone: t("expired or deleted"),
  };
  return words[kind];
}

/** @param {{day: Date, marks: Mark[], known: boolean, place: number, stop: boolean}} props */
function Day({ day, marks, known, place, stop }) {
  const date = time(day, { dateStyle: "medium" });
  const begins = place === 0 || day.getDate() === 1;
  const label = begins ? time(day, { month: "short" }) : String(day.getDate());
  const worst = KINDS.find((kind) => marks.some((one) => one.kind === kind));
  if (!worst) {
    const nothing = known ? t("{day}: no backup", { day: date }) : t("{day}: not shown", { day: date });
    return html`<span class=${known ? "resource-day none" : "resource-day out"} title=${nothing}><span aria-hidden="true">${label}</span><span class="unseen">${nothing}</span></span>`;
  }
  const words = `${date}: ${said(marks)}`;
  const newest = marks.filter((one) => one.kind === worst).at(-1);
  return html`<a class=${`resource-day ${worst}`} href=${newest?.href} data-place=${place} tabindex=${stop ? 0 : -1} title=${words} aria-label=${words}>
    <span aria-hidden="true">${label}</span><${Icon} name=${PICTURES[worst]} />
  </a>`;
}
