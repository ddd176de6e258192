// The time in which something happened to a task: a span up to now, or one of one's own.
import { moment } from "../../core/format.js";
import { narrow, useRoute } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Choice, Field } from "../../parts/form.js";
import { BOUNDS, EVENTS, event, FIRST, LAST } from "./query.js";

/** @returns {Record<string, string>} */
export const events = () => ({ created: t("Created"), started: t("Started"), ended: t("Ended") });
/** @returns {Record<string, string>} */
export const lasts = () => ({
  "1h": t("Last hour"),
  "24h": t("Last 24 hours"),
  "7d": t("Last 7 days"),
  "30d": t("Last 30 days"),
});

const NONE = { ...Object.fromEntries(BOUNDS.map((one) => [one, null])), last: null, by: null, ...FIRST };

/** As a field of the browser writes it, in the viewer's zone. @param {string | null} at */
function local(at) {
  if (!at) return "";
  const there = moment(at);
  if (Number.isNaN(there.getTime())) return "";
  return new Date(there.getTime() - there.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** @param {{onDone: () => void}} props */
export function Span({ onDone }) {
  const { query } = useRoute();
  const own = EVENTS.find((one) => query.has(`${one}_after`) || query.has(`${one}_before`));
  const [by, setBy] = useState(/** @type {string} */ (own ?? event(query)));
  const [from, setFrom] = useState(local(query.get(`${by}_after`)));
  const [to, setTo] = useState(local(query.get(`${by}_before`)));
  const wrong = from && to && from >= to ? t("The end must be after the beginning.") : undefined;
  const last = (/** @type {string} */ name) => {
    narrow({ ...NONE, last: name, by: by === "created" ? null : by });
    onDone();
  };
  const apply = (/** @type {Event} */ submitted) => {
    submitted.preventDefault();
    if (wrong) return;
    const written = (/** @type {string} */ at) => (at ? new Date(at).toISOString() : null);
    narrow({ ...NONE, [`${by}_after`]: written(from), [`${by}_before`]: written(to) });
    onDone();
  };
  const words = events();
  return html`<form onSubmit=${apply}>
    <${Choice} label=${t("What happened")} value=${by} onInput=${setBy} options=${EVENTS.map((one) => [one, words[one]])} />
    <div class="actions quick">
      ${Object.entries(lasts()).map(
        ([name, word]) =>
          html`<button key=${name} type="button" class="secondary outline small" aria-pressed=${String(query.get("last") === name && name in LAST)} onClick=${() => last(name)}>${word}</button>`,
      )}
    </div>
    <div class="two">
      <${Field} label=${t("From")} type="datetime-local" value=${from} onInput=${setFrom} />
      <${Field} label=${t("Until before")} type="datetime-local" value=${to} onInput=${setTo} wrong=${wrong} />
    </div>
    <div class="actions">
      <button type="submit" class="small" disabled=${Boolean(wrong) || !(from || to)}>${t("Apply")}</button>
      <button type="button" class="secondary outline small" onClick=${() => {
        narrow(NONE);
        onDone();
      }}>${t("Any time")}</button>
    </div>
  </form>`;
}
