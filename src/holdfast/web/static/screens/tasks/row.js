// One task in the list.
import { bytes, kind, operation } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Bar, Status, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { Took } from "./clock.js";
import { outcome, pace, phase, waits } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {string} key the order: its time is the one that is shown @returns {import("../../parts/table.js").Column[]} */
export function columns(key) {
  /** @type {Record<string, string>} */
  const times = { created_at: t("Created"), started_at: t("Started"), ended_at: t("Ended") };
  const at = key in times ? key : "created_at";
  return [
    { title: t("Task"), cell: (task) => html`<${What} task=${task} />`, sort: "operation_type", class: "wide" },
    { title: t("Status"), cell: (task) => html`<${How} task=${task} />`, sort: "status" },
    {
      title: t("Vault"),
      class: "vault",
      cell: (task) =>
        task.vault_id
          ? html`<a class="quiet" href=${href(["vaults", task.vault_id])}>${task.vault_name || t("nameless")}</a>`
          : "–",
    },
    {
      title: times[at],
      cell: (task) => html`<${When} at=${at === "started_at" && task.status === "waiting" ? null : task[at]} />`,
      sort: at,
      class: "nowrap",
    },
    { title: t("Took"), cell: (task) => html`<${Took} task=${task} />`, number: true },
    { title: t("Data"), cell: (task) => bytes(task.holdfast.figures.bytes_done || null), number: true },
  ];
}

/** @param {{task: Json}} props */
function What({ task }) {
  const { resource } = task.extra_info;
  const trouble = task.error_info.message;
  return html`
    <a class="task-open" href=${href(["tasks", task.id])}><strong>${operation(task.operation_type)}</strong> <span>${resource.name || t("nameless")}</span></a>
    <span class="faint small kind">${kind(resource.type)}</span>
    ${trouble && html`<span class=${task.status === "skipped" || outcome(task) === "cancelled" ? "task-why faint" : "task-why bad"} title=${trouble}>${trouble}</span>`}
    ${task.holdfast.waits_because && task.holdfast.waits_because.reason !== "queue" && html`<span class="task-why faint">${waits(task.holdfast.waits_because)}</span>`}
  `;
}

/** @param {{task: Json}} props */
function How({ task }) {
  const { figures, flags } = task.holdfast;
  if (task.status === "running") return html`<${Run} task=${task} />`;
  return html`<span class="how">
    <${Status} is=${outcome(task)} />
    ${flags.includes("suspiciously_small") && html`<span class="status warn small"><${Icon} name="triangle-alert" />${t("Suspiciously small")}</span>`}
    ${figures.warning_count > 0 && html`<span class="faint small">${tn(figures.warning_count, "{n} warning", "{n} warnings")}</span>`}
  </span>`;
}

/** @param {{task: Json}} props */
function Run({ task }) {
  const { figures, phase: at } = task.holdfast;
  const { progress } = task.extra_info.common;
  const label = t("Progress of {name}", { name: task.extra_info.resource.name });
  return html`<span class="run">
    <span class="how"><${Status} is="running">${at ? phase(at) : null}</${Status}><span class="small">${progress} %</span></span>
    <${Bar} value=${figures.bytes_total || progress ? progress : null} label=${label} />
    <span class="faint small">${pace(figures)}</span>
  </span>`;
}
