// Keys that programs sign their requests with: at most two, their secrets are told once.
import { ask, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Empty, Shown, Trouble, When } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { Copied, Enabled, Once } from "../accounts/parts.js";
import { person, python, terraform } from "./lines.js";

const PLACE = "/v3.0/OS-CREDENTIAL/credentials";
const MOST = 2;

/** @typedef {{access: string, secret?: string, description: string, status: string, create_time: string}} Key */

export function AccessKeys() {
  const keys = useData(
    async (signal) => /** @type {Key[]} */ ((await ask("GET", PLACE, undefined, signal)).credentials),
    [],
  );
  const [making, setMaking] = useState(false);
  const [asking, setAsking] = useState(/** @type {{about: "switch" | "delete", key: Key} | null} */ (null));
  const full = (keys.data?.length ?? 0) >= MOST;
  const add = html`<button type="button" class="small" disabled=${full} title=${full ? t("There are two already: delete one first.") : undefined} onClick=${() => setMaking(true)}>
    <${Icon} name="plus" />${t("New access key")}
  </button>`;
  const done = () => {
    setAsking(null);
    keys.reload();
  };
  return html`<${Card} title=${t("Access keys")} actions=${add}>
    <p class="faint">${t("For programs that sign each request: Huawei's and Open Telekom Cloud's SDKs, Terraform. A key may all that you may, in every project of yours. Two are the most: one in use, one to change over to.")}</p>
    <${Shown} of=${keys} lines=${2}>
      ${(/** @type {Key[]} */ all) =>
        html`<${Table} caption=${t("Access keys")} rows=${all} keyOf=${(/** @type {Key} */ one) => one.access} columns=${columns(setAsking)}
          empty=${html`<${Empty} icon="key-round" title=${t("You have no access key")}>${t("Make one; its secret is shown once, with lines to paste.")}</${Empty}>`} />`}
    </${Shown}>
    ${making && html`<${NewKey} onClose=${() => setMaking(false)} onMade=${keys.reload} />`}
    ${asking?.about === "switch" && html`<${Switching} of=${asking.key} onClose=${() => setAsking(null)} onDone=${done} />`}
    ${asking?.about === "delete" && html`<${Deleting} of=${asking.key} onClose=${() => setAsking(null)} onDone=${done} />`}
  </${Card}>`;
}

/** @param {(asked: {about: "switch" | "delete", key: Key}) => void} ask @returns {import("../../parts/table.js").Column[]} */
function columns(ask) {
  return [
    { title: t("Access key"), cell: (key) => html`<span class="mono">${key.access}</span>` },
    { title: t("Description"), cell: (key) => key.description || html`<span class="faint">–</span>` },
    { title: t("Made"), cell: (key) => html`<${When} at=${key.create_time} />` },
    { title: t("State"), cell: (key) => html`<span><${Enabled} on=${key.status === "active"} /></span>` },
    {
      title: t("Actions"),
      cell: (key) => html`<span class="actions">
        <button type="button" class="secondary outline small" onClick=${() => ask({ about: "switch", key })}>${key.status === "active" ? t("Disable") : t("Enable")}</button>
        <button type="button" class="danger outline small" onClick=${() => ask({ about: "delete", key })}>${t("Delete")}</button>
      </span>`,
    },
  ];
}

/** @param {{onClose: () => void, onMade: () => void}} props */
function NewKey({ onClose, onMade }) {
  const [description, setDescription] = useState("");
  const [made, setMade] = useState(/** @type {Key | null} */ (null));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const make = async () => {
    setError(undefined);
    try {
      const told = await ask("POST", PLACE, { credential: { user_id: who()?.user.id, description } });
      setMade(told.credential);
      onMade();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  if (made) {
    const secret = made.secret ?? "";
    return html`<${Once} title=${t("The new access key")} onClose=${onClose} wide>
      <div class="account-ids">
        <${Copied} label=${t("Access key")} text=${made.access} />
        <${Copied} label=${t("Secret key")} text=${secret} />
      </div>
      <${Copied} label=${t("Terraform, provider huaweicloud")} lines text=${terraform(made.access, secret)} />
      <${Copied} label=${t("Python, with huaweicloudsdkcbr")} lines text=${python(made.access, secret)} />
      <${Copied} label=${t("The openstack command line does not sign; it asks for your password")} lines text=${person()} />
    </${Once}>`;
  }
  return html`<${Dialog} title=${t("New access key")} onClose=${onClose}>
    <${Trouble} error=${error} />
    <${Field} label=${t("What it is for")} value=${description} onInput=${setDescription} autocomplete="off" autofocus placeholder=${t("Terraform on the build server")} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} onClick=${make}>${t("Make the key")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** @param {{of: Key, onClose: () => void, onDone: () => void}} props */
function Switching({ of, onClose, onDone }) {
  const on = of.status === "active";
  const change = async () => {
    await ask("PUT", `${PLACE}/${of.access}`, { credential: { status: on ? "inactive" : "active" } });
    onDone();
  };
  const title = on ? t("Disable this access key?") : t("Enable this access key?");
  return html`<${Confirm} title=${title} action=${on ? t("Disable") : t("Enable")} dangerous=${on} onClose=${onClose} onConfirm=${change}>
    <p class="mono">${of.access} ${of.description}</p>
    <p>${on ? t("What is signed with it is refused from now on, until it is enabled again.") : t("What is signed with it is accepted from now on.")}</p>
  </${Confirm}>`;
}

/** @param {{of: Key, onClose: () => void, onDone: () => void}} props */
function Deleting({ of, onClose, onDone }) {
  const remove = async () => {
    await ask("DELETE", `${PLACE}/${of.access}`);
    notice(t("The access key is deleted."));
    onDone();
  };
  return html`<${Confirm} title=${t("Delete this access key?")} action=${t("Delete")} dangerous typed=${of.access.slice(-4)} onClose=${onClose} onConfirm=${remove}>
    <p class="mono">${of.access} ${of.description}</p>
    <p>${t("What is signed with it is refused from now on, for ever. To see first who still uses it, disable it.")}</p>
  </${Confirm}>`;
}
