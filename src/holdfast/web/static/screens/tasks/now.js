// How a task stands at this moment: large, and moving while it moves.
import { number, span } from "../../core/format.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Bar, Card, Status, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { useNow } from "./clock.js";
import { left, outcome, pace, phase, phases, seconds, unended } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{task: Json}} props */
export function Now({ task }) {
  const open = unended(task);
  const now = useNow(open);
  return html`<${Card} class="task-now">
    <div class="task-state">
      <span class="big"><${Status} is=${outcome(task)} /></span>
      <span>${open ? html`<${Elapsed} task=${task} now=${now} />` : html`<${Ended} task=${task} />`}</span>
    </div>
    ${task.status === "running" && html`<${Steps} task=${task} />`}
    ${task.status === "running" && html`<${Moving} task=${task} />`}
    ${open && html`<p class="stays"><${Icon} name="shield-check" />${t("This goes on if you close this tab.")}</p>`}
  </${Card}>`;
}

/** @param {{task: Json, now: number}} props */
function Elapsed({ task, now }) {
  if (task.status === "waiting") return html`${t("asked for")} <${When} at=${task.created_at} />`;
  return t("for {span}", { span: span(seconds(task, now)) });
}

/** @param {{task: Json}} props */
function Ended({ task }) {
  const took = task.status === "skipped" ? null : seconds(task, 0);
  return html`<${When} at=${task.ended_at} />${took !== null && html` · ${t("took {span}", { span: span(took) })}`}`;
}

/** @param {{task: Json}} props */
function Steps({ task }) {
  const all = phases(task);
  const here = task.holdfast.phase;
  const steps = here && !all.includes(here) ? [all[0], here, all[all.length - 1]] : all;
  const at = steps.indexOf(here);
  return html`<ol class="steps" aria-label=${t("Phases")}>
    ${steps.map(
      (
        one,
        place,
      ) => html`<li key=${one} class=${place < at ? "done" : place === at ? "here" : ""} aria-current=${place === at ? "step" : null}>
        <${Icon} name=${place < at ? "circle-check" : place === at ? "loader-circle" : "circle-dashed"} />${phase(one)}
      </li>`,
    )}
  </ol>`;
}

/** @param {{task: Json}} props */
function Moving({ task }) {
  const { figures } = task.holdfast;
  const { progress } = task.extra_info.common;
  const known = figures.bytes_total || figures.files_total;
  const files = figures.files_total
    ? t("{done} of {total} files", { done: number(figures.files_done), total: number(figures.files_total) })
    : "";
  const rest = left(figures);
  return html`<div class="moving">
    <${Bar} value=${known ? progress : null} label=${t("Progress")} />
    <p><strong>${progress} %</strong> <span class="faint">${[pace(figures), files].filter(Boolean).join(" · ")}</span></p>
    ${rest === null && figures.bytes_total > 0 && figures.bytes_done < figures.bytes_total && html`<p class="faint small">${t("The time left shows as soon as data moves.")}</p>`}
  </div>`;
}
