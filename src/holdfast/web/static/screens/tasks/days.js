// A column for each day: what went well, what did not, and the rest.
import { time } from "../../core/format.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";

const MOST_DAYS = 60;
const HEIGHT = 64;
const WIDTH = 12;

/** @param {{days: import("../../core/api.js").Json[]}} props */
export function Days({ days }) {
  const shown = days.slice(-MOST_DAYS);
  const most = Math.max(1, ...shown.map((day) => day.count));
  if (shown.length < 2) return null;
  const label = t("Tasks of each day from {from} to {to}: at most {most} on one day", {
    from: date(shown[0].day),
    to: date(shown[shown.length - 1].day),
    most,
  });
  return html`<figure class="task-days">
    <svg viewBox=${`0 0 ${shown.length * WIDTH} ${HEIGHT}`} height=${HEIGHT} preserveAspectRatio="none" role="img" aria-label=${label}>
      ${shown.map((day, place) => html`<${Day} key=${day.day} day=${day} x=${place * WIDTH} most=${most} />`)}
    </svg>
    <figcaption class="faint small"><span>${date(shown[0].day)}</span><span class="task-legend"><i class="ok"></i>${t("went well")} <i class="ko"></i>${t("did not")} <i class="else"></i>${t("other")}</span><span>${date(shown[shown.length - 1].day)}</span></figcaption>
  </figure>`;
}

/** @param {string} day */
const date = (day) => time(`${day}T12:00:00`, { dateStyle: "medium", timeZone: "UTC" });

/** @param {{day: import("../../core/api.js").Json, x: number, most: number}} props */
function Day({ day, x, most }) {
  const { statuses, count } = day;
  const bad = statuses.failed + statuses.timeout;
  /** @type {[string, number][]} */
  const parts = [
    ["ok", statuses.success],
    ["else", count - statuses.success - bad],
    ["ko", bad],
  ];
  let y = HEIGHT;
  return html`<g>
    <title>${t("{day}: {good} well, {bad} not, {count} in all", { day: date(day.day), good: statuses.success, bad, count })}</title>
    <rect class="none" x=${x} y="0" width=${WIDTH} height=${HEIGHT} />
    ${parts
      .filter(([, n]) => n)
      .map(([name, n]) => {
        const height = Math.max(2, (n / most) * (HEIGHT - 2));
        y -= height;
        return html`<rect key=${name} class=${name} x=${x + 1} y=${y} width=${WIDTH - 2} height=${height} />`;
      })}
  </g>`;
}
