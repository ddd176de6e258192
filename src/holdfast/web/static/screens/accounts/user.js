// One user: their roles, their keys, and what can be done with the account.
import { ask, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { go, href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Empty, Facts, Page, Shown, When } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Field } from "../../parts/form.js";
import { Table } from "../../parts/table.js";
import { directory, drawn, identity, meAnew, warnings, wrongOf } from "./identity.js";
import { Matrix } from "./matrix.js";
import { Copied, Enabled, Once, Warnings } from "./parts.js";

/** @typedef {import("./identity.js").Directory} Directory */
/** @typedef {import("./identity.js").User} User */

/** @param {{id: string}} props */
export function Account({ id }) {
  const of = useData(directory, []);
  const user = of.data?.users.find((one) => one.id === id);
  const [asking, setAsking] = useState("");
  const above = html`<a href=${href("accounts")}>${t("Accounts")}</a>`;
  const done = () => {
    setAsking("");
    of.reload();
  };
  const actions =
    user &&
    html`
      <button type="button" class="secondary outline" onClick=${() => setAsking("rename")}>${t("Rename")}</button>
      <button type="button" class="secondary outline" onClick=${() => setAsking("password")}>${t("New password")}</button>
      <button type="button" class="secondary outline" onClick=${() => setAsking("enabled")}>${user.enabled ? t("Disable") : t("Enable")}</button>
      <button type="button" class="danger outline" onClick=${() => setAsking("delete")}>${t("Delete")}</button>
    `;
  return html`<${Page} title=${user?.name ?? t("User")} above=${above} actions=${actions}>
    <${Shown} of=${of}>
      ${(/** @type {Directory} */ all) =>
        user
          ? html`
              <${Overview} user=${user} />
              <${Matrix} title=${t("Roles")} first=${t("Project")} of=${all} rows=${rows(all, id)} onSaved=${of.reload} />
              <${Keys} user=${user} />
              ${asking && html`<${Question} about=${asking} of=${all} user=${user} onClose=${() => setAsking("")} onDone=${done} />`}
            `
          : html`<${Empty} icon="user" title=${t("There is no such user")} action=${above}>${t("They may have been deleted meanwhile.")}</${Empty}>`}
    </${Shown}>
  </${Page}>`;
}

/** @param {Directory} all @param {string} user */
const rows = (all, user) =>
  all.projects.map((one) => ({ ...one, user, project: one.id, href: href(["projects", one.id]) }));

/** @param {{user: User}} props */
function Overview({ user }) {
  return html`<${Card} title=${t("Account")}>
    <${Facts} facts=${[
      [t("State"), html`<${Enabled} on=${user.enabled} />`],
      [t("This is you"), user.id === who()?.user.id ? t("Yes") : null],
      [t("Id"), html`<span class="mono">${user.id}</span>`],
      [
        t("What they did"),
        html`<a href=${href("accounts", { tab: "audit", user: user.name })}>${t("In the audit trail")}</a>`,
      ],
    ]} />
  </${Card}>`;
}

/** @param {{user: User}} props */
function Keys({ user }) {
  const found = useData(
    async (signal) => {
      const [keys, programs] = await Promise.all([
        ask("GET", `/v3.0/OS-CREDENTIAL/credentials?user_id=${user.id}`, undefined, signal),
        identity("GET", ["users", user.id, "application_credentials"], undefined, signal),
      ]);
      return [
        ...keys.credentials.map((/** @type {any} */ one) => ({
          id: one.access,
          what: t("Access key"),
          about: one.description,
          until: null,
          on: one.status === "active",
        })),
        ...programs.application_credentials.map((/** @type {any} */ one) => ({
          id: one.id,
          what: t("Application credential"),
          about: one.name,
          until: one.expires_at,
          on: true,
        })),
      ];
    },
    [user.id],
  );
  return html`<${Card} title=${t("Keys and credentials")}>
    <${Shown} of=${found} lines=${2}>
      ${(/** @type {any[]} */ all) =>
        html`<${Table} caption=${t("Keys and credentials")} rows=${all} empty=${html`<p class="faint">${t("None. They make their own under Credentials.")}</p>`}
          columns=${[
            { title: t("Kind"), cell: (/** @type {any} */ one) => one.what },
            {
              title: t("Name"),
              cell: (/** @type {any} */ one) =>
                html`<span>${one.about} <span class="mono faint">${one.id}</span></span>`,
            },
            { title: t("Ends"), cell: (/** @type {any} */ one) => html`<${When} at=${one.until} />` },
            { title: t("State"), cell: (/** @type {any} */ one) => html`<span><${Enabled} on=${one.on} /></span>` },
          ]} />`}
    </${Shown}>
  </${Card}>`;
}

