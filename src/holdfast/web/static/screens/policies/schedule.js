// Rules of a schedule as sentences with choices, and back. Pure: no page, no server, no words.
//
// What a sentence was read from goes with it, and is written again letter by letter as long as it says the same.

export const WEEKDAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
export const MOST_PATTERNS = 24;
export const MOST_INTERVAL = 30;
export const DAY = 24 * 60;

/** @typedef {{kind: "times", times: string[]}} Times at these times of the day, `HH:MM`; an empty one is not chosen yet */
/** @typedef {{kind: "hours", step: number, start: string}} Hours every so many hours from then until the day ends */
/** @typedef {{every: "day" | "week", interval: number, days: string[], at: Times | Hours, from?: string[]}} Sentence `days` are for weeks */
/** @typedef {{raw: string}} Kept a rule that no sentence here says */
/** @typedef {Sentence | Kept} Rule */

const DAY_NAME = `(?:${WEEKDAYS.join("|")})`;
const HOUR = "(?:[01]?\\d|2[0-3])";
const MINUTE = "[0-5]?\\d";
/** @type {Record<string, RegExp>} */
const PARTS = {
  FREQ: /^(?:DAILY|WEEKLY)$/,
  INTERVAL: /^(?:0?[1-9]|[12]\d|30)$/,
  BYDAY: new RegExp(`^${DAY_NAME}(?:,${DAY_NAME})*$`),
  BYHOUR: new RegExp(`^${HOUR}(?:,${HOUR})*$`),
  BYMINUTE: new RegExp(`^${MINUTE}(?:,${MINUTE})*$`),
};

/** @param {Rule} rule @returns {rule is Kept} */
export const isKept = (rule) => "raw" in rule;

/** The sentence that one pattern is; null where no sentence says it. @param {string} pattern @returns {Sentence | null} */
export function sentenceOf(pattern) {
  const split = pattern.split(";").map((part) => part.split("="));
  /** @type {Record<string, string>} */
  const parts = Object.fromEntries(split);
  const fits = split.every(([name, value, ...rest]) => !rest.length && PARTS[name]?.test(value ?? ""));
  if (!fits || Object.keys(parts).length !== split.length) return null;
  if (!parts.FREQ || !parts.BYHOUR || !parts.BYMINUTE) return null;
  const interval = Number(parts.INTERVAL ?? 1);
  const named = parts.BYDAY?.split(",") ?? [];
  const days = WEEKDAYS.filter((day) => named.includes(day));
  const weekly = parts.FREQ === "WEEKLY";
  if (weekly ? !days.length : days.length && interval > 1) return null;
  const hours = parts.BYHOUR.split(",").map(Number);
  const minutes = parts.BYMINUTE.split(",").map(Number);
  const moments = ordered(hours.flatMap((hour) => minutes.map((minute) => 60 * hour + minute)));
  return { every: days.length ? "week" : "day", interval, days, at: laidOut(moments), from: [pattern] };
}

/** The rules of a schedule; neighbours that differ in their times only are one sentence. @param {string[]} patterns @returns {Rule[]} */
export function read(patterns) {
  /** @type {Rule[]} */
  const rules = [];
  for (const pattern of patterns) {
    const next = sentenceOf(pattern);
    const last = rules.at(-1);
    if (!next) rules.push({ raw: pattern });
    else if (last && !isKept(last) && sameDays(last, next)) rules[rules.length - 1] = joined(last, next);
    else rules.push(next);
  }
  return rules;
}

/** The patterns of rules, in order. @param {Rule[]} rules @returns {string[]} */
export const written = (rules) => rules.flatMap(patternsOf);

/** @param {Rule} rule @returns {string[]} */
export function patternsOf(rule) {
  if (isKept(rule)) return [rule.raw];
  const before = rule.from && read(rule.from);
  if (rule.from && before?.length === 1 && !isKept(before[0]) && same(before[0], rule)) return rule.from;
  const weekly = rule.every === "week";
  const freq = weekly ? "FREQ=WEEKLY" : "FREQ=DAILY";
  const interval = rule.interval > 1 ? `;INTERVAL=${rule.interval}` : "";
  const days = weekly ? `;BYDAY=${WEEKDAYS.filter((day) => rule.days.includes(day)).join(",")}` : "";
  return timesOf(minutesOf(rule)).map((times) => freq + interval + days + times);
}

