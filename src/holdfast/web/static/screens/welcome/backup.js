// The first backup, watched to its end, and what to do when it is there.
import { administers, get, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, moment, number, percent, span } from "../../core/format.js";
import { useLive } from "../../core/live.js";
import { go, href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Bar, Facts, Shown, Status, Trouble } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { because } from "../overview/now.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {import("./found.js").Found} Found */

const QUIET = 3000;

/** @param {{found: Found, hand: boolean}} props */
export function Now({ found, hand }) {
  const resource = /** @type {Json} */ (found.resource);
  const [id, setId] = useState(/** @type {string | null} */ (found.task?.id ?? null));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const begin = async () => {
    setError(undefined);
    try {
      const asked = { vault_id: found.vault?.id, parameters: { resources: [resource.id] } };
      setId((await post("checkpoints", { checkpoint: asked })).operation_log_id);
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const next = () => go("welcome", { resource: resource.id, step: "done", hand: hand ? 1 : null });
  if (!id)
    return html`
      <p>${t("{name} goes into the vault {vault}. The first backup reads everything; later ones only what has changed.", { name: resource.name, vault: found.vault?.name })}</p>
      <${Trouble} error=${error} />
      <footer class="actions"><${Act} icon="play" onClick=${begin}>${t("Back up now")}</${Act}></footer>
    `;
  return html`<${Watched} key=${id} id=${id} name=${resource.name} onAgain=${begin} onNext=${next} />
    <${Trouble} error=${error} />`;
}

/** A task as it is, with every word that the stream has of it. @param {string} id */
function useTask(id) {
  const task = useData(
    async (signal) => /** @type {Json} */ ((await get(["operation-logs", id], {}, signal)).operation_log),
    [id],
  );
  useLive(({ type, data }) => {
    if (type === "hello" || type === "reset" || (type === "task" && data.task_id === id)) task.reload();
    if (type !== "progress" || data.task_id !== id) return;
    task.change((before) => ({
      ...before,
      status: data.status,
      extra_info: { ...before.extra_info, common: { ...before.extra_info.common, progress: data.progress } },
      holdfast: { ...before.holdfast, figures: data.figures, waits_because: null },
    }));
  });
  useEffect(() => {
    if (!task.data || task.data.ended_at) return;
    const timer = setTimeout(task.reload, QUIET); // nothing was heard of it: ask
    return () => clearTimeout(timer);
  }, [task.data, task.error]);
  return task;
}

/** @param {{id: string, name: string, onAgain: () => Promise<void>, onNext: () => void}} props */
function Watched({ id, name, onAgain, onNext }) {
  const task = useTask(id);
  return html`<${Shown} of=${task}>
    ${(/** @type {Json} */ now) => {
      const { status } = now;
      const ended = status !== "waiting" && status !== "running";
      const { progress } = now.extra_info.common;
      const reason = now.holdfast.waits_because?.reason;
      return html`
        <p role="status"><${Status} is=${status} /> ${percent(progress / 100)}${status === "waiting" && reason && ` · ${t("waits {why}", { why: because(reason) })}`}</p>
        <${Bar} value=${status === "success" ? 100 : progress} label=${t("Progress of {name}", { name })} />
        <${Figures} task=${now} />
        ${!ended && html`<p class="faint">${t("You may close this window: the backup goes on, and you find it here again.")}</p>`}
        ${
          ended &&
          status !== "success" &&
          html`<div class="trouble" role="alert"><${Icon} name="circle-alert" /><div>
            <p class="trouble-what">${now.error_info.message || t("The backup did not end well.")}</p>
            <p><a href=${href(["tasks", id])}>${t("See the whole task")}</a></p></div></div>`
        }
        <footer class="actions">
          ${status === "success" && html`<button type="button" onClick=${onNext}>${t("Next")}</button>`}
          ${ended && status !== "success" && html`<${Act} icon="rotate-ccw" onClick=${onAgain}>${t("Back up once more")}</${Act}>`}
        </footer>
      `;
    }}
  </${Shown}>`;
}

/** @param {{task: Json}} props */
function Figures({ task }) {
  const {
    bytes_done: done,
    bytes_total: total,
    bytes_stored: stored,
    bytes_per_second: rate,
    files_done: files,
  } = task.holdfast.figures;
  const took = task.ended_at ? (moment(task.ended_at).getTime() - moment(task.started_at).getTime()) / 1000 : null;
  const warnings = task.holdfast.figures.warning_count;
  return html`<${Facts} facts=${[
    [t("Read"), total ? t("{done} of {total}", { done: bytes(done), total: bytes(total) }) : bytes(done)],
    [t("Files"), files ? number(files) : null],
    [t("Speed"), rate ? t("{size} a second", { size: bytes(rate) }) : null],
    [t("Time left"), rate > 0 && total > done ? span((total - done) / rate) : null],
    [t("Written into the vault"), took === null ? null : bytes(stored)],
    [t("Took"), took === null ? null : span(took)],
    [t("Could not be read"), warnings ? html`<a href=${href(["tasks", task.id])}>${number(warnings)}</a>` : null],
  ]} />`;
}

/** @param {{found: Found}} props */
export function Done({ found: { resource, vault, policy, task } }) {
  const last = /** @type {Json} */ (task);
  const { backup_id: backup } = last.extra_info.backup;
  return html`
    <p class="done-what"><${Icon} name="circle-check" /> ${t("{name} has a backup in the vault {vault}.", { name: resource?.name, vault: vault?.name })}</p>
    <${Figures} task=${last} />
    <p>${policy ? t("The policy {name} makes the next backup by itself.", { name: policy.name }) : t("There is no policy: the next backup is made when somebody asks for it.")}</p>
    <h3>${t("What now")}</h3>
    <ul class="overview-rows next">
      <${Next} icon="rotate-ccw" to=${href("restore", { backup_id: backup })} what=${t("Restore one file, to prove it")} why=${t("Only what comes back from a backup proves it. Until then the overview calls it not proven restorable.")} />
      <${Next} icon="folder-tree" to=${href(["backups", backup])} what=${t("Look into the backup")} why=${t("See its files, and download some.")} />
      <${Next} icon="plus" to=${href("welcome", { step: "what", resource: "new" })} what=${t("Protect something else")} why=${t("The same steps once more.")} />
      ${administers() && html`<${Next} icon="users" to=${href("accounts")} what=${t("Invite others")} why=${t("Operators back up and restore, readers look.")} />`}
      <${Next} icon="layout-dashboard" to=${href("overview")} what=${t("Go to the overview")} why=${t("There it is seen every day whether all is well.")} />
    </ul>
  `;
}

/** @param {{icon: string, to: string, what: string, why: string}} props */
function Next({ icon, to, what, why }) {
  return html`<li class="next-one"><${Icon} name=${icon} /><span><a href=${to}>${what}</a><br /><span class="faint small">${why}</span></span></li>`;
}