/** @param {{about: string, of: Directory, user: User, onClose: () => void, onDone: () => void}} props */
function Question({ about, ...props }) {
  if (about === "rename") return html`<${Renaming} ...${props} />`;
  if (about === "password") return html`<${Password} ...${props} />`;
  return about === "delete" ? html`<${Deleting} ...${props} />` : html`<${Switching} ...${props} />`;
}

/** @param {{user: User, onClose: () => void, onDone: () => void}} props */
function Renaming({ user, onClose, onDone }) {
  const [name, setName] = useState(user.name);
  const [wrong, setWrong] = useState(/** @type {string | undefined} */ (undefined));
  const save = async () => {
    try {
      await identity("PATCH", ["users", user.id], { user: { name } });
    } catch (fault) {
      setWrong(wrongOf(/** @type {Error} */ (fault), "name"));
      throw fault;
    }
    onDone();
    if (user.id === who()?.user.id) await meAnew();
  };
  return html`<${Confirm} title=${t("Rename {name}", { name: user.name })} action=${t("Rename")} onClose=${onClose} onConfirm=${save}>
    <${Field} label=${t("Name")} value=${name} onInput=${setName} wrong=${wrong} autocomplete="off" autofocus />
    <p class="faint">${t("They sign in with the new name. Tokens go on.")}</p>
  </${Confirm}>`;
}

/** @param {{user: User, onClose: () => void, onDone: () => void}} props */
function Password({ user, onClose, onDone }) {
  const [fresh, setFresh] = useState("");
  const mine = user.id === who()?.user.id;
  const set = async () => {
    const password = drawn();
    await identity("PATCH", ["users", user.id], { user: { password } });
    setFresh(password);
  };
  if (fresh) {
    return html`<${Once} title=${t("New password")} onClose=${onDone}>
      <${Copied} label=${t("Password of {name}", { name: user.name })} text=${fresh} />
      ${mine && html`<p>${t("You are signed out now; sign in with the new password.")}</p>`}
    </${Once}>`;
  }
  return html`<${Confirm} title=${t("New password for {name}?", { name: user.name })} action=${t("Make a new password")} dangerous onClose=${onClose} onConfirm=${set}>
    <p>${t("The old one is worth nothing from then on. {name} is signed out everywhere; access keys and application credentials go on.", { name: user.name })}</p>
    ${mine && html`<${Warnings} told=${[t("This is you. To choose a password yourself, go to Credentials.")]} />`}
  </${Confirm}>`;
}

/** @param {{of: Directory, user: User, onClose: () => void, onDone: () => void}} props */
function Switching({ of, user, onClose, onDone }) {
  const enabled = !user.enabled;
  const then = { ...of, users: of.users.map((one) => (one.id === user.id ? { ...one, enabled } : one)) };
  const told = enabled ? [] : warnings(of, then);
  const change = async () => {
    await identity("PATCH", ["users", user.id], { user: { enabled } });
    notice(enabled ? t("{name} may sign in again.", { name: user.name }) : t("{name} is out.", { name: user.name }));
    onDone();
  };
  const [title, action] = enabled
    ? [t("Enable {name}?", { name: user.name }), t("Enable")]
    : [t("Disable {name}?", { name: user.name }), t("Disable")];
  return html`<${Confirm} title=${title} action=${action} dangerous=${!enabled} typed=${told.length ? user.name : undefined} onClose=${onClose} onConfirm=${change}>
    <p>${enabled ? t("Password, roles, access keys and application credentials are as they were.") : t("They are thrown out at once; access keys and application credentials rest until they are enabled again.")}</p>
    <${Warnings} told=${told} />
  </${Confirm}>`;
}

/** @param {{of: Directory, user: User, onClose: () => void, onDone: () => void}} props */
function Deleting({ of, user, onClose }) {
  const then = { ...of, users: of.users.filter((one) => one.id !== user.id) };
  const remove = async () => {
    await identity("DELETE", ["users", user.id]);
    notice(t("{name} is deleted.", { name: user.name }));
    go("accounts");
  };
  return html`<${Confirm} title=${t("Delete {name}?", { name: user.name })} action=${t("Delete")} dangerous typed=${user.name} onClose=${onClose} onConfirm=${remove}>
    <p>${t("The account goes with its roles, tokens, access keys and application credentials. Vaults and backups stay, they belong to projects.")}</p>
    <${Warnings} told=${warnings(of, then)} />
  </${Confirm}>`;
}
