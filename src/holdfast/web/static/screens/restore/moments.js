// A resource's good backups: a month at a time, and the backups of a day.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { moment, number, time } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useMemo } from "../../core/ui.js";
import { t, tn, writer } from "../../core/words.js";
import { Card, Empty, Shown, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { stepHref } from "./asked.js";
import { StepTitle } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */

const MOST = 1000;

/** The day of a moment in the viewer's zone, as `2026-03-01`. @param {Date} at */
const dayOf = (at) =>
  [at.getFullYear(), at.getMonth() + 1, at.getDate()].map((part) => String(part).padStart(2, "0")).join("-");

/** @param {{resource: string, chosen: string}} props */
export function Moments({ resource, chosen }) {
  const wanted = { resource_id: resource, status: "available", own_type: "all_granted", sort: "created_at:desc" };
  const found = useData((signal) => get("backups", { ...wanted, limit: MOST }, signal), [resource]);
  return html`<${Shown} of=${found} lines=${6}>${(/** @type {Json} */ page) => (page.backups.length ? html`<${Calendar} backups=${page.backups} count=${page.count} chosen=${chosen} />` : html`<${None} />`)}</${Shown}>`;
}

function None() {
  return html`<${Empty} icon="archive" title=${t("There is no good backup of this")}
    action=${html`<a role="button" class="secondary outline" href=${href("restore")}>${t("Choose something else")}</a>`}>
    ${t("Only backups that went well can be restored. Look at its tasks to see why there is none.")}
  </${Empty}>`;
}

/** @param {{backups: Json[], count: number, chosen: string}} props */
function Calendar({ backups, count, chosen }) {
  const { query } = useRoute();
  const days = useMemo(() => byDay(backups), [backups]);
  const known = [...days.keys()];
  const said = query.get("day") ?? "";
  const held = chosen && known.find((day) => days.get(day)?.some((one) => one.id === chosen));
  const day = days.has(said) ? said : held || known[0];
  const month = day.slice(0, 7);
  const months = [...new Set(known.map((one) => one.slice(0, 7)))];
  const place = months.indexOf(month);
  /** @param {number} by */
  const turn = (by) => narrow({ day: known.find((one) => one.startsWith(months[place + by])) });
  const first = new Date(Number(month.slice(0, 4)), Number(month.slice(5)) - 1, 1);
  return html`
    <${StepTitle}>${t("Which backup of {name}?", { name: backups[0].resource_name })}</${StepTitle}>
    <p><a href=${href("restore")}><${Icon} name="chevron-left" />${t("Something else")}</a></p>
    <div class="rs-moments">
      <${Card} class="rs-month">
        <header class="rs-month-head">
          <button type="button" class="plain" disabled=${place >= months.length - 1} onClick=${() => turn(1)}><${Icon} name="chevron-left" /><span class="unseen">${t("Earlier month")}</span></button>
          <h3>${time(first, { month: "long", year: "numeric" })}</h3>
          <button type="button" class="plain" disabled=${place <= 0} onClick=${() => turn(-1)}><${Icon} name="chevron-right" /><span class="unseen">${t("Later month")}</span></button>
        </header>
        <${Days} first=${first} days=${days} day=${day} />
        ${count > backups.length && html`<p class="faint small">${t("The newest {n} are shown here.", { n: number(backups.length) })} <a href=${href("backups", { resource_id: backups[0].resource_id })}>${t("All of them")}</a></p>`}
      </${Card}>
      <${OfDay} day=${day} backups=${days.get(day) ?? []} newest=${backups[0].id} chosen=${chosen} />
    </div>
  `;
}

/** @param {{first: Date, days: Map<string, Json[]>, day: string}} props */
function Days({ first, days, day }) {
  const monday = new Date(2024, 0, 1);
  const blank = (first.getDay() + 6) % 7;
  const length = new Date(first.getFullYear(), first.getMonth() + 1, 0).getDate();
  const names = Array.from({ length: 7 }, (_, index) => new Date(monday.getFullYear(), 0, monday.getDate() + index));
  return html`<div class="rs-days">
    ${names.map((one) => html`<span key=${one.getDay()} class="rs-day-name" aria-hidden="true">${writer(Intl.DateTimeFormat, { weekday: "short" }).format(one)}</span>`)}
    ${Array.from({ length: blank }, (_, index) => html`<span key=${`blank-${index}`}></span>`)}
    ${Array.from({ length }, (_, index) => {
      const at = new Date(first.getFullYear(), first.getMonth(), index + 1);
      const name = dayOf(at);
      const there = days.get(name)?.length ?? 0;
      if (!there) return html`<span key=${name} class="rs-day faint">${index + 1}</span>`;
      return html`<button key=${name} type="button" class="rs-day has" aria-pressed=${String(name === day)}
        aria-label=${`${time(at, { dateStyle: "long" })}: ${tn(there, "{n} backup", "{n} backups")}`} onClick=${() => narrow({ day: name })}>
        ${index + 1}<span class="rs-dots" aria-hidden="true">${there > 3 ? number(there) : "•".repeat(there)}</span>
      </button>`;
    })}
  </div>`;
}

/** @param {{day: string, backups: Json[], newest: string, chosen: string}} props */
function OfDay({ day, backups, newest, chosen }) {
  const [year, month, date] = day.split("-").map(Number);
  return html`<${Card} title=${time(new Date(year, month - 1, date), { dateStyle: "full" })}>
    <ul class="rs-choices">
      ${backups.map(
        (one) => html`<li key=${one.id} class=${one.id === chosen ? "rs-choice chosen" : "rs-choice"}>
          <a href=${stepHref({ step: "what", backup_id: one.id, day: null, disk: null, map: null, in: null, find: null })}>
            <${Icon} name="clock" />
            <span class="rs-choice-name"><strong><${When} at=${one.created_at}>${time(one.created_at, { timeStyle: "short" })}</${When}></strong><span class="faint small">${one.name}</span></span>
            <span class="rs-choice-fact small">${one.id === newest ? html`<span class="status good">${t("Newest")}</span>` : html`<${When} at=${one.created_at} relative />`}</span>
            <${Icon} name="chevron-right" />
          </a>
        </li>`,
      )}
    </ul>
  </${Card}>`;
}

/** The backups of each day, the newest first. @param {Json[]} backups */
function byDay(backups) {
  /** @type {Map<string, Json[]>} */
  const days = new Map();
  for (const one of backups) {
    const day = dayOf(moment(one.created_at));
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  return days;
}
