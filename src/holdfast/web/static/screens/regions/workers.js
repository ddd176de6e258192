// The workers of this house, for those who run it.
import { get } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { html, useEffect } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Empty, Shown, Status, When } from "../../parts/basics.js";
import { Table } from "../../parts/table.js";

const EVERY = 15_000;
const LIMIT = 1000;

export function Workers() {
  const workers = useData((signal) => get("holdfast/workers", { limit: LIMIT }, signal), []);
  useReloadOnTasks(workers.reload);
  useEffect(() => {
    const timer = setInterval(workers.reload, EVERY);
    return () => clearInterval(timer);
  }, []);
  const empty = html`<${Empty} icon="server" title=${t("No worker is alive")}>
    ${t("Tasks wait until one runs. The server has one of its own unless it was started without.")}
  </${Empty}>`;
  return html`<${Card} title=${t("Workers of this house")}>
    <${Shown} of=${workers} lines=${2}>
      ${(/** @type {any} */ told) => html`
        <${Table} caption=${t("Workers of this house")} rows=${told.workers} columns=${columns()} empty=${empty} />
        ${told.count > LIMIT && html`<p class="faint">${tn(told.count - LIMIT, "and {n} more", "and {n} more")}</p>`}
      `}
    </${Shown}>
  </${Card}>`;
}

/** @returns {import("../../parts/table.js").Column[]} */
function columns() {
  return [
    { title: t("Worker"), class: "wide", cell: (one) => html`<span class="mono">${one.id}</span>` },
    {
      title: t("State"),
      cell: (one) =>
        html`<span>${one.alive ? html`<${Status} is="available">${t("Alive")}</${Status}>` : html`<${Status} is="failed">${t("Gone")}</${Status}>`}</span>`,
    },
    { title: t("Sites"), cell: (one) => one.sites.join(", ") || html`<span class="faint">–</span>` },
    { title: t("Tasks in hand"), number: true, cell: (one) => one.running_tasks },
    { title: t("Last seen"), cell: (one) => html`<${When} at=${one.seen_at} relative />` },
  ];
}
