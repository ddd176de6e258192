// One project: what it is called, who is in it, and whether it is open.
import { project as here, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Empty, Facts, Page, Shown } from "../../parts/basics.js";
import { directory } from "../accounts/identity.js";
import { Matrix } from "../accounts/matrix.js";
import { Copied, Enabled } from "../accounts/parts.js";
import { Deleting, Editing, Switching } from "./forms.js";

/** @typedef {import("../accounts/identity.js").Directory} Directory */

/** @param {{id: string}} props */
export function OneProject({ id }) {
  const of = useData(directory, []);
  const project = of.data?.projects.find((one) => one.id === id);
  const [asking, setAsking] = useState("");
  const close = () => setAsking("");
  const done = () => {
    setAsking("");
    of.reload();
  };
  const above = html`<a href=${href("projects")}>${t("Projects")}</a>`;
  const actions =
    project &&
    html`
      <button type="button" class="secondary outline" onClick=${() => setAsking("edit")}>${t("Rename or describe")}</button>
      <button type="button" class="secondary outline" onClick=${() => setAsking("enabled")}>${project.enabled ? t("Disable") : t("Enable")}</button>
      <button type="button" class="danger outline" onClick=${() => setAsking("delete")}>${t("Delete")}</button>
    `;
  return html`<${Page} title=${project?.name ?? t("Project")} above=${above} lead=${project?.description} actions=${actions}>
    <${Shown} of=${of}>
      ${(/** @type {Directory} */ all) =>
        project
          ? html`
              <${About} project=${project} />
              <${Matrix} title=${t("Members")} first=${t("User")} of=${all} rows=${rows(all, id)} onSaved=${of.reload} />
              ${asking === "edit" && html`<${Editing} project=${project} onClose=${close} onDone=${done} />`}
              ${asking === "enabled" && html`<${Switching} of=${all} project=${project} onClose=${close} onDone=${done} />`}
              ${asking === "delete" && html`<${Deleting} of=${all} project=${project} onClose=${close} />`}
            `
          : html`<${Empty} icon="boxes" title=${t("There is no such project")} action=${above}>${t("It may have been deleted meanwhile.")}</${Empty}>`}
    </${Shown}>
  </${Page}>`;
}

/** @param {Directory} all @param {string} project */
const rows = (all, project) =>
  all.users.map((one) => ({ ...one, project, user: one.id, href: href(["accounts", one.id]) }));

/** @param {{project: import("../accounts/identity.js").Project}} props */
function About({ project }) {
  const mine = who()?.projects.some((one) => one.id === project.id);
  return html`<${Card} title=${t("Project")}>
    <${Facts} facts=${[
      [t("State"), html`<${Enabled} on=${project.enabled} />`],
      [
        t("What is in it"),
        project.id === here()
          ? html`<a href=${href("overview")}>${t("You are here")}</a>`
          : mine
            ? html`<a href=${`#/${project.id}/`}>${t("Go into the project")}</a>`
            : t("Seen by its members only"),
      ],
    ]} />
    <${Copied} label=${t("Project id")} text=${project.id} />
  </${Card}>`;
}
