// Step 3: where it goes.
import { get, mayNamePaths, project } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { bytes } from "../../core/format.js";
import { narrow } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Loading, Trouble } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { chosenDisks, DISK, FILES, SERVER, step } from "./asked.js";
import { Note, StepFoot, StepTitle, Way } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{ask: import("./asked.js").Asked, backup: Json}} Props */

/** @param {Props} props */
export function Where({ ask, backup }) {
  const own = useData(
    async (signal) => (await get("resources", { id: backup.resource_id }, signal)).resources[0] ?? null,
    [backup.resource_id],
  );
  const gone = own.data === null;
  useEffect(() => {
    if (gone && ask.to === "original") narrow({ to: "folder" });
  }, [gone]);
  /** @param {string} to */
  const choose = (to) => narrow({ to: to === "original" ? null : to, map: null });
  const wrong = missing(ask, backup);
  const where = own.data?.settings?.path;
  return html`
    <${StepTitle}>${t("Where shall it go?")}</${StepTitle}>
    <${Trouble} error=${own.error} retry=${own.reload} />
    ${own.data === undefined && !own.error && html`<${Loading} lines=${3} />`}
    ${
      own.data !== undefined &&
      html`<fieldset class="rs-ways"><legend class="unseen">${t("Where shall it go?")}</legend>
      <${Way} group="where" icon="house" label=${t("Where it came from")} checked=${ask.to === "original"} disabled=${gone} onChoose=${() => choose("original")}
        help=${gone ? untouchable(backup) : where ? t("{name}, at {path}. What is there now is overwritten.", { name: backup.resource_name, path: where }) : t("{name}. What is there now is overwritten.", { name: backup.resource_name })} />
      <${Way} group="where" icon="folder" label=${backup.resource_type === FILES ? t("Another folder") : t("Files in another folder")} checked=${ask.to === "folder"} onChoose=${() => choose("folder")}
        help=${t("The original stays as it is. This is the careful way.")}><${OtherFolder} ask=${ask} backup=${backup} /></${Way}>
      <${Way} group="where" icon="copy" label=${other(backup)} checked=${ask.to === "resource"} onChoose=${() => choose("resource")}
        help=${t("What is there now is overwritten.")}><${OtherResource} ask=${ask} backup=${backup} /></${Way}>
    </fieldset>`
    }
    <${StepFoot}>
      <button type="button" disabled=${own.data === undefined || Boolean(wrong)} onClick=${() => step({ step: "check" })}>${t("See what would happen")}<${Icon} name="chevron-right" /></button>
      ${wrong && html`<span class="faint small">${wrong}</span>`}
    </${StepFoot}>
  `;
}

/** Why nothing goes back to where it came from. @param {Json} backup */
function untouchable({ project_id, resource_name: name }) {
  if (project_id !== project()) return t("{name} is another project's: its backup goes elsewhere.", { name });
  return t("{name} is not known here any more, so it cannot be written to.", { name });
}

/** @param {Json} backup */
function other(backup) {
  if (backup.resource_type === SERVER) return t("Another server");
  return backup.resource_type === DISK ? t("Another disk") : t("Another protected folder");
}

/** What is still to be said. @param {import("./asked.js").Asked} ask @param {Json} backup */
function missing(ask, backup) {
  const disks = backup.resource_type === SERVER ? chosenDisks(ask, backup) : [];
  if (ask.to === "folder") {
    if (!ask.folder.startsWith("/")) return t("Name the folder by its whole path, from the first /.");
    if (ask.folder.split("/").includes("..")) return t("A path without .. is needed.");
    const some = disks.length > 1 && ask.disks.length > 0;
    return some ? t("Into a folder, one disk goes alone, or all of them: go back and choose.") : "";
  }
  if (ask.to !== "resource") return "";
  if (!ask.target) return t("Choose where it goes.");
  const told = disks.map((one) => ask.map[one.id]).filter(Boolean);
  if (disks.length && !told.length) return t("Choose for at least one disk where it goes.");
  return new Set(told).size < told.length ? t("Two disks cannot go to the same one.") : "";
}

