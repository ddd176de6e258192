// A new vault.
import { get, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { go } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Trouble } from "../../parts/basics.js";
import { Dialog, notice } from "../../parts/dialog.js";
import { Check, Choice, Field } from "../../parts/form.js";
import { isSize, LARGEST, sizeRule, wrongOf, wrongWords } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{onClose: () => void}} props */
export function Create({ onClose }) {
  const [draft, set] = useState({
    name: "",
    type: "turbo",
    room: "most",
    size: "100",
    description: "",
    grows: false,
    replicas: false,
    policy: "",
  });
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [wrong, setWrong] = useState(/** @type {Record<string, string>} */ ({}));
  const [busy, setBusy] = useState(false);
  const policies = useData((signal) => get("policies", { operation_type: "backup" }, signal), []);
  /** @param {string} key */
  const change = (key) => (/** @type {any} */ value) => set((before) => ({ ...before, [key]: value }));
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setError(undefined);
    const found = refused(draft);
    setWrong(found);
    if (Object.keys(found).length) return;
    setBusy(true);
    try {
      const { vault } = await post("vaults", { vault: body(draft) });
      notice(t("The vault {name} is there.", { name: vault.name }));
      onClose();
      go(["vaults", vault.id]);
    } catch (fault) {
      const named = wrongOf(fault);
      setWrong(named);
      if (!Object.keys(named).some((name) => name in FIELDS)) setError(/** @type {Error} */ (fault));
      setBusy(false);
    }
  };
  const known = (policies.data?.policies ?? []).map((/** @type {Json} */ one) => [one.id, one.name]);
  return html`<${Dialog} title=${t("New vault")} onClose=${onClose}>
    <form onSubmit=${submit} novalidate>
      <${Field} label=${t("Name")} value=${draft.name} onInput=${change("name")} wrong=${wrong.name} autofocus autocomplete="off" />
      <${Choice} label=${t("Holds")} value=${draft.type} onInput=${change("type")}
        options=${[["turbo", t("Folders")], ["disk", t("Disks")], ["server", t("Servers")]]} help=${t("That stays: a vault holds one kind of resource.")} />
      <${Choice} label=${t("Size")} value=${draft.room} onInput=${change("room")}
        options=${[["most", t("As large as there is room")], ["size", t("A size of its own")]]} />
      ${
        draft.room === "size" &&
        html`<${Field} label=${t("Size in GiB")} value=${draft.size} onInput=${change("size")} inputmode="numeric" wrong=${wrong.size} help=${t("What is stored counts, after deduplication and compression.")} />
        <${Check} label=${t("Grows when it is full")} checked=${draft.grows} onInput=${change("grows")} help=${t("It gets a tenth more than it holds, instead of refusing backups.")} />`
      }
      <${Check} label=${t("For replicas")} checked=${draft.replicas} onInput=${change("replicas")} help=${t("It receives copies from other vaults, and is not backed up into.")} />
      ${
        !draft.replicas &&
        known.length > 0 &&
        html`<${Choice} label=${t("Backup policy")} value=${draft.policy} onInput=${change("policy")} options=${[["", t("None yet")], ...known]} />`
      }
      <${Field} label=${t("Description")} value=${draft.description} onInput=${change("description")} wrong=${wrong.description} autocomplete="off" />
      <${Trouble} error=${error} />
      <footer class="actions">
        <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
        <button type="submit" disabled=${busy} aria-busy=${busy ? "true" : null}>${t("Make the vault")}</button>
      </footer>
    </form>
  </${Dialog}>`;
}

const FIELDS = { name: 1, size: 1, description: 1 };

/** What is seen to be wrong before anybody is asked. @param {Json} draft @returns {Record<string, string>} */
function refused(draft) {
  const wrong = wrongWords(draft.name, draft.description);
  if (draft.room === "size" && !isSize(draft.size)) wrong.size = sizeRule();
  return wrong;
}

/** @param {Json} draft */
function body(draft) {
  return {
    name: draft.name.trim(),
    description: draft.description.trim() || undefined,
    auto_expand: draft.room === "size" && draft.grows,
    backup_policy_id: draft.replicas || !draft.policy ? undefined : draft.policy,
    billing: {
      consistent_level: "crash_consistent",
      object_type: draft.type,
      protect_type: draft.replicas ? "replication" : "backup",
      size: draft.room === "size" ? Number(draft.size) : LARGEST,
    },
  };
}
