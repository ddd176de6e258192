// For how long the project's ended tasks are kept.
import { administers, get, put } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Facts, Shown, When } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Check, Field } from "../../parts/form.js";

/** @typedef {{days: number | null, default_days: number, begins_at: string | null}} Rule */

const MOST = 36_500;

/** @param {number} days */
const spoken = (days) => (days ? tn(days, "{n} day", "{n} days") : t("For ever"));

export function History() {
  const rule = useData(async (signal) => /** @type {Rule} */ ((await get("holdfast/history", {}, signal)).history), []);
  return html`<${Card} title=${t("History of tasks")}>
    <p class="faint">${t("Tasks that have ended are deleted when they are older than this. Backups are not: policies rule those.")}</p>
    <${Shown} of=${rule} lines=${2}>
      ${(/** @type {Rule} */ now) => html`
        <${Facts} facts=${[
          [t("Kept in this project"), spoken(now.days ?? now.default_days)],
          [t("As the server is configured"), spoken(now.default_days)],
          [t("Nothing is kept from before"), now.begins_at && html`<${When} at=${now.begins_at} />`],
        ]} />
        ${administers() && html`<${Change} now=${now} onSaved=${rule.reload} />`}
      `}
    </${Shown}>
  </${Card}>`;
}

/** @param {{now: Rule, onSaved: () => void}} props */
function Change({ now, onSaved }) {
  const [own, setOwn] = useState(now.days !== null);
  const [days, setDays] = useState(String(now.days ?? (now.default_days || 365)));
  const [asking, setAsking] = useState(false);
  const number = Number(days);
  const fits = Number.isInteger(number) && number >= 1 && number <= MOST;
  const wanted = own ? number : null;
  const same = wanted === now.days;
  const counts = wanted ?? now.default_days;
  const loses = (counts || Number.POSITIVE_INFINITY) < ((now.days ?? now.default_days) || Number.POSITIVE_INFINITY);
  const save = async () => {
    await put("holdfast/history", { history: { days: wanted } });
    notice(t("The rule counts from now on."));
    setAsking(false);
    onSaved();
  };
  return html`<div class="history-rule">
    <${Check} label=${t("A rule of this project's own")} checked=${own} onInput=${setOwn} />
    ${own && html`<${Field} label=${t("Days")} type="number" min=${1} max=${MOST} value=${days} onInput=${setDays} wrong=${fits ? undefined : t("A whole number from 1 to {most}", { most: MOST })} />`}
    <button type="button" disabled=${same || (own && !fits)} onClick=${() => setAsking(true)}>${t("Save the rule")}</button>
    ${
      asking &&
      html`<${Confirm} title=${t("Keep tasks for so long?")} action=${t("Save the rule")} dangerous=${loses} typed=${loses ? String(counts) : undefined} onClose=${() => setAsking(false)} onConfirm=${save}>
        <p>${spoken(counts)}</p>
        ${loses && html`<p>${t("Older tasks are deleted within minutes or hours and do not come back with a longer rule. Export them first to keep a copy.")}</p>`}
      </${Confirm}>`
    }
  </div>`;
}