/** @param {Props} props */
function OtherFolder({ ask, backup }) {
  const [path, setPath] = useState(ask.folder);
  const settled = useSettled(path.trim(), 150);
  useEffect(() => {
    if (settled !== ask.folder) narrow({ folder: settled });
  }, [settled]);
  const help =
    backup.resource_type === FILES
      ? t("On the machine that holdfast runs on. It is made if it is not there.")
      : t("On the machine that holdfast runs on. The disk becomes an image file in it.");
  return html`
    <${Field} label=${t("Folder")} value=${path} onInput=${setPath} placeholder="/srv/restored" help=${help} autocomplete="off" />
    ${!mayNamePaths() && html`<p class="faint small"><${Icon} name="lock" /> ${t("You may restore only below the folders that the server's configuration opens for this (restore_roots).")}</p>`}
  `;
}

/** @param {Props} props */
function OtherResource({ ask, backup }) {
  const [word, setWord] = useState("");
  const name = useSettled(word.trim());
  const found = useData(
    (signal) => get("resources", { type: backup.resource_type, name, limit: 50 }, signal),
    [backup.resource_type, name],
  );
  const known = /** @type {Json[]} */ (found.data?.resources ?? []).filter((one) => one.id !== backup.resource_id);
  /** @type {[string, string][]} */
  const options = [["", t("Choose …")], ...known.map((one) => /** @type {[string, string]} */ ([one.id, one.name]))];
  if (ask.target && !known.some((one) => one.id === ask.target)) options.push([ask.target, t("The one chosen before")]);
  const many = (found.data?.count ?? 0) > 50 || word;
  return html`
    <${Trouble} error=${found.error} retry=${found.reload} />
    ${found.data && !known.length && !word && html`<p class="small">${t("There is nothing else of this kind in the project.")}</p>`}
    ${many && html`<${Field} label=${t("Find by name")} type="search" value=${word} onInput=${setWord} />`}
    ${(known.length > 0 || ask.target) && html`<${Choice} label=${t("Write over")} value=${ask.target} options=${options} onInput=${(/** @type {string} */ id) => narrow({ target: id, map: null })} />`}
    ${backup.resource_type === SERVER && ask.target && html`<${Mapping} key=${ask.target} ask=${ask} backup=${backup} />`}
  `;
}

/** Which disk goes to which disk of another server. @param {Props} props */
function Mapping({ ask, backup }) {
  const found = useData(
    async (signal) => /** @type {Json[]} */ ((await get("resources", { parent_id: ask.target }, signal)).resources),
    [ask.target],
  );
  const disks = chosenDisks(ask, backup);
  useEffect(() => {
    if (found.data && !Object.keys(ask.map).length)
      narrow({ map: alike(disks, found.data).map(([from, to]) => `${from}~${to}`) });
  }, [found.data]);
  if (!found.data) return html`<${Trouble} error=${found.error} retry=${found.reload} />`;
  /** @param {string} from @param {string} to */
  const set = (from, to) =>
    narrow({
      map: Object.entries({ ...ask.map, [from]: to }).flatMap(([one, two]) => (two ? [`${one}~${two}`] : [])),
    });
  const options = /** @type {[string, string][]} */ ([
    ["", t("Not restored")],
    ...found.data.map((one) => [one.id, `${one.name} (${bytes(one.size_bytes)})`]),
  ]);
  return html`<fieldset class="rs-mapping"><legend>${t("Which disk goes where")}</legend>
    ${disks.map((one) => html`<${Choice} key=${one.id} label=${one.resource_name} value=${ask.map[one.id] ?? ""} options=${options} onInput=${(/** @type {string} */ to) => set(one.id, to)} />`)}
    ${!found.data.length && html`<${Note}><p>${t("This server has no disks.")}</p></${Note}>`}
  </fieldset>`;
}

/** Disks that are called the same, or come in the same place. @param {Json[]} disks @param {Json[]} there */
function alike(disks, there) {
  /** @type {[string, string][]} */
  const pairs = [];
  for (const [index, disk] of disks.entries()) {
    const free = there.filter((one) => !pairs.some(([, taken]) => taken === one.id));
    const found =
      free.find((one) => one.name === disk.resource_name) ?? (free.includes(there[index]) ? there[index] : free[0]);
    if (found) pairs.push([disk.id, found.id]);
  }
  return pairs;
}
