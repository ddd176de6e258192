// The schedule editor: each rule is a sentence with choices.
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Icon } from "../../parts/icon.js";
import { around, WrongText } from "./pieces.js";
import { DAY, isKept, laidOut, MOST_INTERVAL, minuteOf, minutesOf, patternsOf, WEEKDAYS } from "./schedule.js";
import { ruleInWords, weekday } from "./sentences.js";

/** @typedef {import("./schedule.js").Rule} Rule */
/** @typedef {import("./schedule.js").Sentence} Sentence */

/** @type {Sentence} */
const ANOTHER = { every: "week", interval: 1, days: ["SU"], at: { kind: "times", times: ["06:00"] } };

/** @param {{rules: Rule[], onInput: (rules: Rule[]) => void, wrong?: string}} props */
export function Rules({ rules, onInput, wrong }) {
  /** @param {number} place @param {Rule[]} by */
  const replace = (place, by) => onInput([...rules.slice(0, place), ...by, ...rules.slice(place + 1)]);
  return html`<div class="rules">
    ${rules.map(
      (rule, place) => html`<fieldset key=${place} class="rule">
        <legend class="unseen">${t("Rule {n}", { n: place + 1 })}</legend>
        ${
          isKept(rule)
            ? html`<p class="rule-kept"><code>${rule.raw}</code><span class="faint small">${t("This rule says more than this form can. It is kept as it is.")}</span></p>`
            : html`<${OneRule} rule=${rule} onInput=${(/** @type {Sentence} */ one) => replace(place, [one])} />`
        }
        ${
          rules.length > 1 &&
          html`<button type="button" class="plain rule-away" aria-label=${t("Remove rule {n}", { n: place + 1 })} onClick=${() => replace(place, [])}><${Icon} name="x" /></button>`
        }
      </fieldset>`,
    )}
    <${WrongText} text=${wrong} />
    <button type="button" class="secondary outline small" onClick=${() => onInput([...rules, ANOTHER])}><${Icon} name="plus" />${t("Add another rule")}</button>
  </div>`;
}

/** @param {{rule: Sentence, onInput: (rule: Sentence) => void}} props */
function OneRule({ rule, onInput }) {
  const say = (/** @type {Partial<Sentence>} */ change) => onInput({ ...rule, ...change });
  const every = html`<input type="number" class="short" min="1" max=${MOST_INTERVAL} value=${rule.interval || ""} aria-label=${t("Every how many days or weeks")}
    onInput=${(/** @type {any} */ event) => say({ interval: Number(event.target.value) })} />`;
  return html`
    <div class="rule-sentence">
      ${around(t("Every {n}"), every)}
      <select aria-label=${t("Days or weeks")} value=${rule.every} onChange=${(/** @type {any} */ event) => say(turned(rule, event.target.value))}>
        <option value="day" selected=${rule.every === "day"}>${tn(rule.interval, "day", "days")}</option>
        <option value="week" selected=${rule.every === "week"}>${tn(rule.interval, "week", "weeks")}</option>
      </select>
      ${rule.every === "week" && html`<span>${t("on")}</span><${Days} days=${rule.days} onInput=${(/** @type {string[]} */ days) => say({ days })} />`}
    </div>
    <div class="rule-sentence">
      <select aria-label=${t("How the times are said")} value=${rule.at.kind} onChange=${(/** @type {any} */ event) => say({ at: otherwise(rule, event.target.value) })}>
        <option value="times" selected=${rule.at.kind === "times"}>${t("at these times")}</option>
        <option value="hours" selected=${rule.at.kind === "hours"}>${t("every so many hours")}</option>
      </select>
      ${
        rule.at.kind === "times"
          ? html`<${Times} times=${rule.at.times} onInput=${(/** @type {string[]} */ times) => say({ at: { kind: "times", times } })} />`
          : html`<${Hours} at=${rule.at} onInput=${(/** @type {import("./schedule.js").Hours} */ at) => say({ at })} />`
      }
    </div>
    <details class="rule-told">
      <summary>${ruleInWords(rule) || t("Not whole yet")}</summary>
      ${patternsOf(rule).map((pattern) => html`<p key=${pattern}><code>${pattern}</code></p>`)}
    </details>
  `;
}

