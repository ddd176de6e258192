// What a policy does, in words: when it comes due, and what it keeps.
import { locale, t, tn, writer } from "../../core/words.js";
import { clock, isKept, isWhole, minutesOf, read, WEEKDAYS } from "./schedule.js";

/** @typedef {import("../../core/api.js").Json} Json */

const A_MONDAY = Date.UTC(2024, 0, 1);

/** The name of a weekday. @param {string} day `MO` to `SU` @param {"long" | "short"} [width] */
export function weekday(day, width = "long") {
  const at = new Date(A_MONDAY + 86_400_000 * WEEKDAYS.indexOf(day));
  return writer(Intl.DateTimeFormat, { weekday: width, timeZone: "UTC" }).format(at);
}

/** @param {string[]} parts */
export const listed = (parts) => writer(Intl.ListFormat, { type: "conjunction" }).format(parts);

/** Days as people say them: a span where they follow each other. @param {string[]} days */
function weekdays(days) {
  const places = days.map((day) => WEEKDAYS.indexOf(day)).sort((one, other) => one - other);
  const [first, last] = [places[0], places[places.length - 1]];
  if (places.length > 2 && last - first === places.length - 1)
    return t("{first} to {last}", { first: weekday(WEEKDAYS[first]), last: weekday(WEEKDAYS[last]) });
  return listed(places.map((place) => weekday(WEEKDAYS[place])));
}

/** @param {import("./schedule.js").Sentence} sentence */
function daysIn({ every, interval, days }) {
  if (every === "day") return tn(interval, "Every day", "Every {n} days");
  if (interval > 1) return t("Every {n} weeks on {days}", { n: interval, days: weekdays(days) });
  return days.length === WEEKDAYS.length ? t("Every day") : t("Every week on {days}", { days: weekdays(days) });
}

/** @param {import("./schedule.js").Sentence} sentence */
function timesIn(sentence) {
  const times = minutesOf(sentence).map(clock);
  if (sentence.at.kind === "times") return t("at {times}", { times: listed(times) });
  const values = { from: times[0], to: times[times.length - 1] };
  return tn(sentence.at.step, "every hour from {from} to {to}", "every {n} hours from {from} to {to}", values);
}

/** One rule in words; empty where it is not whole yet. @param {import("./schedule.js").Rule} rule */
export function ruleInWords(rule) {
  if (isKept(rule)) return rule.raw;
  return isWhole(rule) ? `${daysIn(rule)} ${timesIn(rule)}` : "";
}

/** When a policy comes due, a sentence for each rule. @param {Json} policy @returns {string[]} */
export const when = (policy) => read(policy.trigger.properties.pattern).map(ruleInWords);

/** What is kept, in parts: first what limits it, then what stays besides. @param {Json} definition @param {boolean} first @returns {{most: string[], besides: string[]}} */
export function keptParts(definition, first) {
  const { max_backups, retention_duration_days, day_backups, week_backups, month_backups, year_backups } = definition;
  const most = [
    max_backups > 0 && tn(max_backups, "the last one", "the last {n}"),
    retention_duration_days > 0 && tn(retention_duration_days, "for {n} day", "for {n} days"),
  ];
  const besides = [
    day_backups > 0 && tn(day_backups, "one per day for {n} day", "one per day for {n} days"),
    week_backups > 0 && tn(week_backups, "one per week for {n} week", "one per week for {n} weeks"),
    month_backups > 0 && tn(month_backups, "one per month for {n} month", "one per month for {n} months"),
    year_backups > 0 && tn(year_backups, "one per year for {n} year", "one per year for {n} years"),
    first && t("the first of this month"),
    ...namedDays(definition),
  ];
  return { most: texts(most), besides: texts(besides) };
}

/** What a policy keeps, in one line. @param {Json} policy */
export function kept(policy) {
  const { most, besides } = keptParts(policy.operation_definition, policy.holdfast?.keep_first_of_month === true);
  if (!most.length) return t("Everything, for ever");
  const told = [...most, ...besides].join(", ");
  return told[0].toLocaleUpperCase(locale()) + told.slice(1);
}

/** The rules that name days, in words. @param {Json} definition @returns {string[]} */
export function namedDays(definition) {
  const rules = definition.advanced_retention_rules ?? {};
  const { weekly_retention_rules: weekly, monthly_retention_rules: monthly, yearly_retention_rules: yearly } = rules;
  const [weeks, months, years] = [weekly, monthly, yearly].map((rule) => rule?.retention_duration_periods ?? -1);
  return texts([
    weeks > 0 &&
      tn(weeks, "those of {days}, for {n} week", "those of {days}, for {n} weeks", {
        days: weekdays(weekly.days_of_week),
      }),
    months > 0 &&
      tn(months, "those of {days}, for {n} month", "those of {days}, for {n} months", { days: daysOfMonth(monthly) }),
    years > 0 &&
      tn(years, "those of {days} in {months}, for {n} year", "those of {days} in {months}, for {n} years", {
        days: daysOfMonth(yearly),
        months: listed((yearly.retention_months ?? []).map(month)),
      }),
  ]);
}

/** @param {Json} rule */
function daysOfMonth(rule) {
  if (rule.retention_type === "Monthly")
    return listed(
      (rule.days_of_month ?? []).map((/** @type {number} */ day) =>
        day === -1 ? t("the last day") : t("day {n}", { n: day }),
      ),
    );
  /** @type {Record<string, string>} */
  const places = {
    FIRST: t("first"),
    SECOND: t("second"),
    THIRD: t("third"),
    FOURTH: t("fourth"),
    LAST: t("last"),
  };
  const weeks = listed((rule.retention_weeks ?? []).map((/** @type {string} */ week) => places[week] ?? week));
  return t("the {weeks} {days}", { weeks, days: weekdays(rule.days_of_week ?? []) });
}

const MONTHS = "JANUARY FEBRUARY MARCH APRIL MAY JUNE JULY AUGUST SEPTEMBER OCTOBER NOVEMBER DECEMBER".split(" ");

/** @param {string} name */
function month(name) {
  const at = new Date(Date.UTC(2024, MONTHS.indexOf(name), 1));
  return writer(Intl.DateTimeFormat, { month: "long", timeZone: "UTC" }).format(at);
}

/** @param {(string | false | undefined)[]} parts */
const texts = (parts) => /** @type {string[]} */ (parts.filter(Boolean));

/** Why a backup goes or stays. @param {string} reason */
export function because(reason) {
  /** @type {Record<string, string>} */
  const known = {
    count: t("one more than are kept"),
    age: t("too old"),
    old_failure: t("failed long ago"),
    max_backups: t("among the last ones"),
    not_expired: t("not too old yet"),
    day: t("one per day"),
    week: t("one per week"),
    month: t("one per month"),
    year: t("one per year"),
    advanced_weekly: t("a named day of the week"),
    advanced_monthly: t("a named day of the month"),
    advanced_yearly: t("a named day of the year"),
    first_of_month: t("the first of this month"),
    locked: t("the vault is locked"),
    last_good_backup: t("the last good backup"),
    manual: t("taken by hand"),
    no_policy: t("no rule of a policy weighs it"),
    recent_failure: t("failed lately"),
  };
  return known[reason] ?? reason;
}
