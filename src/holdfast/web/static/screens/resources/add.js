// Making a folder or a disk image of the server known.
import { Problem, post } from "../../core/api.js";
import { go } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Trouble } from "../../parts/basics.js";
import { Dialog, notice } from "../../parts/dialog.js";
import { Choice, Field } from "../../parts/form.js";
import { read } from "./tags.js";

/** @param {{onClose: () => void}} props */
export function Add({ onClose }) {
  const [told, setTold] = useState({ type: "directory", name: "", path: "", exclude: "", tags: "", site: "" });
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  /** @param {string} field */
  const set = (field) => (/** @type {string} */ value) => setTold((before) => ({ ...before, [field]: value }));
  const send = async () => {
    setError(undefined);
    try {
      const { resource } = await post("resources", { resource: asked(told) });
      notice(t("{name} is known now.", { name: resource.name }));
      onClose();
      go(["resources", resource.id]);
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const folder = told.type === "directory";
  const nowhere = error instanceof Problem && error.code.endsWith(".6302");
  const tag = read(told.tags);
  return html`<${Dialog} title=${t("Add a folder or disk image")} onClose=${onClose}>
    <form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <${Choice} label=${t("Kind")} value=${told.type} onInput=${set("type")} options=${[
        ["directory", t("Folder")],
        ["disk", t("Disk image")],
      ]} />
      <${Field} label=${t("Path")} value=${told.path} onInput=${set("path")} wrong=${nowhere ? t("There is nothing at this path on the server.") : undefined} required=${true} autofocus=${true} placeholder=${folder ? "/srv/letters" : "/srv/disks/web.img"}
        help=${t("As the server sees it, from the root.")} />
      <${Field} label=${t("Name")} value=${told.name} onInput=${set("name")} placeholder=${last(told.path)} help=${t("Left empty, the end of the path.")} />
      ${
        folder &&
        html`<div class="field"><label>${t("Leave out")}
          <textarea rows="2" value=${told.exclude} placeholder="*.tmp" onInput=${(/** @type {any} */ event) => set("exclude")(event.target.value)}></textarea></label>
          <small>${t("Patterns, one a line.")}</small></div>`
      }
      <${Field} label=${t("Tags")} value=${told.tags} onInput=${set("tags")} placeholder="team=web, tier=gold" wrong=${tag.wrong} help=${t("Vaults can take resources by their tags.")} />
      <${Field} label=${t("Site")} value=${told.site} onInput=${set("site")} help=${t("Only where workers at several sites do the work; else leave it empty.")} />
      <${Trouble} error=${nowhere ? undefined : error} />
      <footer class="actions">
        <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
        <${Act} type="submit" onClick=${send} icon="plus" disabled=${!told.path || tag.wrong !== undefined}>${t("Add")}</${Act}>
      </footer>
    </form>
  </${Dialog}>`;
}

/** @param {string} path */
const last = (path) => path.split("/").filter(Boolean).pop() ?? "";

/** @param {Record<string, string>} told */
function asked(told) {
  const folder = told.type === "directory";
  const exclude = told.exclude
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  return {
    type: told.type,
    name: told.name.trim() || last(told.path) || told.path,
    provider: folder ? "directory" : "disk_image",
    settings: { path: told.path, ...(folder && exclude.length && { exclude }) },
    ...(told.tags.trim() && { tags: read(told.tags).tags }),
    ...(told.site.trim() && { site: told.site.trim() }),
  };
}
