// Putting resources into a vault that is there, or into a new one.
import { get, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, kind } from "../../core/format.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Loading, Trouble } from "../../parts/basics.js";
import { Dialog, notice } from "../../parts/dialog.js";
import { Choice, Field } from "../../parts/form.js";
import { LARGEST, sizeBytes, usedBytes } from "../vaults/told.js";
import { VAULT_OF } from "./state.js";

/** @typedef {import("../../core/api.js").Json} Json */

const NEW = "new";

/** Whether a vault can be called so. @param {string} name */
const fits = (name) => /^[\w\u4e00-\u9fa5-]*$/.test(name);

/** @param {string} type */
async function choices(type) {
  const object_type = VAULT_OF[type] ?? "server";
  const [vaults, policies] = await Promise.all([
    get("vaults", { object_type, protect_type: "backup", sort: "name:asc", limit: 1000 }),
    get("policies", { operation_type: "backup" }),
  ]);
  const open = vaults.vaults.filter((/** @type {any} */ one) => ["available", "lock"].includes(one.billing.status));
  return { vaults: open, policies: policies.policies };
}

/** @param {{some: Json[], onClose: () => void, onDone: () => void}} props */
export function Protect({ some, onClose, onDone }) {
  const types = [...new Set(some.map((one) => one.type))];
  const title = tn(some.length, "Protect {name}", "Protect {n} resources", { name: some[0].name });
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${
      types.length > 1
        ? html`<p>${t("A vault holds one kind of resource. Choose only folders, only disks or only servers.")}</p>
            <footer class="actions"><button type="button" onClick=${onClose}>${t("Close")}</button></footer>`
        : html`<${Form} some=${some} type=${types[0]} onClose=${onClose} onDone=${onDone} />`
    }
  </${Dialog}>`;
}

/** @param {{some: Json[], type: string, onClose: () => void, onDone: () => void}} props */
function Form({ some, type, onClose, onDone }) {
  const found = useData(() => choices(type), [type]);
  const [chosen, setChosen] = useState("");
  const [name, setName] = useState("");
  const [size, setSize] = useState("100");
  const [policy, setPolicy] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  if (!found.data)
    return html`<${Trouble} error=${found.error} retry=${found.reload} />${!found.error && html`<${Loading} lines=${3} />`}`;
  const { vaults, policies } = found.data;
  const vault = chosen || vaults[0]?.id || NEW;
  const resources = some.map((one) => ({ id: one.resource_id, type: one.type }));
  const make = () =>
    post("vaults", {
      vault: {
        name,
        billing: {
          consistent_level: "crash_consistent",
          object_type: VAULT_OF[type],
          protect_type: "backup",
          size: Number(size),
        },
        ...(policy && { backup_policy_id: policy }),
        resources,
      },
    });
  const send = async () => {
    setError(undefined);
    try {
      await (vault === NEW ? make() : post(["vaults", vault, "addresources"], { resources }));
      notice(tn(some.length, "{name} is in a vault now.", "{n} resources are in a vault now.", { name: some[0].name }));
      onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <${Choice} label=${t("Vault")} value=${vault} onInput=${setChosen} help=${t("Vaults for: {kind}", { kind: kind(type) })}
      options=${[...vaults.map((/** @type {any} */ one) => [one.id, labelled(one)]), [NEW, t("A new vault…")]]} />
    ${vault === NEW && html`<${NewVault} name=${name} setName=${setName} size=${size} setSize=${setSize} policy=${policy} setPolicy=${setPolicy} policies=${policies} />`}
    <${Trouble} error=${error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} type="submit" onClick=${send} icon="shield-check" disabled=${vault === NEW && !(name && fits(name))}>${t("Protect")}</${Act}>
    </footer>
  </form>`;
}

/** @param {Json} one a vault */
function labelled(one) {
  const said = { name: one.name, used: bytes(usedBytes(one)), size: bytes(sizeBytes(one)) };
  return one.billing.size >= LARGEST
    ? t("{name} – {used} used, no limit", said)
    : t("{name} – {used} of {size} used", said);
}

/** @param {{name: string, setName: (text: string) => void, size: string, setSize: (text: string) => void, policy: string, setPolicy: (id: string) => void, policies: Json[]}} props */
function NewVault({ name, setName, size, setSize, policy, setPolicy, policies }) {
  return html`
    <${Field} label=${t("Name of the vault")} value=${name} onInput=${setName} wrong=${fits(name) ? undefined : t("Only letters, digits, - and _.")} required=${true} />
    <${Field} label=${t("Size in GiB")} type="number" min=${1} max=${LARGEST} value=${size} onInput=${setSize} required=${true} />
    <${Choice} label=${t("Backup policy")} value=${policy} onInput=${setPolicy} help=${t("It says when the vault is backed up, and for how long backups are kept.")}
      options=${[["", t("None: back up by hand")], ...policies.map((one) => [one.id, one.name])]} />
  `;
}
