// The projects of the domain: what owns vaults and backups, and who is in them.
import { administers, project as here, who } from "../core/api.js";
import { useData } from "../core/data.js";
import { href, useRoute } from "../core/route.js";
import { html, useState } from "../core/ui.js";
import { t } from "../core/words.js";
import { Empty, Page, Shown } from "../parts/basics.js";
import { Icon } from "../parts/icon.js";
import { directory } from "./accounts/identity.js";
import { Fitting, Narrowing } from "./accounts/listed.js";
import { Elsewhere, Enabled, NotYours } from "./accounts/parts.js";
import { NewProject } from "./projects/forms.js";
import { OneProject } from "./projects/project.js";

export default function Screen() {
  const { parts } = useRoute();
  const [making, setMaking] = useState(false);
  const mine = administers() && !who()?.keystone_url;
  if (parts[0] && mine) return html`<${OneProject} key=${parts[0]} id=${parts[0]} />`;
  const lead = t("A project owns vaults, backups, policies and resources. Projects see nothing of each other.");
  const add = html`<button type="button" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("New project")}</button>`;
  return html`<${Page} title=${t("Projects")} lead=${lead} actions=${mine && add}>
    ${who()?.keystone_url ? html`<${Elsewhere} />` : mine ? html`<${Projects} making=${making} onMade=${() => setMaking(false)} />` : html`<${NotYours} />`}
  </${Page}>`;
}

/** @param {{making: boolean, onMade: () => void}} props */
function Projects({ making, onMade }) {
  const of = useData(directory, []);
  return html`
    <${Narrowing} />
    <${Shown} of=${of}>
      ${(/** @type {import("./accounts/identity.js").Directory} */ all) => html`
        <${Fitting} caption=${t("Projects")} all=${all.projects} text=${text} columns=${columns(all)}
          empty=${html`<${Empty} icon="boxes" title=${t("No project fits")}>${t("Take back a filter, or make a project.")}</${Empty}>`} />
        ${making && html`<${NewProject} of=${all} onClose=${onMade} />`}
      `}
    </${Shown}>
  `;
}

/** @param {import("./accounts/identity.js").Project} project */
const text = ({ name, description }) => `${name} ${description}`;

/** @param {import("./accounts/identity.js").Directory} all @returns {import("../parts/table.js").Column[]} */
function columns(all) {
  /** @type {Record<string, number>} */
  const members = {};
  for (const places of Object.values(all.held)) {
    for (const id of Object.keys(places)) members[id] = (members[id] ?? 0) + 1;
  }
  return [
    {
      title: t("Project"),
      cell: (one) => html`<span>
        <a href=${href(["projects", one.id])}>${one.name}</a>
        ${one.id === here() && html` <span class="faint">${t("(you are here)")}</span>`}
      </span>`,
    },
    { title: t("Description"), class: "wide", cell: (one) => one.description || html`<span class="faint">–</span>` },
    { title: t("Members"), number: true, cell: (one) => members[one.id] ?? 0 },
    { title: t("State"), cell: (one) => html`<span><${Enabled} on=${one.enabled} /></span>` },
  ];
}
