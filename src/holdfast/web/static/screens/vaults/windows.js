// When nothing is done in a vault, and how many of its tasks run at once.
import { put } from "../../core/api.js";
import { html, useState } from "../../core/ui.js";
import { t, writer } from "../../core/words.js";
import { Card, Trouble } from "../../parts/basics.js";
import { notice } from "../../parts/dialog.js";
import { Check, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{weekdays: string[], begin: string, end: string, timezone: string}} Span */

const DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];
const TIME = /^([01]\d|2[0-3]):[0-5]\d$/;
const MOST = 32;

/** A day of the week in the viewer's language. @param {string} day @param {"short" | "long"} [how] */
function dayName(day, how = "short") {
  const monday = Date.UTC(2024, 0, 1 + DAYS.indexOf(day));
  return writer(Intl.DateTimeFormat, { weekday: how, timeZone: "UTC" }).format(monday);
}

/** @param {Span} span */
function words(span) {
  const days = span.weekdays.length === 7 ? t("every day") : span.weekdays.map((one) => dayName(one)).join(", ");
  return t("{days}, {begin} to {end} ({zone})", { days, begin: span.begin, end: span.end, zone: span.timezone });
}

/** All windows of a vault, in a line. @param {Json} vault */
export function windowsWords(vault) {
  return vault.holdfast.maintenance_windows.map(words).join("; ") || t("none");
}

/** @param {{vault: Json, reload: () => void}} props */
export function Windows({ vault, reload }) {
  const [spans, setSpans] = useState(/** @type {Span[]} */ (vault.holdfast.maintenance_windows));
  const [limit, setLimit] = useState(String(vault.holdfast.max_running_tasks ?? ""));
  const [adding, setAdding] = useState(false);
  const [wrong, setWrong] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const number = limit.trim();
    const fits = number === "" || (/^[1-9]\d{0,4}$/.test(number) && Number(number) <= 10_000);
    setWrong(fits ? "" : t("It is a whole number from 1 to 10,000, or nothing."));
    if (!fits) return;
    setError(undefined);
    setBusy(true);
    try {
      const holdfast = { maintenance_windows: spans, max_running_tasks: number ? Number(number) : null };
      await put(["vaults", vault.id], { vault: { holdfast } });
      notice(t("The vault has been changed."));
      reload();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    } finally {
      setBusy(false);
    }
  };
  return html`<${Card} title=${t("Windows and limits")}>
    <form onSubmit=${submit} novalidate>
      <p class="small faint">${t("In a maintenance window no task of the vault starts, and those that run are put down and go on afterwards.")}</p>
      <ul class="tag-rows">
        ${spans.map(
          (span, place) => html`<li key=${`${place}-${words(span)}`}>
            <span>${words(span)}</span>
            <button type="button" class="plain" aria-label=${t("Take away {window}", { window: words(span) })} onClick=${() => setSpans(spans.filter((one) => one !== span))}><${Icon} name="x" /></button>
          </li>`,
        )}
      </ul>
      ${
        adding
          ? html`<${New} onAdd=${(/** @type {Span} */ span) => {
              setSpans([...spans, span]);
              setAdding(false);
            }} onClose=${() => setAdding(false)} />`
          : spans.length < MOST &&
            html`<p><button type="button" class="secondary outline small" onClick=${() => setAdding(true)}><${Icon} name="plus" />${t("Add a window")}</button></p>`
      }
      <${Field} label=${t("Tasks at once, at most")} value=${limit} onInput=${setLimit} inputmode="numeric" wrong=${wrong} help=${t("Nothing: any number.")} autocomplete="off" />
      <${Trouble} error=${error} />
      <button type="submit" disabled=${busy || adding} aria-busy=${busy ? "true" : null}><${Icon} name="save" />${t("Save")}</button>
    </form>
  </${Card}>`;
}

/** @param {{onAdd: (span: Span) => void, onClose: () => void}} props */
function New({ onAdd, onClose }) {
  const [days, setDays] = useState(DAYS);
  const [begin, setBegin] = useState("22:00");
  const [end, setEnd] = useState("02:00");
  const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const add = () => {
    const time = t("A time is written as 22:00.");
    /** @type {Record<string, string>} */
    const found = {};
    if (!TIME.test(begin)) found.begin = time;
    if (!TIME.test(end)) found.end = time;
    if (!days.length) found.days = t("Choose a day.");
    if (!zone.trim()) found.zone = t("Name a time zone, such as Europe/Berlin.");
    setWrong(found);
    if (!Object.keys(found).length) onAdd({ weekdays: days, begin, end, timezone: zone.trim() });
  };
  return html`<fieldset class="window-new">
    <legend>${t("A new window")}</legend>
    <div class="window-days">
      ${DAYS.map(
        (day) =>
          html`<${Check} key=${day} label=${dayName(day, "short")} checked=${days.includes(day)}
            onInput=${(/** @type {boolean} */ wanted) => setDays(DAYS.filter((one) => (one === day ? wanted : days.includes(one))))} />`,
      )}
    </div>
    ${wrong.days && html`<small class="wrong">${wrong.days}</small>`}
    <div class="window-times">
      <${Field} label=${t("Begins")} type="time" value=${begin} onInput=${setBegin} wrong=${wrong.begin} />
      <${Field} label=${t("Ends")} type="time" value=${end} onInput=${setEnd} wrong=${wrong.end} help=${t("not later than it begins: on the next day")} />
      <${Field} label=${t("Time zone")} value=${zone} onInput=${setZone} wrong=${wrong.zone} list=${zones()} autocomplete="off" />
    </div>
    <div class="actions">
      <button type="button" class="small" onClick=${add}>${t("Add")}</button>
      <button type="button" class="secondary outline small" onClick=${onClose}>${t("Cancel")}</button>
    </div>
  </fieldset>`;
}

/** Every zone that the browser knows. */
function zones() {
  return ["UTC", .../** @type {any} */ (Intl).supportedValuesOf("timeZone")];
}
