// What can be done to one backup: another name, deletion.
import { put, remove } from "../../core/api.js";
import { go, href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Trouble } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Field } from "../../parts/form.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{backup: Json, onClose: () => void, onDone: () => void}} props */
export function Rename({ backup, onClose, onDone }) {
  const [name, setName] = useState(backup.name);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const wrong = /[<>]/.test(name)
    ? t("A name has no angle brackets.")
    : name.length > 255
      ? t("A name has at most 255 characters.")
      : "";
  const save = async () => {
    setError(undefined);
    try {
      await put(["backups", backup.id], { backup: { name } });
      notice(t("The backup has its new name."));
      onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<${Dialog} title=${t("Rename the backup")} onClose=${onClose}>
    <${Field} label=${t("Name")} value=${name} onInput=${setName} wrong=${wrong} autofocus required autocomplete="off" />
    <${Trouble} error=${error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} disabled=${!name.trim() || Boolean(wrong) || name === backup.name} onClick=${save}>${t("Rename")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** @param {{backup: Json, onClose: () => void}} props */
export function Delete({ backup, onClose }) {
  const disks = backup.children.length;
  const confirm = async () => {
    await remove(["backups", backup.id]);
    notice(t("The backup is being deleted."), {
      href: href("tasks", { backup_id: backup.id }),
      text: t("See the task"),
    });
    go("backups");
  };
  return html`<${Confirm} title=${t("Delete the backup?")} action=${t("Delete")} dangerous typed=${backup.name} onClose=${onClose} onConfirm=${confirm}>
    <p>${t("{name} of {resource} will be gone, for everybody it is shared with, too. This cannot be undone.", { name: backup.name, resource: backup.resource_name })}</p>
    ${disks > 0 && html`<p>${tn(disks, "The backup of its disk goes with it.", "The backups of its {n} disks go with it.")}</p>`}
    <p class="faint">${t("Other backups of the resource stay as they are.")}</p>
  </${Confirm}>`;
}
