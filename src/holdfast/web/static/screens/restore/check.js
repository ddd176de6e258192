// Step 4: what would happen, told by the server, which has looked and done nothing.
import { get, Problem, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes } from "../../core/format.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Card, Facts, Trouble } from "../../parts/basics.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { body, FILES, restoredBackup, SERVER, step } from "./asked.js";
import { DiskList, Shares } from "./lists.js";
import { Note, StepFoot, StepTitle } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{ask: import("./asked.js").Asked, backup: Json}} Props */

/** @param {Props} props */
export function Check({ ask, backup }) {
  const wanted = body(ask, backup);
  const told = useData(
    async (_signal) =>
      (await post(["backups", restoredBackup(ask, backup), "restore-preview"], wanted)).restore_preview,
    [JSON.stringify(wanted)],
  );
  const target = useData(
    async (signal) =>
      ask.to === "resource" ? ((await get("resources", { id: ask.target }, signal)).resources[0]?.name ?? "") : "",
    [ask.to, ask.target],
  );
  // What must be typed is never empty: until the name is known, and where it cannot be, it is the id.
  const name = ask.to === "resource" ? target.data || ask.target : backup.resource_name;
  return html`
    <${StepTitle}>${t("What will happen")}</${StepTitle}>
    <${Plan} ask=${ask} backup=${backup} name=${name} />
    ${told.loading && html`<p class="rs-looking" role="status"><${Icon} name="loader-circle" />${t("Looking at the backup and at the destination. Nothing is written.")}</p>`}
    ${!told.loading && told.error && html`<${Refused} error=${told.error} retry=${told.reload} />`}
    ${!told.loading && !told.error && told.data && html`<${Told} ask=${ask} backup=${backup} told=${told.data} name=${name} reload=${told.reload} />`}
  `;
}

/** What goes where. @param {Props & {name: string}} props */
function Plan({ ask, backup, name }) {
  const what = ask.paths.length
    ? tn(ask.paths.length, "{n} file or folder", "{n} files and folders")
    : ask.disks.length
      ? tn(ask.disks.length, "{n} disk", "{n} disks")
      : t("All of the backup");
  const places = {
    folder: ask.folder,
    resource: name,
    original: t("{name}, where it came from", { name: backup.resource_name }),
  };
  const several = ask.paths.length > 0 && ask.paths.length <= 5;
  return html`<${Card}><${Facts} facts=${[
    [
      t("What"),
      html`${what}${several && ask.paths.map((path) => html`<br key=${path} /><span class="mono">${path}</span>`)}`,
    ],
    [t("Where to"), places[ask.to]],
  ]} /></${Card}>`;
}

/** @param {{error: Error, retry: () => void}} props */
function Refused({ error, retry }) {
  const forbidden = error instanceof Problem && error.status === 403;
  return html`
    ${
      forbidden
        ? html`<${Note} tone="bad"><p><strong>${t("You may not restore to this place.")}</strong></p>
            <p>${t("Choose a folder below those that the server's configuration opens for this (restore_roots), or ask an administrator.")}</p></${Note}>`
        : html`<${Trouble} error=${error} retry=${retry} />`
    }
    <${StepFoot}><${Back} /></${StepFoot}>
  `;
}

const Back = () =>
  html`<button type="button" class="secondary outline" onClick=${() => step({ step: "where" })}><${Icon} name="chevron-left" />${t("Choose another place")}</button>`;

/** @param {Props & {told: Json, name: string, reload: () => void}} props */
function Told({ ask, backup, told, name, reload }) {
  if (told.because === "destination")
    return html`<${Note} tone="bad"><p><strong>${t("This place cannot be written to: {message}.", { message: told.message })}</strong></p>
      <p>${t("Choose another place, or move away what stands there.")}</p></${Note}><${StepFoot}><${Back} /></${StepFoot}>`;
  const over = ask.to !== "folder";
  return html`
    ${told.looked ? html`<${Figures} backup=${backup} told=${told} />` : html`<${NotLooked} told=${told} />`}
    <${Warnings} told=${told} />
    ${told.looked && (backup.resource_type === FILES ? html`<${Shares} told=${told} />` : html`<${DiskList} told=${told} />`)}
    <${Go} ask=${ask} backup=${backup} typed=${over ? name : ""} told=${told} reload=${reload} />
  `;
}

/** @param {{told: Json}} props */
function NotLooked({ told }) {
  return html`<${Note}>
    <p><strong>${t("Nobody has looked at the destination.")}</strong></p>
    <p>${told.because === "site" ? t("It is at a site that this server does not reach. The worker there does the restore, and checks what it can when it begins.") : t("Its provider cannot tell beforehand what a restore would do.")}</p>
    <p>${t("What is there may be overwritten.")}</p>
  </${Note}>`;
}

