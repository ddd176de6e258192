// The first run: from nothing to a first backup, a step at a time.
import { mayChange } from "../core/api.js";
import { useData } from "../core/data.js";
import { href, useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Card, Empty, Loading, Page, Trouble } from "../parts/basics.js";
import { Icon } from "../parts/icon.js";
import { Done, Now } from "./welcome/backup.js";
import { allowed, look, STEPS } from "./welcome/found.js";
import { What } from "./welcome/what.js";
import { When } from "./welcome/when.js";
import { Where } from "./welcome/where.js";

/** @typedef {import("./welcome/found.js").Found} Found */
/** @typedef {import("./welcome/found.js").Step} Step */

/** @returns {Record<Step, string>} */
const titles = () => ({
  what: t("What to protect"),
  where: t("Where backups go"),
  when: t("When they are made"),
  now: t("The first backup"),
  done: t("Done"),
});

export default function Screen() {
  if (!mayChange())
    return html`<${Page} title=${t("Welcome")}>
      <${Empty} icon="eye" title=${t("You may look at this project, but not change it")}
        action=${html`<a href=${href("overview")}>${t("Go to the overview")}</a>`}>
        ${t("An operator or administrator of the project makes the first backup.")}
      </${Empty}>
    </${Page}>`;
  return html`<${Page} title=${t("A first backup")} lead=${t("Three questions, then it runs. You can go back at any time; nothing is made twice.")}><${Steps} /></${Page}>`;
}

function Steps() {
  const { query } = useRoute();
  const key = query.toString();
  const found = useData((signal) => look(query, signal), [key]);
  const data = found.data?.key === key ? found.data : undefined;
  return html`<div class="welcome">
    <${Trail} found=${data} />
    <${Trouble} error=${found.error} retry=${found.reload} />
    ${data ? html`<${Current} key=${key} found=${data} hand=${query.has("hand")} />` : !found.error && html`<${Card}><${Loading} lines=${6} /></${Card}>`}
  </div>`;
}

/** @param {{found: Found, hand: boolean}} props */
function Current({ found, hand }) {
  const screens = { what: What, where: Where, when: When, now: Now, done: Done };
  return html`<${Card} title=${titles()[found.step]} class="welcome-step"><${screens[found.step]} found=${found} hand=${hand} /></${Card}>`;
}

/** The steps, and the ways back to those that are behind. @param {{found: Found | undefined}} props */
function Trail({ found }) {
  const words = titles();
  const here = found ? STEPS.indexOf(found.step) : -1;
  return html`<nav aria-label=${t("Steps")}><ol class="welcome-stages">
    ${STEPS.map((step, number) => {
      const open = found && number !== here && allowed(step, found) === step;
      const face = html`<span class="stage-number" aria-hidden="true">${number < here ? html`<${Icon} name="check" />` : number + 1}</span><span>${words[step]}</span>`;
      return html`<li key=${step} class=${number < here ? "past" : ""} aria-current=${number === here ? "step" : null}>
        ${open ? html`<a href=${href("welcome", { resource: found.resource?.id, step })}>${face}</a>` : html`<span>${face}</span>`}
      </li>`;
    })}
  </ol></nav>`;
}
