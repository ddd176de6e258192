// The tags of a vault, changed in one place.
import { get, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Trouble } from "../../parts/basics.js";
import { Dialog, notice } from "../../parts/dialog.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{key: string, value: string}} Tag */

const MOST = 20;
const KEY = /^[\p{L}\d_-]{1,36}$/u;
const VALUE = /^[\p{L}\d_.-]{0,43}$/u;

/** @param {{vault: Json, onClose: () => void, reload: () => void}} props */
export function EditTags({ vault, onClose, reload }) {
  const [tags, setTags] = useState(/** @type {Tag[]} */ (vault.tags.map((/** @type {Tag} */ one) => ({ ...one }))));
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const [wrong, setWrong] = useState(/** @type {{key?: string, value?: string}} */ ({}));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [busy, setBusy] = useState(false);
  const known = useData((signal) => get("vault/tags", {}, signal), []);
  const keys = (known.data?.tags ?? []).map((/** @type {Json} */ one) => one.key);
  const values = known.data?.tags.find((/** @type {Json} */ one) => one.key === key.trim())?.values ?? [];

  /** The tags with the one that was typed, or null where that is none. @returns {Tag[] | null} */
  const added = () => {
    const tag = { key: key.trim(), value: value.trim() };
    const found = {
      ...(KEY.test(tag.key) ? {} : { key: t("A key has 1 to 36 letters, digits, hyphens or underscores.") }),
      ...(VALUE.test(tag.value)
        ? {}
        : { value: t("A value has at most 43 letters, digits, dots, hyphens or underscores.") }),
    };
    setWrong(found);
    if (Object.keys(found).length) return null;
    return [...tags.filter((one) => one.key !== tag.key), tag];
  };
  const add = () => {
    const all = added();
    if (!all) return;
    setTags(all);
    setKey("");
    setValue("");
  };
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    const all = key.trim() || value.trim() ? added() : tags;
    if (!all) return;
    setBusy(true);
    setError(undefined);
    try {
      await changeTags(vault, all);
      notice(t("The tags have been changed."));
      reload();
      onClose();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
      setBusy(false);
    }
  };
  return html`<${Dialog} title=${t("Tags of {name}", { name: vault.name })} onClose=${onClose}>
    <form onSubmit=${submit} novalidate>
      ${!tags.length && html`<p class="faint">${t("It has no tags yet. Policies of an organization and bind rules find vaults and resources by them.")}</p>`}
      <ul class="tag-rows">
        ${tags.map(
          (one) => html`<li key=${one.key}>
            <span class="mono">${one.key}${one.value && `=${one.value}`}</span>
            <button type="button" class="plain" aria-label=${t("Take off {tag}", { tag: one.key })} onClick=${() => setTags(tags.filter((other) => other !== one))}><${Icon} name="x" /></button>
          </li>`,
        )}
      </ul>
      ${
        tags.length < MOST &&
        html`<div class="tag-new">
          <${Field} label=${t("Key")} value=${key} onInput=${setKey} wrong=${wrong.key} list=${keys} autocomplete="off" autofocus />
          <${Field} label=${t("Value")} value=${value} onInput=${setValue} wrong=${wrong.value} list=${values} autocomplete="off" />
          <button type="button" class="secondary outline" onClick=${add}><${Icon} name="plus" />${t("Add")}</button>
        </div>`
      }
      <${Trouble} error=${error} />
      <footer class="actions">
        <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
        <button type="submit" disabled=${busy} aria-busy=${busy ? "true" : null}>${t("Save")}</button>
      </footer>
    </form>
  </${Dialog}>`;
}

/** @param {Json} vault @param {Tag[]} wanted */
async function changeTags(vault, wanted) {
  const path = ["vault", vault.id, "tags", "action"];
  const gone = vault.tags.filter((/** @type {Tag} */ one) => !wanted.some((other) => other.key === one.key));
  const fresh = wanted.filter(
    (one) => !vault.tags.some((/** @type {Tag} */ other) => other.key === one.key && other.value === one.value),
  );
  if (gone.length) await post(path, { action: "delete", tags: gone.map((/** @type {Tag} */ { key }) => ({ key })) });
  if (fresh.length) await post(path, { action: "create", tags: fresh });
}
