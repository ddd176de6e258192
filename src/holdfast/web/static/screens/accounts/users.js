// The users of the domain.
import { who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Empty, Shown, Trouble } from "../../parts/basics.js";
import { Dialog } from "../../parts/dialog.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { assign, directory, drawn, identity, ROLES, roleWord, wrongOf } from "./identity.js";
import { Fitting, Narrowing } from "./listed.js";
import { Copied, Enabled, Once } from "./parts.js";

const FEW = 3;

export function Users() {
  const of = useData(directory, []);
  const [making, setMaking] = useState(false);
  const add = html`<button type="button" onClick=${() => setMaking(true)}><${Icon} name="plus" />${t("New user")}</button>`;
  return html`
    <${Narrowing}>
      <div class="grow"></div>
      ${add}
    </${Narrowing}>
    <${Shown} of=${of}>
      ${(/** @type {import("./identity.js").Directory} */ all) => html`
        <${Fitting} caption=${t("Users")} all=${all.users} text=${(/** @type {import("./identity.js").User} */ one) => one.name} columns=${columns(all)}
          empty=${html`<${Empty} icon="users" title=${t("No user fits")}>${t("Take back a filter, or make a user.")}</${Empty}>`} />
        ${making && html`<${NewUser} of=${all} onClose=${() => setMaking(false)} onMade=${of.reload} />`}
      `}
    </${Shown}>
  `;
}

/** @param {import("./identity.js").Directory} all @returns {import("../../parts/table.js").Column[]} */
function columns(all) {
  const names = new Map(all.projects.map((one) => [one.id, one.name]));
  return [
    {
      title: t("User"),
      cell: (one) => html`<span>
        <a href=${href(["accounts", one.id])}>${one.name}</a>
        ${one.id === who()?.user.id && html` <span class="faint">${t("(you)")}</span>`}
      </span>`,
    },
    {
      title: t("Roles"),
      class: "wide",
      cell: (one) => html`<${Roles} held=${all.held[one.id] ?? {}} names=${names} />`,
    },
    { title: t("State"), cell: (one) => html`<span><${Enabled} on=${one.enabled} /></span>` },
  ];
}

/** @param {{held: Record<string, import("./identity.js").Role>, names: Map<string, string>}} props */
function Roles({ held, names }) {
  const all = Object.entries(held)
    .map(([project, role]) => ({ project: names.get(project) ?? project, role }))
    .sort((one, other) => one.project.localeCompare(other.project));
  if (!all.length) return html`<span class="faint">${t("No role")}</span>`;
  return html`<span class="account-chips">
    ${all
      .slice(0, FEW)
      .map(
        ({ project, role }) => html`<span key=${project} class="account-chip">${roleWord(role)} · ${project}</span>`,
      )}
    ${all.length > FEW && html`<span class="faint">${tn(all.length - FEW, "and {n} more", "and {n} more")}</span>`}
  </span>`;
}

/** @param {{of: import("./identity.js").Directory, onClose: () => void, onMade: () => void}} props */
function NewUser({ of, onClose, onMade }) {
  const [name, setName] = useState("");
  const [project, setProject] = useState("");
  const [role, setRole] = useState("reader");
  const [password, setPassword] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const make = async () => {
    setError(undefined);
    const fresh = drawn();
    try {
      const made = await identity("POST", ["users"], { user: { name, password: fresh } });
      setPassword(fresh);
      onMade();
      if (!project) return;
      await assign(of, { user: made.user.id, project, role: /** @type {import("./identity.js").Role} */ (role) });
      onMade();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  if (password) {
    return html`<${Once} title=${t("{name} can sign in", { name })} onClose=${onClose}>
      <${Trouble} error=${error} />
      <${Copied} label=${t("Password of {name}", { name })} text=${password} />
    </${Once}>`;
  }
  const wrong = wrongOf(error, "name");
  const projects = /** @type {[string, string][]} */ (of.projects.map((one) => [one.id, one.name]));
  return html`<${Dialog} title=${t("New user")} onClose=${onClose}>
    <${Trouble} error=${wrong ? undefined : error} />
    <${Field} label=${t("Name")} value=${name} onInput=${setName} wrong=${wrong} autocomplete="off" autofocus required />
    <${Choice} label=${t("Project")} value=${project} onInput=${setProject} options=${[["", t("None for now")], ...projects]} />
    ${project && html`<${Choice} label=${t("Role")} value=${role} onInput=${setRole} options=${ROLES.map((one) => [one, roleWord(one)])} />`}
    <p class="faint">${t("A password is made for them and shown once. They can change it under Credentials.")}</p>
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} disabled=${!name.trim()} onClick=${make}>${t("Make the user")}</${Act}>
    </footer>
  </${Dialog}>`;
}
