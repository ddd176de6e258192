// The curve of what a vault held, and where it goes if it goes on like that.
import { bytes, time } from "../../core/format.js";
import { html, useMemo, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Chart } from "../../parts/chart.js";
import { growthWords } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const DAY = 86_400;
// Sizes have steps of 1, 2, 4, 8 …, so that their figures are round.
const STEPS = Array.from({ length: 62 }, (_, power) => 2 ** power);

/** The beginning of a day, or of one so many days later, where the viewer is, in seconds: a chart's axis is in their zone, in which not every day has 24 hours. @param {string} day @param {number} [later] */
function secondsOf(day, later = 0) {
  const [year, month, date] = day.split("-").map(Number);
  return new Date(year, month - 1, date + later).getTime() / 1000;
}

/** The points of the curve, of what it would become, and of the size. @param {Json} history */
export function points(history) {
  /** @type {string[]} */
  const named = history.days.map((/** @type {Json} */ one) => one.day);
  const days = named.map((day) => secondsOf(day));
  const held = history.days.map((/** @type {Json} */ one) => one.used_bytes);
  const rate = history.bytes_per_day;
  const last = held.at(-1) ?? 0;
  const ahead = rate > 0 ? horizon(history, days.length) : 0;
  const coming = Array.from({ length: ahead }, (_, number) => number + 1);
  const size = history.capacity_bytes;
  const top = Math.max(...held, last + (rate > 0 ? rate * ahead : 0));
  const shown = size !== null && top * 4 >= size;
  return {
    shown,
    ahead,
    data: [
      [...days, ...coming.map((one) => secondsOf(named[named.length - 1], one))],
      [...held, ...coming.map(() => null)],
      [
        ...held.map((/** @type {number} */ _one, /** @type {number} */ place) =>
          ahead && place === held.length - 1 ? last : null,
        ),
        ...coming.map((one) => last + rate * one),
      ],
      [...days, ...coming].map(() => (shown ? size : null)),
    ],
  };
}

/** How many days are looked ahead: to the day when it is full, but no longer than was looked back. @param {Json} history @param {number} back */
function horizon(history, back) {
  const most = Math.max(14, back);
  if (!history.full_at) return most;
  const away = Math.round(
    (Date.parse(`${history.full_at}Z`) / 1000 - Date.parse(history.days.at(-1).day) / 1000) / DAY,
  );
  return Math.min(most, Math.max(1, away));
}

/** @param {{vault: Json, history: Json}} props */
export function Growth({ vault, history }) {
  const [at, setAt] = useState(/** @type {number | null} */ (null));
  const drawn = useMemo(() => points(history), [history]);
  if (history.days.length < 2)
    return html`<p class="faint">${t("The curve begins to be drawn tomorrow: one point a day.")}</p>`;
  /** @param {(name: string) => string} colour */
  const options = (colour) => look(colour, setAt);
  const legend = [
    ["stored", t("Stored")],
    ...(drawn.ahead ? [["coming", t("If it goes on like this")]] : []),
    ...(drawn.shown ? [["size", t("Size")]] : []),
  ];
  return html`
    <${Chart} options=${options} data=${drawn.data} label=${growthWords(vault, history)} height=${240} />
    <p class="vault-legend small faint">
      ${legend.map(([name, word]) => html`<span key=${name} class=${`legend-${name}`}>${word}</span>`)}
      <span class="legend-now">${now(drawn.data, at)}</span>
    </p>
  `;
}

/** What stood, or would stand, on the day under the pointer. @param {(number | null)[][]} data @param {number | null} at */
function now(data, at) {
  if (at === null || data[0][at] === undefined) return "";
  const value = data[1][at] ?? data[2][at];
  const day = time(new Date(/** @type {number} */ (data[0][at]) * 1000), { dateStyle: "medium" });
  return `${day}: ${bytes(value)}`;
}

/** @param {typeof import("../../parts/chart.js").colour} colour @param {(at: number | null) => void} pointed */
function look(colour, pointed) {
  const faint = colour("--pico-muted-color");
  const line = { stroke: colour("--pico-muted-border-color"), width: 1 };
  const axis = { stroke: faint, grid: line, ticks: { show: false }, font: "12px system-ui, sans-serif" };
  const days = (/** @type {unknown} */ _plot, /** @type {number[]} */ at) =>
    at.map((one) => time(new Date(one * 1000), { day: "numeric", month: "short" }));
  const sizes = (/** @type {unknown} */ _plot, /** @type {number[]} */ at) => at.map((one) => bytes(one));
  return {
    legend: { show: false },
    padding: [8, 24, 0, 0],
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      y: {
        range: (/** @type {unknown} */ _plot, /** @type {number} */ _low, /** @type {number} */ high) => [
          0,
          high * 1.08 || 1,
        ],
      },
    },
    axes: [
      { ...axis, values: days, size: 32, space: 70, incrs: [1, 2, 7, 14, 28, 56, 112, 364].map((one) => one * DAY) },
      { ...axis, values: sizes, size: 76, incrs: STEPS },
    ],
    series: [
      {},
      { stroke: colour("--chart-1"), width: 2, fill: colour("--chart-1", 13.3), points: { show: false } },
      { stroke: colour("--chart-1"), width: 2, dash: [5, 5], points: { show: false } },
      { stroke: colour("--chart-2"), width: 1.5, points: { show: false } },
    ],
    hooks: { setCursor: [(/** @type {any} */ plot) => pointed(plot.cursor.idx ?? null)] },
  };
}
