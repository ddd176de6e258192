// What is to be protected: a folder or a disk image on the server's machine, or what is known already.
import { get, mayNamePaths, Problem, post, remove } from "../../core/api.js";
import { bytes, kind } from "../../core/format.js";
import { go, href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Empty, Trouble } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";

/** @typedef {import("../../core/api.js").Json} Json */

const PROVIDERS = { directory: "directory", disk: "disk_image" };

/** What was made known in this window, and may go again when it was a mistake. @type {Set<string>} */
const mine = new Set();

/** @param {{found: import("./found.js").Found}} props */
export function What({ found }) {
  return html`
    ${found.free.length > 0 && html`<${Known} resources=${found.free} more=${found.more} />`}
    ${mayNamePaths() ? html`<${Path} found=${found} />` : !found.resource && !found.free.length && html`<${Asking} />`}
    ${!mayNamePaths() && found.resource && html`<p>${t("{name} is to be protected.", { name: found.resource.name })} <a href=${`${location.hash.split("?")[0]}?resource=${found.resource.id}&step=where`}>${t("Next")}</a></p>`}
  `;
}

/** @param {{resources: Json[], more: number}} props `more` is how many are not shown */
function Known({ resources, more }) {
  return html`<fieldset class="welcome-known">
    <legend>${t("Known already, but not protected yet")}</legend>
    <ul class="overview-rows">
      ${resources.map(
        (one) => html`<li key=${one.id} class="welcome-offer">
          <span><strong>${one.name}</strong> <span class="faint small">${kind(one.type)}${one.settings.path ? `, ${one.settings.path}` : ""}${one.size_bytes ? `, ${bytes(one.size_bytes)}` : ""}</span></span>
          <button type="button" class="secondary outline small" onClick=${() => go("welcome", { resource: one.id, step: "where" })}>${t("Protect this")}<span class="unseen">: ${one.name}</span></button>
        </li>`,
      )}
    </ul>
    ${more > 0 && html`<p class="and-more"><a href=${href("resources", { state: "unprotected" })}>${tn(more, "and {n} more", "and {n} more")}</a></p>`}
  </fieldset>`;
}

/** Who may not name paths, and what to ask for. */
function Asking() {
  return html`<${Empty} icon="key-round" title=${t("There is nothing yet that you could protect")}>
    ${t("Only administrators of the machine may name folders and disks of it. Ask one to make your folder known to this project, in this place or by the command holdfast protect; then come back here.")}
  </${Empty}>`;
}

/** @typedef {{path?: string, name?: string, exclude?: string}} Wrong */

/** @param {{found: import("./found.js").Found}} props */
function Path({ found: { resource, vault } }) {
  const [type, setType] = useState(resource?.provider === "disk_image" ? "disk" : "directory");
  const [path, setPath] = useState(/** @type {string} */ (resource?.settings.path ?? ""));
  const [name, setName] = useState(/** @type {string} */ (resource?.name ?? ""));
  const [exclude, setExclude] = useState(/** @type {string} */ ((resource?.settings.exclude ?? []).join("\n")));
  const [wrong, setWrong] = useState(/** @type {Wrong} */ ({}));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const folder = type === "directory";
  const submit = async () => {
    setError(undefined);
    const place = path.trim();
    if (!place.startsWith("/")) return setWrong({ path: t("Give the whole path, beginning with a slash.") });
    setWrong({});
    try {
      const made = (await post("resources", await body(type, place, name.trim(), exclude))).resource;
      if (made.id !== resource?.id) mine.add(made.id);
      if (resource && made.id !== resource.id && !vault && mine.delete(resource.id))
        await remove(["resources", resource.id]).catch(() => {}); // it is in nobody's way
      go("welcome", { resource: made.id, step: "where" });
    } catch (fault) {
      const told = blamed(/** @type {Error} */ (fault), folder);
      if (told) setWrong(told);
      else setError(/** @type {Error} */ (fault));
    }
  };
  const kinds = /** @type {[string, string][]} */ ([
    ["directory", t("A folder with files")],
    ["disk", t("A disk image (one raw file)")],
  ]);
  return html`<form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Choice} label=${t("What it is")} value=${type} onInput=${setType} options=${kinds} />
    <${Field} label=${folder ? t("Path of the folder") : t("Path of the image")} value=${path} onInput=${setPath} required autocomplete="off"
      placeholder=${folder ? "/srv/documents" : "/var/lib/images/web.img"} wrong=${wrong.path}
      help=${t("The path on the machine that holdfast runs on, which may not be the one in front of you.")} />
    <${Field} label=${t("Name (optional)")} value=${name} onInput=${setName} autocomplete="off" wrong=${wrong.name}
      help=${t("Left empty, it is the last part of the path.")} />
    ${folder && html`<${Excludes} value=${exclude} onInput=${setExclude} wrong=${wrong.exclude} />`}
    <${Trouble} error=${error} />
    <footer class="actions"><${Act} type="submit" disabled=${!path.trim()} onClick=${submit}>${t("Next")}</${Act}></footer>
  </form>`;
}

/** @param {{value: string, onInput: (value: string) => void, wrong?: string}} props */
function Excludes({ value, onInput, wrong }) {
  return html`<details class="welcome-excludes" open=${Boolean(value || wrong)}>
    <summary>${t("Leave something out")}</summary>
    <div class="field">
      <label for="welcome-exclude">${t("Patterns, one per line")}</label>
      <textarea id="welcome-exclude" rows="3" value=${value} placeholder=${"*.tmp\ncache/"} aria-describedby="welcome-exclude-help" aria-invalid=${wrong ? "true" : null}
        onInput=${(/** @type {any} */ event) => onInput(event.target.value)}></textarea>
      <small id="welcome-exclude-help">${t("Whatever matches is left out: *.tmp for files by name, cache/ for folders.")}</small>
      ${wrong && html`<small class="wrong">${wrong}</small>`}
    </div>
  </details>`;
}

/** @param {string} type @param {string} path @param {string} name @param {string} exclude */
async function body(type, path, name, exclude) {
  const lines = exclude
    .split("\n")
    .map((one) => one.trim())
    .filter(Boolean);
  const settings = { path, ...(type === "directory" && lines.length ? { exclude: lines } : {}) };
  const provider = PROVIDERS[/** @type {"directory" | "disk"} */ (type)];
  return { resource: { type, provider, name: name || (await called(path)), settings } };
}

/** The name of what has none of its own: the last part of its path, unless something else is called so. @param {string} path */
async function called(path) {
  const last = path.replace(/\/+$/, "").split("/").at(-1) || path;
  const { resources } = await get("resources", { name: last });
  const isOther = (/** @type {Json} */ one) => one.name === last && one.settings.path !== path;
  return resources.some(isOther) ? path : last;
}

/** The field that a refusal is about. @param {Error} error @param {boolean} folder @returns {Wrong | null} */
function blamed(error, folder) {
  if (!(error instanceof Problem)) return null;
  if (error.status === 404)
    return {
      path: folder
        ? t(
            "There is no such folder on the server's machine. Check the spelling, and whether the drive it is on is mounted there.",
          )
        : t(
            "There is no such file on the server's machine. Check the spelling, and whether the drive it is on is mounted there.",
          ),
    };
  if (error.status !== 400) return null;
  const said = error.message.replace(/^Parameter verification failed\.\s*/, "");
  if (/exclude/.test(said)) return { exclude: said };
  if (/resource\.name/.test(said)) return { name: said };
  return /path|settings/.test(said) ? { path: said } : null;
}
