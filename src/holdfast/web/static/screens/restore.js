// A restore, step by step: which backup, what of it, where to, what will happen, and watching it happen.
import { get, mayChange } from "../core/api.js";
import { useData } from "../core/data.js";
import { href, useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Empty, Page, Shown, When } from "../parts/basics.js";
import { Icon } from "../parts/icon.js";
import { asked, STEPS, stepHref } from "./restore/asked.js";
import { WhichBackup } from "./restore/backup.js";
import { Check } from "./restore/check.js";
import { Watch } from "./restore/watch.js";
import { What } from "./restore/what.js";
import { Where } from "./restore/where.js";

/** @typedef {import("../core/api.js").Json} Json */

export default function Screen() {
  const { query } = useRoute();
  const ask = asked(query);
  if (!mayChange()) return html`<${Page} title=${t("Restore")}><${ForReaders} /></${Page}>`;
  return html`<${Page} title=${t("Restore")} lead=${t("Choose a backup, look at what would happen, then restore. Nothing is written before the last step.")}>
    <${Steps} ask=${ask} />
    ${
      ask.step === "backup"
        ? html`<${WhichBackup} ask=${ask} />`
        : ask.step === "watch"
          ? html`<${Watch} key=${ask.task} ask=${ask} />`
          : html`<${OfBackup} key=${ask.backup} ask=${ask} />`
    }
  </${Page}>`;
}

/** The steps that need to know the backup. @param {{ask: import("./restore/asked.js").Asked}} props */
function OfBackup({ ask }) {
  const found = useData(async (signal) => (await get(["backups", ask.backup], {}, signal)).backup, [ask.backup]);
  const views = { what: What, where: Where, check: Check };
  const View = views[/** @type {keyof typeof views} */ (ask.step)];
  return html`<${Shown} of=${found}>${(/** @type {Json} */ backup) => html`
    <p class="restore-of"><${Icon} name="archive" /><span><strong>${backup.resource_name}</strong>${" · "}<${When} at=${backup.created_at} /></span></p>
    <${View} key=${ask.step} ask=${ask} backup=${backup} />
  `}</${Shown}>`;
}

/** Where one is, and the ways back. @param {{ask: import("./restore/asked.js").Asked}} props */
function Steps({ ask }) {
  const words = {
    backup: t("Which backup"),
    what: t("What"),
    where: t("Where to"),
    check: t("What will happen"),
    watch: t("Watch"),
  };
  const here = STEPS.indexOf(ask.step);
  return html`<nav aria-label=${t("Steps of the restore")}><ol class="rs-steps">
    ${STEPS.map((name, index) => {
      const done = index < here && ask.step !== "watch";
      const word = html`<span class="rs-step-number" aria-hidden="true">${index < here ? html`<${Icon} name="check" />` : index + 1}</span><span class="rs-step-word">${words[name]}</span>`;
      return html`<li key=${name} class=${index < here ? "done" : ""} aria-current=${index === here ? "step" : null}>
        ${done ? html`<a href=${stepHref({ step: name })}>${word}</a>` : html`<span>${word}</span>`}
      </li>`;
    })}
  </ol></nav>`;
}

function ForReaders() {
  return html`<${Empty} icon="lock" title=${t("You may look, but not restore")}
    action=${html`<a role="button" class="secondary outline" href=${href("backups")}>${t("Look into the backups")}</a>`}>
    ${t("A restore writes over data, and your role in this project is that of a reader. Ask an operator or an administrator to restore it for you: send them a link to the backup.")}
  </${Empty}>`;
}
