// Step 2: all of the backup, or only some files, folders or disks.
import { narrow } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Check } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { DISK, FILES, step } from "./asked.js";
import { Browser } from "./browser.js";
import { Note, StepFoot, StepTitle, Way } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{ask: import("./asked.js").Asked, backup: Json}} Props */

const MOST_PATHS = 1000;

/** @param {Props} props */
export function What({ ask, backup }) {
  if (backup.status !== "available") return html`<${NotNow} backup=${backup} />`;
  const View = backup.resource_type === FILES ? Files : backup.resource_type === DISK ? OneDisk : Disks;
  return html`<${View} ask=${ask} backup=${backup} />`;
}

/** @param {{backup: Json}} props */
function NotNow({ backup }) {
  const words = {
    restoring: t("This backup is being restored at this moment. Wait until that has ended."),
    waiting_restore: t("This backup is being restored at this moment. Wait until that has ended."),
    protecting: t("This backup is still being taken. Wait until that has ended, or choose an older one."),
    waiting_protect: t("This backup is still being taken. Wait until that has ended, or choose an older one."),
  };
  const said = /** @type {Record<string, string>} */ (words)[backup.status];
  return html`
    <${Note} tone="bad"><p>${said ?? t("This backup did not go well, or is being deleted: it cannot be restored.")}</p></${Note}>
    <${StepFoot}><button type="button" onClick=${() => step({ step: "backup" })}>${t("Choose another backup")}</button></${StepFoot}>
  `;
}

/** @param {Props} props */
function Files({ ask }) {
  const [some, setSome] = useState(ask.paths.length > 0);
  /** @param {string} path */
  const toggle = (path) =>
    narrow({
      path: ask.paths.includes(path) ? ask.paths.filter((one) => one !== path) : [...without(ask.paths, path), path],
    });
  const all = () => {
    setSome(false);
    narrow({ path: null });
  };
  const tooMany = ask.paths.length > MOST_PATHS;
  return html`
    <${StepTitle}>${t("What shall be restored?")}</${StepTitle}>
    <fieldset class="rs-ways"><legend class="unseen">${t("What shall be restored?")}</legend>
      <${Way} group="what" icon="archive" label=${t("Everything in the backup")} checked=${!some} onChoose=${all} />
      <${Way} group="what" icon="folder-tree" label=${t("Only some files and folders")} checked=${some} onChoose=${() => setSome(true)} />
    </fieldset>
    ${some && html`<${Browser} backup=${ask.backup} chosen=${ask.paths} toggle=${toggle} />`}
    ${some && html`<${Chosen} paths=${ask.paths} toggle=${toggle} />`}
    ${tooMany && html`<${Note}><p>${t("At most {n} can be chosen one by one. Choose the folders that they are in.", { n: MOST_PATHS })}</p></${Note}>`}
    <${StepFoot}>
      <button type="button" disabled=${tooMany || (some && !ask.paths.length)} onClick=${() => step({ step: "where" })}>${t("Next")}<${Icon} name="chevron-right" /></button>
      ${some && !ask.paths.length && html`<span class="faint small">${t("Tick what you want back.")}</span>`}
    </${StepFoot}>
  `;
}

/** What is not below a folder that is chosen as a whole. @param {string[]} paths @param {string} folder */
const without = (paths, folder) => paths.filter((one) => !one.startsWith(`${folder}/`));

/** @param {{paths: string[], toggle: (path: string) => void}} props */
function Chosen({ paths, toggle }) {
  if (!paths.length) return null;
  return html`<section class="rs-chosen-paths" aria-label=${t("Chosen")}>
    <h3>${tn(paths.length, "{n} chosen", "{n} chosen")}</h3>
    <ul>${paths.map(
      (path) => html`<li key=${path}><span class="mono">${path}</span>
      <button type="button" class="plain" onClick=${() => toggle(path)}><${Icon} name="x" /><span class="unseen">${t("Leave out {name}", { name: path })}</span></button></li>`,
    )}</ul>
  </section>`;
}

function OneDisk() {
  return html`
    <${StepTitle}>${t("What shall be restored?")}</${StepTitle}>
    <${Note} tone="calm" icon="hard-drive"><p>${t("A disk is restored as a whole.")}</p></${Note}>
    <${StepFoot}><button type="button" onClick=${() => step({ step: "where" })}>${t("Next")}<${Icon} name="chevron-right" /></button></${StepFoot}>
  `;
}

/** @param {Props} props */
function Disks({ ask, backup }) {
  const all = /** @type {Json[]} */ (backup.children);
  const ids = all.map((one) => one.id);
  const chosen = ask.disks.length ? ask.disks : ids;
  /** @param {string} id */
  const toggle = (id) => {
    const now = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    if (now.length) narrow({ disk: now.length === ids.length ? null : now });
    else draw((n) => n + 1);
  };
  const [turn, draw] = useState(0);
  return html`
    <${StepTitle}>${t("Which disks shall be restored?")}</${StepTitle}>
    <fieldset class="rs-disk-list"><legend class="unseen">${t("Which disks shall be restored?")}</legend>
      ${all.map((one) => html`<${Check} key=${`${one.id}-${turn}`} checked=${chosen.includes(one.id)} onInput=${() => toggle(one.id)} label=${one.resource_name} />`)}
    </fieldset>
    <p class="faint small">${t("At least one. Each of them is restored as a whole; the others are not touched.")}</p>
    <${StepFoot}><button type="button" onClick=${() => step({ step: "where" })}>${t("Next")}<${Icon} name="chevron-right" /></button></${StepFoot}>
  `;
}
