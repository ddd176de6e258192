// Which projects have a backup of this one's: offered to others, and withdrawn.
import { mayChange, project, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Empty, Shown, Trouble, When } from "../../parts/basics.js";
import { Confirm, Dialog, notice } from "../../parts/dialog.js";
import { Choice, Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { Answer, isNoProject, membersOf, nameOf, offer, Whom, withdraw } from "./members.js";

/** @typedef {import("../../core/api.js").Json} Json */

const MOST = 10;
const ID = /^[0-9a-f]{32}$/;

/** @param {{backup: Json, vault: Json | null}} props */
export function Shared({ backup, vault }) {
  const told = useData((signal) => membersOf(backup.id, signal), [backup.id]);
  const [doing, setDoing] = useState(/** @type {"share" | Json | null} */ (null));
  const done = () => {
    setDoing(null);
    told.reload();
  };
  const close = () => setDoing(null);
  return html`<${Shown} of=${told}>
    ${(/** @type {Json[]} */ members) => html`
      <${Members} members=${members} hindrance=${hindrance(backup, vault, members)} onShare=${() => setDoing("share")} onWithdraw=${setDoing} />
      ${doing === "share" && html`<${Share} backup=${backup} members=${members} onClose=${close} onDone=${done} />`}
      ${doing && doing !== "share" && html`<${Withdraw} backup=${backup} member=${doing} onClose=${close} onDone=${done} />`}
    `}
  </${Shown}>`;
}

/** Why it cannot be offered to anybody now, if so. @param {Json} backup @param {Json | null} vault @param {Json[]} members */
function hindrance(backup, vault, members) {
  if (backup.status !== "available") return t("Only a backup that is available can be offered.");
  if (vault && !["available", "lock"].includes(vault.billing.status))
    return t("Its vault is frozen, in error or being deleted: nothing in it can be offered.");
  return members.length < MOST ? "" : t("Ten projects have it, and no more can. Withdraw it from one first.");
}

/** @param {{members: Json[], hindrance: string, onShare: () => void, onWithdraw: (member: Json) => void}} props */
function Members({ members, hindrance, onShare, onWithdraw }) {
  const may = mayChange();
  const share =
    may &&
    !hindrance &&
    html`<button type="button" onClick=${onShare}><${Icon} name="users" />${t("Share with a project")}</button>`;
  const told = may && hindrance && html`<p class="faint small">${hindrance}</p>`;
  if (!members.length)
    return html`<${Empty} icon="users" title=${t("No other project has this backup")} action=${share || told}>
      ${t("Share it, and another project can look into it and restore from it, once it has accepted. The bytes stay in this vault, and you can withdraw it at any time.")}
    </${Empty}>`;
  return html`<${Card} title=${t("Shared with other projects")} actions=${share}>
    ${told}
    <${Table} caption=${t("Projects that the backup is shared with")} rows=${members} columns=${columns(may ? onWithdraw : null)} />
  </${Card}>`;
}

/** @param {((member: Json) => void) | null} onWithdraw where it may be withdrawn */
function columns(onWithdraw) {
  return [
    {
      title: t("Project"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<${Whom} id=${one.dest_project_id} />`,
    },
    { title: t("Status"), cell: (/** @type {Json} */ one) => html`<${Answer} is=${one.status} />` },
    { title: t("Offered"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.created_at} />` },
    {
      title: t("Answered"),
      cell: (/** @type {Json} */ one) => html`<${When} at=${one.status === "pending" ? null : one.updated_at} />`,
    },
    ...(onWithdraw
      ? [
          {
            title: t("Actions"),
            cell: (/** @type {Json} */ one) =>
              html`<div class="actions"><button type="button" class="secondary outline small" aria-label=${t("Withdraw from {project}", { project: nameOf(one.dest_project_id) })} onClick=${() => onWithdraw(one)}><${Icon} name="undo-2" />${t("Withdraw")}</button></div>`,
          },
        ]
      : []),
  ];
}

/** @param {{backup: Json, member: Json, onClose: () => void, onDone: () => void}} props */
function Withdraw({ backup, member, onClose, onDone }) {
  const name = nameOf(member.dest_project_id);
  const accepted = member.status === "accepted";
  const confirm = async () => {
    await withdraw(backup, member);
    notice(t("The backup has been withdrawn from {project}.", { project: name }));
    onDone();
  };
  return html`<${Confirm} title=${t("Withdraw the backup?")} action=${t("Withdraw")} dangerous=${accepted} onClose=${onClose} onConfirm=${confirm}>
    <p>${accepted ? t("{project} loses the backup at once. What it is restoring from it is cancelled.", { project: name }) : t("{project} cannot accept the backup any more.", { project: name })}</p>
  </${Confirm}>`;
}

/**
 * What is wrong about an id that was typed, if anything is.
 * @param {string} id @param {Json[]} members @param {string} unknown what the server knows no project by
 */
function wrongId(id, members, unknown) {
  if (!ID.test(id))
    return t("An id has 32 characters: digits, and letters from a to f. This has {n}.", { n: id.length });
  if (id === unknown) return t("There is no project with this id.");
  if (id === project()) return t("That is this project, which has the backup.");
  return members.some((one) => one.dest_project_id === id) ? t("The backup is shared with that project already.") : "";
}

/** @param {{backup: Json, members: Json[], onClose: () => void, onDone: () => void}} props */
function Share({ backup, members, onClose, onDone }) {
  const known = [project(), ...members.map((one) => one.dest_project_id)];
  const others = (who()?.projects ?? []).filter((one) => !known.includes(one.id));
  const [chosen, setChosen] = useState(others[0]?.id ?? "");
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const [unknown, setUnknown] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const id = chosen || typed.trim().toLowerCase();
  const wrong = chosen ? "" : wrongId(id, members, unknown);
  const send = async () => {
    setError(undefined);
    setTried(true);
    if (wrong) return;
    try {
      await offer(backup, id);
      notice(t("The backup is offered to {project}.", { project: nameOf(id) }));
      onDone();
    } catch (fault) {
      if (!chosen && isNoProject(fault)) setUnknown(id);
      else setError(/** @type {Error} */ (fault));
    }
  };
  const options = [...others.map((one) => [one.id, one.name]), ["", t("Another project, by its id")]];
  return html`<${Dialog} title=${t("Share with a project")} onClose=${onClose}>
    <form novalidate onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
      <p>${t("The project sees the backup as an offer, and has it as soon as it accepts. It can restore it, and never change or delete it.")}</p>
      ${others.length > 0 && html`<${Choice} label=${t("Project")} value=${chosen} onInput=${setChosen} options=${options} />`}
      ${!chosen && html`<${Field} label=${t("Id of the project")} value=${typed} onInput=${setTyped} wrong=${tried ? wrong : ""} autocomplete="off" autofocus=${!others.length} help=${t("People there see it in the address of their console, behind #/.")} />`}
      <${Trouble} error=${error} />
      <footer class="actions">
        <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
        <${Act} type="submit" icon="users" onClick=${send}>${t("Share")}</${Act}>
      </footer>
    </form>
  </${Dialog}>`;
}
