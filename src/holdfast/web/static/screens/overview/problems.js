// What failed lately: each problem once, with what to do about it.
import { mayChange, post } from "../../core/api.js";
import { number, operation } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Card, Empty, Loading, Status, Trouble, When } from "../../parts/basics.js";
import { dayOf, written } from "./days.js";
import { nameOf } from "./now.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{task: Json, times: number}} Problem */

const SHOWN = 4;

/** The newest of each: the same thing, of the same resource, for the same reason, is one problem. @param {Json[]} tasks @returns {Problem[]} */
function distinct(tasks) {
  /** @type {Map<string, Problem>} */
  const found = new Map();
  for (const task of tasks) {
    if (task.holdfast.outcome === "cancelled") continue;
    const about = task.extra_info?.resource?.id ?? task.vault_id;
    const key = [task.operation_type, about, task.error_info.code, task.vault_id].join(" ");
    const known = found.get(key);
    if (known) known.times += 1;
    else found.set(key, { task, times: 1 });
  }
  return [...found.values()];
}

/** @param {{of: import("../../core/data.js").Data<Json>}} props */
export function Problems({ of }) {
  /** @type {Json[]} */
  const tasks = of.data?.operation_logs ?? [];
  const count = of.data?.count ?? 0;
  const problems = distinct(tasks);
  const all = href("tasks", { status: "failed,timeout", ended_after: written(dayOf(new Date(), -7)) });
  return html`<${Card} title=${t("What failed lately")} class="problems-card" actions=${problems.length > 0 && html`<a href=${all}>${t("All of the last week")}</a>`}>
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${!of.data && !of.error && html`<${Loading} lines=${3} />`}
    ${of.data && !problems.length && count <= tasks.length && html`<${Empty} icon="circle-check" title=${t("Nothing failed in the last seven days")} />`}
    <ul class="overview-rows">${problems.slice(0, SHOWN).map((one) => html`<${Row} key=${one.task.id} problem=${one} />`)}</ul>
    ${problems.length > SHOWN && html`<p class="and-more"><a href=${all}>${tn(problems.length - SHOWN, "and {n} more", "and {n} more")}</a></p>`}
    ${count > tasks.length && html`<p class="and-more">${t("Only the newest {n} of {count} failures are looked at here.", { n: number(tasks.length), count: number(count) })} <a href=${all}>${t("See all of them")}</a></p>`}
  </${Card}>`;
}

/** @param {{problem: Problem}} props */
function Row({ problem: { task, times } }) {
  const [again, setAgain] = useState(/** @type {Json | undefined} */ (undefined));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const name = nameOf(task);
  const retry = async () => {
    setError(undefined);
    try {
      setAgain((await post(["operation-logs", task.id, "retry"])).operation_log);
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const message = task.error_info.message || task.error_info.code;
  return html`<li class="failed-one">
    <div>
      <p><${Status} is=${task.status} /> <a href=${href(["tasks", task.id])}>${operation(task.operation_type)} · ${name}</a></p>
      <p class="failed-why" title=${message}>${message}</p>
      <p class="faint small"><${When} at=${task.ended_at} relative />${times > 1 && ` · ${tn(times, "{n} time", "{n} times")}`} · ${task.vault_name}</p>
      <${Trouble} error=${error} />
    </div>
    ${
      again
        ? html`<span role="status"><a class="small" href=${href(["tasks", again.id])}>${t("Tried again: see how it goes")}</a></span>`
        : mayChange() &&
          html`<${Act} class="secondary outline small" icon="rotate-ccw" onClick=${retry}>${t("Retry")}<span class="unseen">: ${name}</span></${Act}>`
    }
  </li>`;
}
