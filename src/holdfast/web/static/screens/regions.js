// This house, the regions it can send replicas to, who does its tasks, and for how long it remembers them.
import { get, mayNamePaths, who } from "../core/api.js";
import { useData } from "../core/data.js";
import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Card, Page, Shown, Status } from "../parts/basics.js";
import { Icon } from "../parts/icon.js";
import { Table } from "../parts/table.js";
import { History } from "./regions/history.js";
import { Workers } from "./regions/workers.js";

export default function Screen() {
  return html`<${Page} title=${t("Regions")} lead=${t("This house and the others that it can send replicas to.")}>
    <${Regions} />
    ${mayNamePaths() && html`<${Workers} />`}
    <${History} />
  </${Page}>`;
}

function Regions() {
  const regions = useData(async (signal) => (await get("holdfast/regions", {}, signal)).regions, []);
  const again = html`<button type="button" class="secondary outline small" aria-busy=${regions.loading ? "true" : null} disabled=${regions.loading} onClick=${regions.reload}>
    ${!regions.loading && html`<${Icon} name="refresh-cw" />`}${t("Ask them again")}
  </button>`;
  return html`<${Card} title=${t("Regions")} actions=${again}>
    <${Shown} of=${regions} lines=${3}>
      ${(/** @type {any[]} */ all) => html`
        <${Table} caption=${t("Regions")} rows=${all} keyOf=${(/** @type {any} */ one) => one.name} columns=${columns()} />
        ${
          all.length === 1 &&
          html`<p class="region-hint">
            <${Icon} name="globe" />
            <span>${t("There is no other region yet. A copy in another house survives the loss of this one: name another holdfast in the configuration, as docs/operate/regions.md says; then replication policies can send there.")}</span>
          </p>`
        }
      `}
    </${Shown}>
  </${Card}>`;
}

/** @returns {import("../parts/table.js").Column[]} */
function columns() {
  return [
    {
      title: t("Region"),
      cell: (one) => html`<span>
        <strong>${one.name}</strong>
        ${one.calls_itself && one.calls_itself !== one.name && html`<br /><span class="faint">${t("calls itself {name}", { name: one.calls_itself })}</span>`}
        ${one.state === "here" && html`<br /><span class="faint">holdfast ${who()?.version}</span>`}
      </span>`,
    },
    {
      title: t("Address"),
      class: "wide",
      cell: (one) => html`<span class="mono">${one.endpoint || location.origin}</span>`,
    },
    {
      title: t("State"),
      cell: (one) => html`<span>
        <${State} is=${one.state} />
        ${one.message && html`<p class="region-says">${one.message}</p>`}
        ${one.state === "unreachable" && html`<p class="faint small">${t("Replications to it wait, and fail five minutes after it was last heard. Check the network and whether it runs.")}</p>`}
        ${one.state === "refuses" && html`<p class="faint small">${t("Check the account that the configuration has for it, and its role there.")}</p>`}
      </span>`,
    },
  ];
}

/** @param {{is: string}} props */
function State({ is }) {
  if (is === "here") return html`<${Status} is="available">${t("This house")}</${Status}>`;
  if (is === "answers") return html`<${Status} is="available">${t("Answers")}</${Status}>`;
  if (is === "refuses") return html`<${Status} is="overdue">${t("Refuses")}</${Status}>`;
  return html`<${Status} is="failed">${t("Does not answer")}</${Status}>`;
}
