// What is kept, as sentences with numbers: what limits it, and what stays besides.
import { html, useId } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Check, Choice } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { LIMITS, needsZone } from "./draft.js";
import { around, WrongText } from "./pieces.js";
import { namedDays } from "./sentences.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").LimitName} LimitName */

const HOURS = Array.from({ length: 27 }, (_, number) => `${number - 12}:00`);
const BETWEEN = ["-9:30", "-3:30", "3:30", "4:30", "5:30", "5:45", "6:30", "8:45", "9:30", "10:30", "12:45", "13:45"];

/** Everywhere on earth, from west to east, as the rules write it. */
const OFFSETS = [...HOURS, ...BETWEEN]
  .map((text) => {
    const [hours, minutes] = text.replace("-", "").split(":");
    const west = text.startsWith("-");
    return { ahead: (west ? -1 : 1) * (60 * Number(hours) + Number(minutes)), hours, minutes, west };
  })
  .sort((one, other) => one.ahead - other.ahead)
  .map(({ hours, minutes, west }) => `UTC${west ? "-" : "+"}${hours.padStart(2, "0")}:${minutes}`);

/** @returns {[LimitName, string][]} */
const most = () => [
  ["max", t("At most the last {n} backups of each resource")],
  ["days", t("Each for {n} days")],
];
/** @returns {[LimitName, string][]} */
const besides = () => [
  ["day", t("one per day, of the last {n} days")],
  ["week", t("one per week, of the last {n} weeks")],
  ["month", t("one per month, of the last {n} months")],
  ["year", t("one per year, of the last {n} years")],
];

/** @param {{draft: Draft, onInput: (change: Partial<Draft>) => void, wrong: import("./draft.js").Faults}} props */
export function Keeping({ draft, onInput, wrong }) {
  /** @param {LimitName} name @param {Partial<import("./draft.js").Limit>} change */
  const limit = (name, change) =>
    onInput({ limits: { ...draft.limits, [name]: { ...draft.limits[name], ...change } } });
  const rows = (/** @type {[LimitName, string][]} */ some) =>
    some.map(
      ([name, sentence]) =>
        html`<${LimitRow} key=${name} sentence=${sentence} limit=${draft.limits[name]} wrong=${wrong[LIMITS[name].field]} most=${LIMITS[name].most}
          onInput=${(/** @type {Partial<import("./draft.js").Limit>} */ change) => limit(name, change)} />`,
    );
  const limited = draft.limits.max.on || draft.limits.days.on;
  const offsets = OFFSETS.includes(draft.keptZone) || !draft.keptZone ? OFFSETS : [draft.keptZone, ...OFFSETS];
  const named = namedDays({ advanced_retention_rules: draft.advanced });
  return html`
    <fieldset>
      <legend>${t("Keep")}</legend>
      ${rows(most())}
      ${!limited && html`<p class="policy-note"><${Icon} name="circle-alert" />${t("Without one of these two everything stays for ever.")}</p>`}
      ${draft.limits.days.on && html`<p class="faint small">${t("The days count for backups that are made from now on; those that are there keep their day.")}</p>`}
    </fieldset>
    <fieldset disabled=${!limited}>
      <legend>${t("And besides, whatever the number and the age")}</legend>
      ${rows(besides())}
      <${Check} label=${t("the first of this month, until the month is over")} checked=${draft.first} onInput=${(/** @type {boolean} */ first) => onInput({ first })} />
      ${named.map((words) => html`<p key=${words} class="keep-named"><${Icon} name="check" />${words} <span class="faint small">${t("Kept as it is.")}</span></p>`)}
      ${
        needsZone(draft) &&
        html`<${Choice} label=${t("Days begin at midnight of")} value=${draft.keptZone} onInput=${(/** @type {string} */ keptZone) => onInput({ keptZone })}
          options=${[["", "–"], ...offsets.map((one) => [one, one])]} help=${t("A fixed distance from UTC, in summer as in winter.")} />`
      }
      <${WrongText} text=${wrong.kept_timezone} />
    </fieldset>
    <p class="faint small">${t("The last good backup of a resource, and what was taken by hand, always stay.")}</p>
  `;
}

/** @param {{sentence: string, limit: import("./draft.js").Limit, most: number, wrong?: string, onInput: (change: Partial<import("./draft.js").Limit>) => void}} props */
function LimitRow({ sentence, limit, most, wrong, onInput }) {
  const id = useId();
  const [before, after] = sentence.split("{n}");
  const spoken = sentence.replace("{n}", "…");
  return html`<div class="keep-limit">
    <input id=${id} type="checkbox" checked=${limit.on} aria-label=${spoken} onChange=${(/** @type {any} */ event) => onInput({ on: event.target.checked })} />
    <div class="rule-sentence">
      ${around(
        `${before}{n}`,
        html`<input type="number" class="short" min="1" max=${most} value=${limit.n} disabled=${!limit.on} aria-label=${t("How many: {what}", { what: spoken })}
          aria-invalid=${wrong ? "true" : null} aria-describedby=${wrong ? `${id}-wrong` : null} onInput=${(/** @type {any} */ event) => onInput({ n: event.target.value })} />`,
      )}
      <span>${after.trim()}</span>
    </div>
    ${wrong && html`<small id=${`${id}-wrong`} class="wrong">${wrong}</small>`}
  </div>`;
}
