// Step 5: the restore as it goes on, and what came of it.
import { get, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, moment, number, percent, span } from "../../core/format.js";
import { useLive } from "../../core/live.js";
import { href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Bar, Card, Facts, Shown, Status, When } from "../../parts/basics.js";
import { Confirm } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { FILES, stepHref } from "./asked.js";
import { Note, StepFoot, StepTitle } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LINES = 100;
const SAFETY_MILLISECONDS = 5000;

/** @param {{ask: import("./asked.js").Asked}} props */
export function Watch({ ask }) {
  const found = useData(
    async (signal) => /** @type {Json} */ ((await get(["operation-logs", ask.task], {}, signal)).operation_log),
    [ask.task],
  );
  const over = found.data?.ended_at;
  useLive(({ type, data }) => {
    if (type === "reset") return found.reload();
    if (data.task_id !== ask.task) return;
    if (type === "task") found.reload();
    if (type === "progress") found.change((task) => progressed(task, data));
  });
  useEffect(() => {
    if (over) return;
    const timer = setInterval(found.reload, SAFETY_MILLISECONDS);
    return () => clearInterval(timer);
  }, [over]);
  return html`<${Shown} of=${found}>${(/** @type {Json} */ task) => (task.ended_at ? html`<${Ended} task=${task} ask=${ask} />` : html`<${UnderWay} task=${task} />`)}</${Shown}>`;
}

/** The task with what an event says of it. @param {Json} task @param {Json} told @returns {Json} */
function progressed(task, told) {
  const common = { ...task.extra_info.common, progress: told.progress };
  return {
    ...task,
    status: told.status,
    extra_info: { ...task.extra_info, common },
    holdfast: { ...task.holdfast, phase: told.phase, figures: told.figures },
  };
}

/** @param {{task: Json}} props */
function UnderWay({ task }) {
  const [asking, setAsking] = useState(false);
  const { figures, phase, waits_because: waits } = task.holdfast;
  const progress = task.extra_info.common.progress;
  const waiting = task.status === "waiting";
  const leftSeconds =
    figures.bytes_per_second > 0 ? (figures.bytes_total - figures.bytes_done) / figures.bytes_per_second : null;
  return html`
    <${StepTitle}>${waiting ? t("The restore waits for its turn") : t("Restoring {name}", { name: task.extra_info.resource.name })}</${StepTitle}>
    <${Card} class="rs-watch">
      <p class="rs-watch-head"><${Status} is=${task.status} /><strong class="rs-percent">${percent(progress / 100)}</strong></p>
      <${Bar} value=${progress} label=${t("How far the restore is")} />
      <${Facts} facts=${[
        [t("At"), waiting ? (waits?.message ?? t("It starts when its turn comes.")) : doing(phase)],
        [
          t("Restored"),
          figures.bytes_total
            ? t("{done} of {total}", { done: bytes(figures.bytes_done), total: bytes(figures.bytes_total) })
            : null,
        ],
        [
          t("Files"),
          figures.files_total
            ? t("{done} of {total}", { done: number(figures.files_done), total: number(figures.files_total) })
            : null,
        ],
        [t("Rate"), figures.bytes_per_second ? t("{size} a second", { size: bytes(figures.bytes_per_second) }) : null],
        [
          t("Time left"),
          leftSeconds === null ? null : t("about {span}", { span: span(Math.max(1, Math.round(leftSeconds))) }),
        ],
        [t("Could not be restored so far"), figures.warning_count ? number(figures.warning_count) : null],
      ]} />
    </${Card}>
    <${Note} tone="calm" icon="circle-check"><p>${t("This goes on if you close this tab. The task keeps its progress and its end.")}</p></${Note}>
    <${StepFoot}>
      <a role="button" class="secondary outline" href=${href(["tasks", task.id])}>${t("Open the task")}</a>
      <button type="button" class="secondary outline" onClick=${() => setAsking(true)}><${Icon} name="x" />${t("Stop the restore")}</button>
    </${StepFoot}>
    ${
      asking &&
      html`<${Confirm} dangerous title=${t("Stop the restore?")} action=${t("Stop it")} onClose=${() => setAsking(false)}
        onConfirm=${async () => {
          await post(["operation-logs", task.id, "cancel"]);
          setAsking(false);
        }}>
        <p>${t("What is restored already stays as it is, and the rest does not come. Files are complete or as they were; a disk is half written.")}</p>
      </${Confirm}>`
    }
  `;
}

