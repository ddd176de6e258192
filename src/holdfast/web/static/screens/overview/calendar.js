// How the last weeks went: a field of days, each a way to its tasks.
import { number, percent, time } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useRef, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Loading, Trouble } from "../../parts/basics.js";
import { grade, named, weeks, written } from "./days.js";

/** @typedef {import("./days.js").Day} Day */

/** What a day was like, in a sentence. @param {Day} day */
function said({ from, count, well, failed, open }) {
  const date = time(from, { day: "numeric", month: "long" });
  if (!count) return t("{date}: no tasks", { date });
  const parts = [tn(count, "{date}: {well} of {n} well", "{date}: {well} of {n} well", { date, well: number(well) })];
  if (failed) parts.push(tn(failed, "{n} failed", "{n} failed"));
  if (open) parts.push(tn(open, "{n} not ended yet", "{n} not ended yet"));
  return parts.join(", ");
}

/** What all the days were like. @param {Day[]} days */
function summed(days) {
  const total = (/** @type {"count" | "well" | "failed"} */ what) => days.reduce((sum, one) => sum + one[what], 0);
  const [count, well, failed] = [total("count"), total("well"), total("failed")];
  if (!count) return t("No tasks yet");
  const share = percent(Math.floor((well / Math.max(1, well + failed)) * 1000) / 1000);
  return tn(
    count,
    "{n} task, {share} of what ended did so well",
    "{n} tasks, {share} of those that ended did so well",
    {
      share,
    },
  );
}

/** @param {{of: {data?: import("../../core/api.js").Json[], error?: Error, reload: () => void, days: number}, now: Date}} props */
export function Calendar({ of, now }) {
  const shown = of.data && weeks(now, of.days, of.data);
  return html`<${Card} title=${t("The last {n} days", { n: of.days })} class="calendar-card">
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${shown && html`<p class="faint heat-sum">${summed(shown.flat())}</p>`}
    ${shown ? html`<${Days} weeks=${shown} today=${named(now)} />` : !of.error && html`<${Loading} lines=${5} />`}
    <ul class="heat-legend" aria-label=${t("Legend")}>
      <li><span class="heat well" aria-hidden="true"></span>${t("all well")}</li>
      <li><span class="heat some" aria-hidden="true">1</span>${t("some failed")}</li>
      <li><span class="heat many" aria-hidden="true">9</span>${t("a quarter or more failed")}</li>
      <li><span class="heat none" aria-hidden="true"></span>${t("no tasks")}</li>
    </ul>
  </${Card}>`;
}

/** @param {{weeks: Day[][], today: string}} props */
function Days({ weeks, today }) {
  const field = useRef(/** @type {HTMLDivElement | null} */ (null));
  const [chosen, choose] = useState(today);
  const days = weeks.flat();
  const tabbed = days.some((one) => one.day === chosen && !one.future) ? chosen : today;
  /** @param {KeyboardEvent} event */
  const move = (event) => {
    const steps = stepsOf(event.key, field.current);
    if (!steps) return;
    event.preventDefault();
    const shown = days.filter((one) => !one.future);
    const at = shown.findIndex((one) => one.day === tabbed) + steps;
    const next = shown[Math.max(0, Math.min(shown.length - 1, at))].day;
    choose(next);
    /** @type {HTMLElement | null | undefined} */ (field.current?.querySelector(`[data-day="${next}"]`))?.focus();
  };
  return html`<div ref=${field} class="calendar" role="grid" aria-label=${t("Tasks by day; arrow keys move between days")} onKeyDown=${move}>
    <div role="row" class="heat-week head">
      <span role="columnheader" class="heat-month"><span class="unseen">${t("Week of")}</span></span>
      ${weeks[0].map(({ from, day }) => html`<span key=${day} role="columnheader">${time(from, { weekday: "short" })}</span>`)}
    </div>
    ${weeks.map(
      (week, number) => html`<div key=${week[0].day} role="row" class="heat-week">
        <${Month} week=${week} other=${weeks[number - 1] ?? weeks[1]} first=${number === 0} />
        ${week.map((day) => html`<${Cell} key=${day.day} day=${day} tabbed=${day.day === tabbed} today=${day.day === today} onFocus=${() => choose(day.day)} />`)}
      </div>`,
    )}
  </div>`;
}

/** A week's head: its month, where one begins; at the start only where the next one leaves room. @param {{week: Day[], other: Day[], first: boolean}} props `other` is the week before, for the first the one after */
function Month({ week, other, first }) {
  const same = other[0].from.getMonth() === week[0].from.getMonth();
  const begins = first ? same : !same;
  const date = time(week[0].from, { day: "numeric", month: "long" });
  return html`<span role="rowheader" class="heat-month">
    <span aria-hidden="true">${begins && time(week[0].from, { month: "short" })}</span><span class="unseen">${date}</span>
  </span>`;
}

/** @param {{day: Day, tabbed: boolean, today: boolean, onFocus: () => void}} props */
function Cell({ day, tabbed, today, onFocus }) {
  if (day.future) return html`<span role="gridcell" class="heat out"></span>`;
  const look = `heat ${grade(day)}${today ? " today" : ""}`;
  const to = href("tasks", { created_after: written(day.from), created_before: written(day.to) });
  const text = said(day);
  return html`<span role="gridcell">
    <a class=${look} href=${to} data-day=${day.day} tabindex=${tabbed ? 0 : -1} aria-label=${text} title=${text} onFocus=${onFocus}>
      ${day.failed > 99 ? "99" : day.failed || ""}
    </a>
  </span>`;
}

/** How many days a key moves; weeks stand beside each other where there is room, else below each other. @param {string} key @param {HTMLElement | null} field */
function stepsOf(key, field) {
  const beside = field !== null && getComputedStyle(field).flexDirection === "row";
  const [along, across] = beside ? [7, 1] : [1, 7];
  const steps = {
    ArrowRight: along,
    ArrowLeft: -along,
    ArrowDown: across,
    ArrowUp: -across,
    PageDown: 28,
    PageUp: -28,
    Home: -1000,
    End: 1000,
  };
  return /** @type {Record<string, number>} */ (steps)[key] ?? 0;
}
