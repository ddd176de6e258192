// What of a vault can be changed: its name and size, when it works, that it is locked, that it goes.
import { mayChange, put, remove } from "../../core/api.js";
import { bytes, percent } from "../../core/format.js";
import { go, href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Facts, Trouble } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Check, Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { isSize, LARGEST, sizeRule, sizeWords, usedBytes, wrongOf, wrongWords } from "./told.js";
import { Windows, windowsWords } from "./windows.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{vault: Json, reload: () => void}} props */
export function Changes({ vault, reload }) {
  if (!mayChange()) return html`<${Settled} vault=${vault} />`;
  return html`<div class="grid-2">
    <${Sizes} vault=${vault} reload=${reload} />
    <div>
      <${Windows} key=${JSON.stringify([vault.holdfast.maintenance_windows, vault.holdfast.max_running_tasks])} vault=${vault} reload=${reload} />
      <${Lock} vault=${vault} reload=${reload} />
      <${Delete} vault=${vault} reload=${reload} />
    </div>
  </div>`;
}

/** For whoever may only read. @param {{vault: Json}} props */
function Settled({ vault }) {
  return html`<${Card} title=${t("Settings")}>
    <${Facts} facts=${[
      [t("Size"), sizeWords(vault)],
      [t("Grows when it is full"), vault.auto_expand ? t("yes") : t("no")],
      [t("Warning from"), percent(vault.threshold / 100)],
      [t("Locked"), vault.locked ? t("yes") : t("no")],
      [t("Maintenance windows"), windowsWords(vault)],
      [t("Tasks at once, at most"), vault.holdfast.max_running_tasks ?? t("any number")],
    ]} />
  </${Card}>`;
}

/** What the form shows of a vault as it is. @param {Json} vault @returns {Json} */
function asItIs(vault) {
  const { size } = vault.billing;
  const most = size >= LARGEST;
  return {
    name: vault.name,
    room: most ? "most" : "size",
    size: String(most ? Math.max(1, Math.ceil((usedBytes(vault) / 2 ** 30) * 2)) : size),
    threshold: String(vault.threshold),
    grows: vault.auto_expand,
    warns: vault.smn_notify,
  };
}

/** What is typed stays until the vault has it; all else follows the vault, whoever changes it. @param {{vault: Json, reload: () => void}} props */
function Sizes({ vault, reload }) {
  const known = asItIs(vault);
  const [typed, set] = useState(/** @type {Json} */ ({}));
  const draft = { ...known, ...typed };
  const wanted = changed(draft, typed, vault);
  useEffect(() => set((before) => without(before, known)), [vault]);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [busy, setBusy] = useState(false);
  /** @param {string} key */
  const change = (key) => (/** @type {any} */ value) => {
    setWrong((before) => ({ ...before, [key]: "" }));
    set((before) => without({ ...before, [key]: value }, known));
  };
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setError(undefined);
    const found = refused(draft, vault);
    setWrong(found);
    if (Object.keys(found).length) return;
    setBusy(true);
    try {
      await put(["vaults", vault.id], { vault: wanted });
      notice(t("The vault has been changed."));
      reload();
    } catch (fault) {
      const named = wrongOf(fault, vault);
      setWrong(named);
      if (!Object.keys(named).some((name) => name in draft)) setError(/** @type {Error} */ (fault));
    } finally {
      setBusy(false);
    }
  };
  const sized = draft.room === "size";
  return html`<${Card} title=${t("Name and size")}>
    <form onSubmit=${submit} novalidate>
      <${Field} label=${t("Name")} value=${draft.name} onInput=${change("name")} wrong=${wrong.name} autocomplete="off" />
      <${Choice} label=${t("Size")} value=${draft.room} onInput=${change("room")} options=${[["most", t("As large as there is room")], ["size", t("A size of its own")]]} />
      ${sized && html`<${Field} label=${t("Size in GiB")} value=${draft.size} onInput=${change("size")} inputmode="numeric" wrong=${wrong.size} help=${t("{used} are stored.", { used: bytes(usedBytes(vault)) })} />`}
      ${sized && html`<${Check} label=${t("Grows when it is full")} checked=${draft.grows} onInput=${change("grows")} help=${t("It gets a tenth more than it holds, instead of refusing backups.")} />`}
      ${sized && html`<${Field} label=${t("Warn from this fullness on, in per cent")} value=${draft.threshold} onInput=${change("threshold")} inputmode="numeric" wrong=${wrong.threshold} />`}
      <${Check} label=${t("Warn in the server's log")} checked=${draft.warns} onInput=${change("warns")} />
      <${Trouble} error=${error} />
      <button type="submit" disabled=${busy || !Object.keys(wanted).length} aria-busy=${busy ? "true" : null}><${Icon} name="save" />${t("Save")}</button>
    </form>
  </${Card}>`;
}