/** @param {string} phase */
function doing(phase) {
  const words = { preparing: t("Counting what is to come"), writing: t("Writing"), finishing: t("Finishing") };
  return /** @type {Record<string, string>} */ (words)[phase] ?? t("Beginning");
}

/** @param {{task: Json, ask: import("./asked.js").Asked}} props */
function Ended({ task, ask }) {
  const { figures, outcome } = task.holdfast;
  const well = task.status === "success";
  const partly = !well && figures.warning_count > 0 && outcome !== "cancelled";
  const seconds = (moment(task.ended_at).getTime() - moment(task.started_at).getTime()) / 1000;
  const title = well
    ? t("Everything was restored")
    : partly
      ? t("Restored, but not everything")
      : outcome === "cancelled"
        ? t("The restore was stopped")
        : t("The restore failed");
  return html`
    <${StepTitle}>${title}</${StepTitle}>
    ${well && html`<${Note} tone="good"><p><strong>${task.extra_info.resource.type === FILES ? tn(figures.files_done, "{n} file is there again.", "{n} files are there again.") : t("The content is there again.")}</strong> ${t("{name} now counts as proven: a backup of it came back.", { name: task.extra_info.resource.name })}</p></${Note}>`}
    ${!well && html`<${Note} tone=${partly ? "warn" : "bad"}><p><strong>${task.error_info.message || title}</strong></p><p>${partly ? t("The list below says what is missing and why. Mend that, then restore these again.") : t("What was restored before stays. Look at the message, then try again.")}</p></${Note}>`}
    <${Card}>
      <${Facts} facts=${[
        [t("Outcome"), html`<${Status} is=${outcome} />`],
        [t("Restored"), bytes(figures.bytes_done)],
        [t("Files"), number(figures.files_done)],
        [t("To"), task.holdfast.destination_path ?? task.extra_info.restore?.target_resource_name],
        [t("Ended"), html`<${When} at=${task.ended_at} />`],
        [t("It took"), span(Math.max(0, seconds))],
      ]} />
    </${Card}>
    ${figures.warning_count > 0 && html`<${Lines} task=${task} />`}
    <${StepFoot}>
      <a role="button" class="secondary outline" href=${href(["tasks", task.id])}>${t("Open the task")}</a>
      ${!well && ask.backup && html`<a role="button" href=${stepHref({ step: "check", task: null })}><${Icon} name="rotate-ccw" />${t("Restore again")}</a>`}
      <a role="button" class=${well ? "" : "secondary outline"} href=${href("restore")}>${t("Restore something else")}</a>
${well && html`<a role="button" class="secondary outline" href=${href("resources", { state: "unproven" })}><${Icon} name="shield-check" />${t("Prove more")}</a>`}
    </${StepFoot}>
  `;
}

/** What could not be restored. @param {{task: Json}} props */
function Lines({ task }) {
  const found = useData((signal) => get(["operation-logs", task.id, "warnings"], { limit: LINES }, signal), [task.id]);
  return html`<${Card} title=${t("What could not be restored")}>
    <${Shown} of=${found}>${(/** @type {Json} */ page) => html`
      <ul class="rs-lines">${page.warnings.map((/** @type {string} */ line) => html`<li key=${line} class="mono">${line}</li>`)}</ul>
      ${page.count > page.warnings.length && html`<p><a href=${href(["tasks", task.id])}>${t("All {n} in the task", { n: number(page.count) })}</a></p>`}
    `}</${Shown}>
  </${Card}>`;
}
