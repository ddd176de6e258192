// The tags of a resource, written as `team=web, tier=gold`.
import { put } from "../../core/api.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Trouble } from "../../parts/basics.js";
import { Dialog, notice } from "../../parts/dialog.js";
import { Field } from "../../parts/form.js";

/** @typedef {{key: string, value: string}} Tag */

/** What somebody wrote, and what is wrong with it. @param {string} text @returns {{tags: Tag[], wrong?: string}} */
export function read(text) {
  const tags = text
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean)
    .map((part) => {
      const [key, ...rest] = part.split("=");
      return { key: key.trim(), value: rest.join("=").trim() };
    });
  if (tags.some((one) => !one.key)) return { tags, wrong: t("A tag has a key: key=value.") };
  if (new Set(tags.map((one) => one.key)).size < tags.length) return { tags, wrong: t("A key is there twice.") };
  return { tags };
}

/** @param {Tag[]} tags */
export const written = (tags) => tags.map(({ key, value }) => (value ? `${key}=${value}` : key)).join(", ");

/** @param {{tags: Tag[]}} props */
export function Tags({ tags }) {
  if (!tags.length) return html`<span class="faint">–</span>`;
  return html`<span class="resource-tags">${tags.map((one) => html`<span key=${one.key} class="resource-tag">${written([one])}</span>`)}</span>`;
}

/** @param {{id: string, tags: Tag[], onClose: () => void, onDone: () => void}} props */
export function EditTags({ id, tags, onClose, onDone }) {
  const [text, setText] = useState(written(tags));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const { tags: fresh, wrong } = read(text);
  const save = async () => {
    setError(undefined);
    try {
      await put(["resources", id, "tags"], { tags: fresh });
      notice(t("The tags are saved."));
      onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<${Dialog} title=${t("Tags")} onClose=${onClose}>
    <form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <${Field} label=${t("Tags")} value=${text} onInput=${setText} wrong=${wrong} autofocus=${true} placeholder="team=web, tier=gold" help=${t("Separated by commas. A vault that takes resources by tags takes this one at once.")} />
      <${Trouble} error=${error} />
      <footer class="actions">
        <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
        <${Act} type="submit" onClick=${save} icon="save" disabled=${wrong !== undefined}>${t("Save")}</${Act}>
      </footer>
    </form>
  </${Dialog}>`;
}
