// What programs sign in with: for this one project, with at most the viewer's role.
import { project, role, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Empty, Shown, Status, Trouble, When } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { identity, ROLES, roleWord, wrongOf } from "../accounts/identity.js";
import { Copied, Once } from "../accounts/parts.js";
import { clouds, program } from "./lines.js";

/** @typedef {{id: string, name: string, description: string, project_id: string, roles: {name: import("../accounts/identity.js").Role}[], expires_at: string | null, secret?: string}} Credential */

const PLACE = () => ["users", who()?.user.id ?? "", "application_credentials"];
const DAY = 86_400_000;

export function Programs() {
  const of = useData(
    async (signal) =>
      /** @type {Credential[]} */ ((await identity("GET", PLACE(), undefined, signal)).application_credentials),
    [],
  );
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState(/** @type {Credential | null} */ (null));
  const add = html`<button type="button" class="small" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("New application credential")}</button>`;
  const done = () => {
    setDeleting(null);
    of.reload();
  };
  return html`<${Card} title=${t("Application credentials")} actions=${add}>
    <p class="faint">${t("For programs that sign in: the openstack command line, openstacksdk, Terraform. Each is for one project and may there what you may, or less. A new password leaves them; losing the role in the project deletes them.")}</p>
    <${Shown} of=${of} lines=${2}>
      ${(/** @type {Credential[]} */ all) =>
        html`<${Table} caption=${t("Application credentials")} rows=${all} columns=${columns(setDeleting)}
          empty=${html`<${Empty} icon="key-round" title=${t("You have no application credential")}>${t("Make one for each program, so that each can be taken back alone.")}</${Empty}>`} />`}
    </${Shown}>
    ${making && html`<${NewOne} onClose=${() => setMaking(false)} onMade=${of.reload} />`}
    ${deleting && html`<${Deleting} of=${deleting} onClose=${() => setDeleting(null)} onDone=${done} />`}
  </${Card}>`;
}

/** @param {(one: Credential) => void} remove @returns {import("../../parts/table.js").Column[]} */
function columns(remove) {
  const projects = who()?.projects ?? [];
  return [
    { title: t("Name"), cell: (one) => html`<span>${one.name}<br /><span class="mono faint">${one.id}</span></span>` },
    { title: t("Project"), cell: (one) => projects.find(({ id }) => id === one.project_id)?.name ?? one.project_id },
    { title: t("Role"), cell: (one) => roleWord(one.roles[0]?.name) },
    { title: t("Ends"), cell: (one) => html`<${Ends} at=${one.expires_at} />` },
    {
      title: t("Actions"),
      cell: (one) =>
        html`<span class="actions"><button type="button" class="danger outline small" onClick=${() => remove(one)}>${t("Delete")}</button></span>`,
    },
  ];
}

/** @param {{at: string | null}} props */
function Ends({ at }) {
  if (!at) return t("Never");
  const over = new Date(`${at.replace("Z", "")}Z`).getTime() < Date.now();
  return html`<span><${When} at=${at} /> ${over && html`<${Status} is="timeout">${t("Ended")}</${Status}>`}</span>`;
}

/** @param {{onClose: () => void, onMade: () => void}} props */
function NewOne({ onClose, onMade }) {
  const own = role();
  const [name, setName] = useState("");
  const [most, setMost] = useState(own);
  const [days, setDays] = useState("90");
  const [made, setMade] = useState(/** @type {Credential | null} */ (null));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const make = async () => {
    setError(undefined);
    const ends = days ? new Date(Date.now() + Number(days) * DAY).toISOString().slice(0, 19) : null;
    try {
      const asked = { name, roles: [{ name: most }], expires_at: ends };
      const told = await identity("POST", PLACE(), { application_credential: asked });
      setMade(told.application_credential);
      onMade();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  if (made) {
    const secret = made.secret ?? "";
    return html`<${Once} title=${t("{name} can sign in", { name })} onClose=${onClose} wide>
      <div class="account-ids">
        <${Copied} label=${t("Id")} text=${made.id} />
        <${Copied} label=${t("Secret")} text=${secret} />
      </div>
      <${Copied} label=${t("The openstack command line")} lines text=${program(made.id, secret)} />
      <${Copied} label=${t("clouds.yaml, for Terraform and openstacksdk")} lines text=${clouds(made.id, secret)} />
    </${Once}>`;
  }
  const wrong = wrongOf(error, "name");
  const here = who()?.projects.find((one) => one.id === project())?.name;
  return html`<${Dialog} title=${t("New application credential")} onClose=${onClose}>
    <${Trouble} error=${wrong ? undefined : error} />
    <p>${t("For the project {name}.", { name: here })}</p>
    <${Field} label=${t("Name")} value=${name} onInput=${setName} wrong=${wrong} autocomplete="off" autofocus required />
    <${Choice} label=${t("Role")} value=${most} onInput=${setMost} options=${ROLES.slice(0, ROLES.indexOf(own) + 1).map((one) => [one, roleWord(one)])} />
    <${Choice} label=${t("Ends")} value=${days} onInput=${setDays} options=${[
      ["30", t("In 30 days")],
      ["90", t("In 90 days")],
      ["365", t("In a year")],
      ["", t("Never")],
    ]} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} disabled=${!name.trim()} onClick=${make}>${t("Make it")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** @param {{of: Credential, onClose: () => void, onDone: () => void}} props */
function Deleting({ of, onClose, onDone }) {
  const remove = async () => {
    await identity("DELETE", [...PLACE(), of.id]);
    notice(t("{name} is deleted.", { name: of.name }));
    onDone();
  };
  return html`<${Confirm} title=${t("Delete {name}?", { name: of.name })} action=${t("Delete")} dangerous typed=${of.name} onClose=${onClose} onConfirm=${remove}>
    <p>${t("The program that signs in with it is out at once.")}</p>
  </${Confirm}>`;
}