/** @param {Sentence} rule @param {"day" | "week"} every @returns {Partial<Sentence>} */
const turned = (rule, every) => ({
  every,
  days: every === "week" && !rule.days.length ? WEEKDAYS.slice(0, 5) : rule.days,
});

/** The same times said in the other way, as far as it has words for them. @param {Sentence} rule @param {"times" | "hours"} kind @returns {Sentence["at"]} */
function otherwise(rule, kind) {
  const minutes = minutesOf(rule);
  if (kind === "times")
    return { kind, times: minutes.map((minute) => `${two(minute / 60)}:${two(minute % 60)}`).slice(0, 12) };
  const laid = laidOut(minutes);
  if (laid.kind === "hours") return laid;
  const first = minutes[0] ?? 0;
  return { kind, step: 4, start: `${two((first % 240) / 60)}:${two(first % 60)}` };
}

/** @param {number} number */
const two = (number) => String(Math.floor(number)).padStart(2, "0");

/** @param {{days: string[], onInput: (days: string[]) => void}} props */
function Days({ days, onInput }) {
  const turn = (/** @type {string} */ day) =>
    onInput(WEEKDAYS.filter((one) => (one === day ? !days.includes(one) : days.includes(one))));
  return html`<fieldset class="rule-days"><legend class="unseen">${t("Weekdays")}</legend>
    ${WEEKDAYS.map(
      (day) =>
        html`<button key=${day} type="button" class="rule-day" aria-pressed=${String(days.includes(day))} title=${weekday(day)} onClick=${() => turn(day)}>${weekday(day, "short")}</button>`,
    )}
  </fieldset>`;
}

/** @param {{times: string[], onInput: (times: string[]) => void}} props */
function Times({ times, onInput }) {
  const replace = (/** @type {number} */ place, /** @type {string[]} */ by) =>
    onInput([...times.slice(0, place), ...by, ...times.slice(place + 1)]);
  return html`
    ${times.map(
      (time, place) => html`<span key=${place} class="rule-time">
        <input type="time" value=${time} aria-label=${t("Time {n}", { n: place + 1 })} onInput=${(/** @type {any} */ event) => replace(place, [event.target.value.slice(0, 5)])} />
        ${
          times.length > 1 &&
          html`<button type="button" class="plain" aria-label=${t("Remove time {n}", { n: place + 1 })} onClick=${() => replace(place, [])}><${Icon} name="x" /></button>`
        }
      </span>`,
    )}
    <button type="button" class="secondary outline small" onClick=${() => onInput([...times, later(times)])}><${Icon} name="plus" />${t("Add a time")}</button>
  `;
}

/** A time that is free yet: half a day, then a quarter after the last one. @param {string[]} times */
function later(times) {
  const last = minuteOf(times[times.length - 1] ?? "") ?? 0;
  const next = (last + (times.length === 1 ? DAY / 2 : DAY / 4)) % DAY;
  return `${two(next / 60)}:${two(next % 60)}`;
}

/** @param {{at: import("./schedule.js").Hours, onInput: (at: import("./schedule.js").Hours) => void}} props */
function Hours({ at, onInput }) {
  return html`
    ${around(
      t("every {n}"),
      html`<input type="number" class="short" min="1" max="12" value=${at.step || ""} aria-label=${t("Every how many hours")}
        onInput=${(/** @type {any} */ event) => onInput({ ...at, step: Number(event.target.value) })} />`,
    )}
    <span>${t("hours from")}</span>
    <input type="time" value=${at.start} aria-label=${t("From which time")} onInput=${(/** @type {any} */ event) => onInput({ ...at, start: event.target.value.slice(0, 5) })} />
  `;
}
