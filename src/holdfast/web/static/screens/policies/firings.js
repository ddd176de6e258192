// When a policy comes due next, in its own zone, with the viewer's time where that is another.
import { address, ask, get } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { moment, utc } from "../../core/format.js";
import { html } from "../../core/ui.js";
import { t, writer } from "../../core/words.js";
import { Loading, Trouble } from "../../parts/basics.js";
import { scheduleOf } from "./draft.js";

/** @typedef {import("../../core/api.js").Json} Json */

const SHOWN = /** @type {const} */ ({
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

const HERE = /** @type {const} */ ({ weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

/** @param {Date} at @param {string} [zone] @param {Intl.DateTimeFormatOptions} [shown] */
function clockOf(at, zone, shown = SHOWN) {
  try {
    return writer(Intl.DateTimeFormat, { ...shown, timeZone: zone }).format(at);
  } catch {
    return ""; // the server knows zones that this browser does not
  }
}

/** Those of a policy as it is. @param {{policy: Json}} props */
export function Firings({ policy }) {
  const { id, trigger, holdfast } = policy;
  const inputs = [id, trigger.properties.pattern.join(), holdfast.timezone];
  const told = useData((signal) => get(["policies", id, "firings"], {}, signal), inputs);
  return html`<${Told} of=${told} />`;
}

/**
 * Those of a policy as it is being written; nothing is asked while something is missing.
 * @param {{draft: import("./draft.js").Draft, id?: string, ready: boolean, onRefused: (error: Error | undefined) => void}} props
 */
export function SupposedFirings({ draft, id, ready, onRefused }) {
  const asked = useSettled(ready ? JSON.stringify({ policy: { id, ...scheduleOf(draft) } }) : "", 250);
  const told = useData(
    async (signal) => {
      if (!asked) return null;
      try {
        const found = await ask("POST", address("holdfast/schedule-preview"), JSON.parse(asked), signal);
        onRefused(undefined);
        return found;
      } catch (error) {
        if (!signal.aborted) onRefused(/** @type {Error} */ (error));
        throw error;
      }
    },
    [asked],
  );
  if (!ready || told.error || told.data === null)
    return html`<p class="faint">${t("They are shown when the rules are whole.")}</p>`;
  return html`<${Told} of=${told} />`;
}

/** @param {{of: import("../../core/data.js").Data<any>}} props */
function Told({ of }) {
  if (of.error) return html`<${Trouble} error=${of.error} retry=${of.reload} />`;
  if (!of.data) return html`<${Loading} lines=${6} />`;
  const zone = of.data.timezone;
  return html`
    <p class="faint small">${t("In {zone}", { zone })}</p>
    <ol class="firings" aria-busy=${of.loading ? "true" : null}>
      ${of.data.firings.map((/** @type {Json} */ one) => html`<${Firing} key=${one.due_at} firing=${one} zone=${zone} />`)}
    </ol>
  `;
}

/** @param {{firing: Json, zone: string}} props */
function Firing({ firing, zone }) {
  const at = moment(firing.due_at);
  const there = clockOf(at, zone) || firing.local.slice(0, 16).replace("T", " ");
  const here = clockOf(at);
  return html`<li>
    <time datetime=${at.toISOString()} title=${utc(at)}>${there}</time>
    ${here !== there && html`<span class="faint small">${t("{time} here", { time: clockOf(at, undefined, HERE) })}</span>`}
  </li>`;
}