/** @param {{backup: Json, told: Json}} props */
function Figures({ backup, told }) {
  const files = backup.resource_type === FILES;
  const { overwritten } = told;
  const lost = files
    ? tn(overwritten.count, "{n} file will be overwritten", "{n} files will be overwritten")
    : tn(overwritten.count, "{n} disk will be overwritten as a whole", "{n} disks will be overwritten as a whole");
  const made = files
    ? tn(told.new.count, "{n} file will be made", "{n} files will be made")
    : tn(told.new.count, "{n} image file will be made", "{n} image files will be made");
  return html`<${Card} class="rs-outlook">
    <ul class="rs-outlook-list">
      <li class=${overwritten.count ? "tone-warn" : "tone-calm"}><${Icon} name=${overwritten.count ? "triangle-alert" : "check"} /><strong>${overwritten.count ? lost : t("Nothing will be overwritten")}</strong>
        ${overwritten.count > 0 && html`<span>${files ? t("different now; what is there is lost") : t("what is on it is lost")}</span>`}</li>
      ${(told.new.count > 0 || !overwritten.count) && html`<li class="tone-good"><${Icon} name="plus" /><strong>${made}</strong><span>${bytes(told.new.bytes)}</span></li>`}
      ${told.same.count > 0 && html`<li class="tone-calm"><${Icon} name="check" /><strong>${tn(told.same.count, "{n} file is the same already", "{n} files are the same already")}</strong><span>${t("by size and time; written again")}</span></li>`}
      ${files && html`<li class="tone-calm"><${Icon} name="shield" /><strong>${left(told.left_alone)}</strong>${told.left_alone.count > 0 && html`<span>${t("not in the backup, not touched")}</span>`}</li>`}
    </ul>
    <p class="rs-room">${t("{size} in all", { size: bytes(told.bytes_total) })}${" · "}${t("{free} free at the destination", { free: bytes(told.free_bytes) })}${told.fits === true ? html` · <span class="rs-fits"><${Icon} name="circle-check" />${t("it fits")}</span>` : ""}</p>
    ${!told.complete && html`<p class="faint small">${t("The backup is so large that only its first entries were looked at: there are more than these figures say.")}</p>`}
  </${Card}>`;
}

/** @param {Json} alone */
function left(alone) {
  if (!alone.count) return t("No other files are there");
  return alone.complete
    ? tn(alone.count, "{n} other file stays", "{n} other files stay")
    : tn(alone.count, "More than {n} other file stays", "More than {n} other files stay");
}

/** @param {{told: Json}} props */
function Warnings({ told }) {
  const words = {
    not_writable: t("The server may not write here. Give it the right to, or choose another place."),
    not_empty: t("A folder with something in it stands where a file was. It stays, and the file is not restored."),
    too_small: t("The disk is smaller than the backup. Choose a larger one."),
    unreadable: t("This cannot be read from the backup, and is not restored."),
  };
  const shown = /** @type {Json[]} */ (told.problems ?? []).slice(0, 8);
  return html`
    ${told.fits === false && html`<${Note}><p><strong>${t("There may not be enough room.")}</strong> ${t("Up to {needed} are needed, and {free} are free. Files with holes may take less.", { needed: bytes(told.needed_bytes), free: bytes(told.free_bytes) })}</p></${Note}>`}
    ${shown.map((one) => html`<${Note} key=${`${one.reason} ${one.path}`}><p><span class="mono">${one.path}</span></p><p>${/** @type {Record<string, string>} */ (words)[one.reason] ?? one.message}${one.reason === "unreadable" ? ` (${one.message})` : ""}</p></${Note}>`)}
    ${told.problem_count > shown.length && html`<p class="faint">${tn(told.problem_count - shown.length, "{n} more like this", "{n} more like this")}</p>`}
  `;
}

/** @param {Props & {typed: string, told: Json, reload: () => void}} props */
function Go({ ask, backup, typed, told, reload }) {
  const [word, setWord] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const begin = async () => {
    setError(undefined);
    try {
      const accepted = await post(["backups", restoredBackup(ask, backup), "restore"], body(ask, backup));
      step({ step: "watch", task: accepted.operation_log_id });
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const server = backup.resource_type === SERVER;
  return html`
    ${typed && server && html`<${Note}><p>${t("Shut the server down before: a disk that is in use while it is written is damaged.")}</p></${Note}>`}
    ${
      typed &&
      html`<${Card} class="rs-typing">
        <${Field} label=${t("Type {word} to go on", { word: typed })} value=${word} onInput=${setWord} autocomplete="off"
          help=${t("Because what is at this place now is overwritten.")} />
      </${Card}>`
    }
    <${Trouble} error=${error} />
    <${StepFoot}>
      <${Back} />
      <button type="button" class="secondary outline" onClick=${reload}><${Icon} name="refresh-cw" />${t("Look again")}</button>
      <${Act} class=${typed && told.overwritten?.count ? "danger" : ""} icon="rotate-ccw" disabled=${Boolean(typed) && word !== typed} onClick=${begin}>${t("Restore now")}</${Act}>
    </${StepFoot}>
  `;
}