/** @param {Json} draft @param {Json} vault @returns {Record<string, string>} */
function refused(draft, vault) {
  const wrong = wrongWords(draft.name === vault.name ? "as-it-is" : draft.name);
  if (draft.room === "size" && !isSize(draft.size)) wrong.size = sizeRule(vault);
  if (draft.room === "size" && !/^([1-9]\d?|100)$/.test(draft.threshold.trim()))
    wrong.threshold = t("It is a whole number from 1 to 100.");
  return wrong;
}

/** What was typed and is not so anyway. @param {Json} typed @param {Json} known @returns {Json} */
const without = (typed, known) =>
  Object.fromEntries(Object.entries(typed).filter(([key, value]) => value !== known[key]));

/** Only what was typed and is another: somebody else may have changed the rest meanwhile. @param {Json} draft @param {Json} typed @param {Json} vault @returns {Json} */
function changed(draft, typed, vault) {
  const sized = draft.room === "size";
  const [name, size, grows] = [draft.name.trim(), sized ? Number(draft.size) : LARGEST, sized && draft.grows];
  const touched = (/** @type {string[]} */ ...keys) => keys.some((key) => key in typed);
  return {
    ...(touched("name") && name !== vault.name && { name }),
    ...(touched("room", "size") && size !== vault.billing.size && { billing: { size } }),
    ...(touched("room", "grows") && grows !== vault.auto_expand && { auto_expand: grows }),
    ...(touched("threshold") && sized && { threshold: Number(draft.threshold) }),
    ...(touched("warns") && { smn_notify: draft.warns }),
  };
}

/** @param {{vault: Json, reload: () => void}} props */
function Lock({ vault, reload }) {
  const [asking, setAsking] = useState(false);
  const lock = async () => {
    await put(["vaults", vault.id], { vault: { locked: true } });
    setAsking(false);
    notice(t("The vault is locked."));
    reload();
  };
  return html`<${Card} title=${t("Lock")}>
    ${
      vault.locked
        ? html`<p>${t("This vault is locked for good. No good backup in it is deleted before it expires, whoever asks, and one that never expires is never deleted.")}</p>`
        : html`<p>${t("A locked vault keeps what it holds: no good backup goes before it expires, whoever asks. A lock protects from mistakes and from stolen accounts. It cannot be taken off again.")}</p>
            <button type="button" class="danger outline" onClick=${() => setAsking(true)}><${Icon} name="lock" />${t("Lock for good")}</button>`
    }
    ${
      asking &&
      html`<${Confirm} title=${t("Lock {name} for good", { name: vault.name })} action=${t("Lock for good")} dangerous typed=${vault.name} onClose=${() => setAsking(false)} onConfirm=${lock}>
        <p>${t("Nobody can unlock it, not even an administrator. Backups without an expiry can never be deleted from it, and the vault itself stays as long as it keeps one.")}</p>
      </${Confirm}>`
    }
  </${Card}>`;
}

/** @param {{vault: Json, reload: () => void}} props */
function Delete({ vault, reload }) {
  const [asking, setAsking] = useState(false);
  const begin = async () => {
    await remove(["vaults", vault.id]);
    notice(t("The vault {name} is being deleted.", { name: vault.name }), {
      href: href("tasks", { vault_id: vault.id, operation_type: "vault_delete" }),
      text: t("Watch it"),
    });
    setAsking(false);
    reload();
    go("vaults");
  };
  const count = vault.holdfast.backup_count;
  return html`<${Card} title=${t("Delete")}>
    <p>${t("The vault goes with all that is in it. The resources themselves stay as they are.")}</p>
    <button type="button" class="danger outline" disabled=${vault.billing.status === "deleting"} onClick=${() => setAsking(true)}><${Icon} name="trash-2" />${t("Delete the vault")}</button>
    ${
      asking &&
      html`<${Confirm} title=${t("Delete {name}", { name: vault.name })} action=${t("Delete the vault")} dangerous typed=${vault.name} onClose=${() => setAsking(false)} onConfirm=${begin}>
        <p><strong>${count ? tn(count, "{n} backup is deleted with it, and cannot be restored any more.", "{n} backups are deleted with it, and cannot be restored any more.") : t("There is no backup in it.")}</strong></p>
        ${vault.locked && html`<p class="locked-hint"><${Icon} name="lock" />${t("It is locked: the server refuses this as long as the vault keeps a backup that has not expired.")}</p>`}
        ${vault.billing.protect_type === "replication" && html`<p>${t("It holds replicas: they may be the only copies left.")}</p>`}
      </${Confirm}>`
    }
  </${Card}>`;
}
