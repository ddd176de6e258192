// What is asked before a project is made, changed, closed or deleted.
import { project as here, Problem, who } from "../../core/api.js";
import { go } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Trouble } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Check, Field } from "../../parts/form.js";
import { after, assign, identity, meAnew, warnings, wrongOf } from "../accounts/identity.js";
import { Warnings } from "../accounts/parts.js";

/** @typedef {import("../accounts/identity.js").Directory} Directory */
/** @typedef {import("../accounts/identity.js").Project} Project */

/** @param {{of: Directory, onClose: () => void}} props */
export function NewProject({ of, onClose }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const [mine, setMine] = useState(true);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const make = async () => {
    setError(undefined);
    try {
      const { project } = await identity("POST", ["projects"], { project: { name, description } });
      notice(t("{name} is made.", { name }));
      if (mine) await assign(of, { user: who()?.user.id ?? "", project: project.id, role: "admin" });
      go(["projects", project.id]);
      if (mine) await meAnew();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  const wrong = { name: wrongOf(error, "name"), description: wrongOf(error, "description") };
  return html`<${Dialog} title=${t("New project")} onClose=${onClose}>
    <${Trouble} error=${wrong.name || wrong.description ? undefined : error} />
    <${Field} label=${t("Name")} value=${name} onInput=${setName} wrong=${wrong.name} autocomplete="off" autofocus required />
    <${Field} label=${t("Description")} value=${description} onInput=${setDescription} wrong=${wrong.description} autocomplete="off" />
    <${Check} label=${t("I administer it too")} checked=${mine} onInput=${setMine} help=${t("Without a role in it you look after its members, and see nothing of what is in it.")} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} disabled=${!name.trim()} onClick=${make}>${t("Make the project")}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** @param {{project: Project, onClose: () => void, onDone: () => void}} props */
export function Editing({ project, onClose, onDone }) {
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const save = async () => {
    try {
      await identity("PATCH", ["projects", project.id], { project: { name, description } });
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
      throw fault;
    }
    onDone();
    await meAnew();
  };
  return html`<${Confirm} title=${t("Change {name}", { name: project.name })} action=${t("Save")} onClose=${onClose} onConfirm=${save}>
    <${Field} label=${t("Name")} value=${name} onInput=${setName} wrong=${wrongOf(error, "name")} autocomplete="off" autofocus />
    <${Field} label=${t("Description")} value=${description} onInput=${setDescription} wrong=${wrongOf(error, "description")} autocomplete="off" />
    <p class="faint">${t("Programs that sign in by the name of the project need the new one. The id stays.")}</p>
  </${Confirm}>`;
}

/** @param {{of: Directory, project: Project, onClose: () => void, onDone: () => void}} props */
export function Switching({ of, project, onClose, onDone }) {
  const enabled = !project.enabled;
  const then = { ...of, projects: of.projects.map((one) => (one.id === project.id ? { ...one, enabled } : one)) };
  const told = enabled ? [] : warnings(of, then);
  if (!enabled && project.id === here()) told.push(t("You are in this project now and leave it."));
  const change = async () => {
    await identity("PATCH", ["projects", project.id], { project: { enabled } });
    onDone();
    await meAnew();
  };
  const [title, action] = enabled
    ? [t("Enable {name}?", { name: project.name }), t("Enable")]
    : [t("Disable {name}?", { name: project.name }), t("Disable")];
  return html`<${Confirm} title=${title} action=${action} dangerous=${!enabled} typed=${told.length ? project.name : undefined} onClose=${onClose} onConfirm=${change}>
    <p>${enabled ? t("Its members come in again, with the roles they had.") : t("Nobody comes in any more, and tokens for it end. Its policies go on: what is scheduled is still backed up.")}</p>
    <${Warnings} told=${told} />
  </${Confirm}>`;
}

/** @param {{of: Directory, project: Project, onClose: () => void}} props */
export function Deleting({ of, project, onClose }) {
  const [used, setUsed] = useState(false);
  const mine = who()?.projects.some((one) => one.id === project.id);
  const everybody = Object.keys(of.held).map((user) => ({ user, project: project.id, role: null }));
  const told = warnings(of, after(of, everybody));
  const remove = async () => {
    try {
      await identity("DELETE", ["projects", project.id]);
    } catch (fault) {
      setUsed(fault instanceof Problem && fault.status === 409);
      throw fault;
    }
    notice(t("{name} is deleted.", { name: project.name }));
    go("projects");
    await meAnew();
  };
  return html`<${Confirm} title=${t("Delete {name}?", { name: project.name })} action=${t("Delete")} dangerous typed=${project.name} onClose=${onClose} onConfirm=${remove}>
    <p>${t("It goes with its policies, resources, roles and application credentials. It must have no vaults and no work under way.")}</p>
    <${Warnings} told=${told} />
    ${used && html`<p>${t("Delete its vaults first, and wait for its tasks to end.")} ${mine && html`<a href=${`#/${project.id}/vaults`}>${t("To its vaults")}</a>`} ${mine && html`<a href=${`#/${project.id}/tasks?status=running`}>${t("To its tasks")}</a>`}</p>`}
  </${Confirm}>`;
}
