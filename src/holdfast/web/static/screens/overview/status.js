// One honest line: how it stands, worst first, and since when that is known.
import { time } from "../../core/format.js";
import { useLiveState } from "../../core/live.js";
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Loading, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{tone: "bad" | "warn" | "calm", text: string, to?: string}} Part */

const DAY = 86_400_000;
const PICTURES = { good: "circle-check", bad: "circle-x", warn: "triangle-alert", calm: "circle-help" };

/**
 * What is wrong, the worst first. @param {Json | undefined} sum @param {number | undefined} overdue by any policy @param {Json[] | null | undefined} workers @param {Json[] | undefined} current @param {Json[] | undefined} failed
 * @returns {Part[]}
 */
export function wrong(sum, overdue, workers, current, failed) {
  const found = [...standing(sum), ...behind(sum, overdue), ...missing(workers, current), ...others(failed)];
  const order = { bad: 0, warn: 1, calm: 2 };
  return found.sort((one, other) => order[one.tone] - order[other.tone]);
}

/** @param {Json | undefined} sum @returns {Part[]} */
function standing(sum) {
  if (!sum) return [];
  const { failing, overdue, unprotected, unproven, suspended } = sum;
  /** @param {string} state */
  const to = (state) => href("resources", { state });
  const parts = /** @type {(Part | false)[]} */ ([
    !sum.resources && { tone: "warn", text: t("There is nothing to protect yet"), to: href("resources") },
    failing && { tone: "bad", text: tn(failing, "{n} resource failing", "{n} resources failing"), to: to("failing") },
    overdue && { tone: "bad", text: tn(overdue, "{n} overdue", "{n} overdue"), to: to("overdue") },
    unprotected && {
      tone: "warn",
      text: tn(unprotected, "{n} unprotected", "{n} unprotected"),
      to: to("unprotected"),
    },
    sum.new && {
      tone: "warn",
      text: tn(sum.new, "{n} without a first backup", "{n} without a first backup"),
      to: to("new"),
    },
    unproven && {
      tone: "warn",
      text: tn(unproven, "{n} not proven restorable in 90 days", "{n} not proven restorable in 90 days"),
      to: href("resources", { state: "unproven" }),
    },
    suspended && { tone: "calm", text: tn(suspended, "{n} suspended", "{n} suspended"), to: to("suspended") },
  ]);
  return parts.filter((one) => one !== false && typeof one === "object");
}

/** What is overdue without a resource that is called so: of one that fails besides, or a replica. @param {Json | undefined} sum @param {number | undefined} overdue @returns {Part[]} */
function behind(sum, overdue) {
  if (!overdue || sum?.overdue) return [];
  return [
    { tone: "bad", text: tn(overdue, "{n} behind its policy", "{n} behind their policies"), to: href("policies") },
  ];
}

/** Workers that are not there, as far as the viewer may know it. @param {Json[] | null | undefined} workers @param {Json[]} current @returns {Part[]} */
function missing(workers, current = []) {
  const stuck = current.filter((task) => (task.holdfast?.waits_because?.reason ?? "").startsWith("no_worker")).length;
  const to = href("tasks", { status: "waiting" });
  /** @type {Part[]} */
  const parts = [];
  if (stuck) parts.push({ tone: "bad", text: tn(stuck, "{n} task finds no worker", "{n} tasks find no worker"), to });
  if (!workers) return parts;
  const alive = workers.filter((one) => one.alive);
  if (!alive.length) return [{ tone: "bad", text: t("No worker is alive: nothing is backed up"), to }];
  const gone = workers.filter((one) => !one.alive && isMissed(one, alive)).length;
  if (gone) parts.push({ tone: "bad", text: tn(gone, "{n} worker is missing", "{n} workers are missing"), to });
  return parts;
}

/** Nobody on its machine has taken its place since, or nobody serves a site of its. @param {Json} worker @param {Json[]} alive */
function isMissed(worker, alive) {
  const machine = (/** @type {Json} */ one) => one.id.split("-").slice(0, -2).join("-");
  const served = new Set(alive.flatMap((one) => one.sites));
  if (worker.sites.some((/** @type {string} */ site) => !served.has(site))) return true;
  const lately = Date.now() - Date.parse(`${worker.seen_at}Z`) < DAY;
  return lately && !alive.some((one) => machine(one) === machine(worker));
}

/** What failed since yesterday and is no backup, of which a resource would tell. @param {Json[] | undefined} failed @returns {Part[]} */
function others(failed) {
  const since = Date.now() - DAY;
  const count = (failed ?? []).filter(
    (task) =>
      task.operation_type !== "backup" && task.holdfast.outcome !== "cancelled" && Date.parse(task.ended_at) > since,
  ).length;
  if (!count) return [];
  const text = tn(count, "{n} other task failed since yesterday", "{n} other tasks failed since yesterday");
  return [
    { tone: "warn", text, to: href("tasks", { status: "failed,timeout", ended_after: new Date(since).toISOString() }) },
  ];
}

/**
 * Green only where every figure is there and news would be heard.
 * @param {{parts: Part[], sum: (Json & {at: Date}) | undefined, ready: boolean, unknown: boolean, retry: () => void}} props `ready`: every figure was told or refused; `unknown`: some were refused
 */
export function StatusLine({ parts, sum, ready, unknown, retry }) {
  const live = useLiveState();
  if (!ready) return html`<section class="standing tone-calm"><${Loading} lines=${1} /></section>`;
  const tone =
    parts.find((one) => one.tone !== "calm")?.tone ?? (unknown || parts.length || live !== "live" ? "calm" : "good");
  const known = { live: t("live"), connecting: t("connecting"), broken: t("not live: trying again") };
  return html`<section class=${`standing tone-${tone}`} aria-label=${t("How it stands")}>
    <${Icon} name=${PICTURES[tone]} />
    <div>
      <p class="standing-what">
        ${tone === "good" && html`<strong>${tn(sum?.resources ?? 0, "The resource is protected and proven", "All {n} resources are protected and proven")}</strong>`}
        ${parts.map(
          ({ text, to }, number) =>
            html`${(number > 0 || tone === "good") && html`<span aria-hidden="true"> · </span>`}<a key=${text} href=${to}>${text}</a>`,
        )}
        ${tone !== "good" && !parts.length && html`<strong>${t("Nobody can say that all is well")}</strong>`}
      </p>
      ${
        unknown &&
        html`<p class="standing-unknown" role="alert">
          ${t("Some figures could not be loaded, so this may not be all.")}
          <button type="button" class="plain" onClick=${retry}>${t("Try again")}</button>
        </p>`
      }
      <p class="standing-since">
        ${sum ? html`<${When} at=${sum.at}>${t("As of {time}, {live}", { time: time(sum.at, { timeStyle: "medium" }), live: known[live] })}</${When}>` : known[live]}
      </p>
    </div>
  </section>`;
}