/** The minutes of the day at which a sentence comes due, in order. @param {Sentence} sentence @returns {number[]} */
export function minutesOf({ at }) {
  if (at.kind === "times") return ordered(at.times.flatMap((time) => minuteOf(time) ?? []));
  const start = minuteOf(at.start);
  if (start === null || !(at.step >= 1)) return [];
  const step = 60 * Math.floor(at.step);
  return Array.from({ length: Math.ceil((DAY - start) / step) }, (_, number) => start + number * step);
}

/** Whether everything is chosen that a sentence needs: its days, its times, its number. @param {Rule} rule */
export function isWhole(rule) {
  if (isKept(rule)) return true;
  const times = rule.at.kind === "times" ? rule.at.times.every((time) => minuteOf(time) !== null) : true;
  const counted = Number.isInteger(rule.interval) && rule.interval >= 1 && rule.interval <= MOST_INTERVAL;
  return counted && times && minutesOf(rule).length > 0 && (rule.every === "day" || rule.days.length > 0);
}

/** Whether two sentences come due alike. @param {Sentence} one @param {Sentence} other */
export function same(one, other) {
  return sameDays(one, other) && String(minutesOf(one)) === String(minutesOf(other));
}

/** @param {Sentence} one @param {Sentence} other */
function sameDays(one, other) {
  if (one.every !== other.every || one.interval !== other.interval) return false;
  return one.every === "day" || WEEKDAYS.every((day) => one.days.includes(day) === other.days.includes(day));
}

/** @param {Sentence} one @param {Sentence} other @returns {Sentence} */
function joined(one, other) {
  const at = laidOut(ordered([...minutesOf(one), ...minutesOf(other)]));
  return { ...one, at, from: [...(one.from ?? []), ...(other.from ?? [])] };
}

/** How an editor shows these minutes: as hours that repeat where they do. @param {number[]} minutes @returns {Times | Hours} */
export function laidOut(minutes) {
  const [first, second] = minutes;
  const step = second - first;
  const evenly = minutes.every((minute, number) => minute === first + number * step);
  const last = minutes[minutes.length - 1];
  if (minutes.length > 2 && step % 60 === 0 && evenly && last + step >= DAY)
    return { kind: "hours", step: step / 60, start: clock(first) };
  return { kind: "times", times: minutes.map(clock) };
}

/** What the rules say of times: one rule where hours and minutes cross, else one for each minute. @param {number[]} minutes */
function timesOf(minutes) {
  /** @type {Map<number, number[]>} */
  const hours = new Map();
  for (const minute of minutes) hours.set(minute % 60, [...(hours.get(minute % 60) ?? []), Math.floor(minute / 60)]);
  const groups = [...hours].map(([minute, some]) => ({ minutes: [minute], hours: some }));
  const [first, ...rest] = groups;
  const crossed = rest.length > 0 && rest.every((one) => String(one.hours) === String(first.hours));
  const told = crossed ? [{ hours: first.hours, minutes: ordered([...hours.keys()]) }] : groups;
  return told.map((one) => `;BYHOUR=${one.hours.map(two).join(",")};BYMINUTE=${one.minutes.map(two).join(",")}`);
}

/** @param {number[]} numbers */
const ordered = (numbers) => [...new Set(numbers)].sort((one, other) => one - other);
/** @param {number} number */
const two = (number) => String(number).padStart(2, "0");
/** @param {number} minute of the day */
export const clock = (minute) => `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;

/** The minute of the day that a time is; null for none. @param {string} time */
export function minuteOf(time) {
  const found = /^(\d\d):(\d\d)$/.exec(time);
  return found && Number(found[1]) < 24 && Number(found[2]) < 60 ? 60 * Number(found[1]) + Number(found[2]) : null;
}
