// What the screens of administration share.

import { who } from "../../core/api.js";
import { copy as copied } from "../../core/clipboard.js";
import { href } from "../../core/route.js";
import { html, useId, useRef, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Card, Empty, Status } from "../../parts/basics.js";
import { Dialog } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";

/** The views of a screen, each with an address. @param {{label: string, here: string, tabs: [string, string, string][]}} props `tabs` are keys, words and addresses */
export function Tabs({ label, here, tabs }) {
  return html`<nav class="account-tabs" aria-label=${label}>
    ${tabs.map(
      ([key, word, address]) =>
        html`<a key=${key} href=${address} aria-current=${key === here ? "page" : null}>${word}</a>`,
    )}
  </nav>`;
}

/** @param {{on: boolean}} props */
export function Enabled({ on }) {
  return html`<${Status} is=${on ? "available" : "locked"}>${on ? t("Enabled") : t("Disabled")}</${Status}>`;
}

/** What to be warned of. @param {{told: string[]}} props */
export function Warnings({ told }) {
  return told.map(
    (one) =>
      html`<p key=${one} class="account-warning" role="alert"><${Icon} name="triangle-alert" /><span>${one}</span></p>`,
  );
}

/** A text to take away, with a button that does. @param {{label: string, text: string, lines?: boolean}} props */
export function Copied({ label, text, lines = false }) {
  const id = useId();
  const field = useRef(/** @type {any} */ (null));
  const [done, setDone] = useState(false);
  const copy = async () => {
    await copied(text);
    setDone(true);
    setTimeout(() => setDone(false), 2000);
  };
  const all = () => field.current.select();
  const rows = text.split("\n").length;
  return html`<div class="copied">
    <label for=${id}>${label}</label>
    <div>
      ${
        lines
          ? html`<textarea id=${id} ref=${field} class="mono" readonly rows=${rows} wrap="off" value=${text}></textarea>`
          : html`<input id=${id} ref=${field} class="mono" type="text" readonly value=${text} onFocus=${all} />`
      }
      <button type="button" class="secondary outline small" onClick=${copy} aria-label=${t("Copy: {what}", { what: label })}>
        <${Icon} name=${done ? "check" : "copy"} />${done ? t("Copied") : t("Copy")}
      </button>
    </div>
  </div>`;
}

/** What is told once and never again. @param {{title: string, onClose: () => void, wide?: boolean, children?: any}} props */
export function Once({ title, onClose, wide, children }) {
  return html`<${Dialog} title=${title} onClose=${onClose} wide=${wide}>
    <p class="account-warning"><${Icon} name="eye" /><span>${t("This is shown only now. Nobody can look it up later.")}</span></p>
    ${children}
    <footer class="actions"><button type="button" onClick=${onClose}>${t("I have kept it")}</button></footer>
  </${Dialog}>`;
}

/** Where accounts are, if they are not here. */
export function Elsewhere() {
  const place = who()?.keystone_url ?? "";
  return html`<${Card} title=${t("Accounts are kept in Keystone")}>
    <p>${t("Users, projects and roles of this house are those of the Keystone at {place}. Look after them there.", { place })}</p>
    <p class="faint">${t("A change there counts here within moments: what Keystone told is believed for keystone_cache_seconds.")}</p>
    <${Copied} label=${t("With the command line of OpenStack")} lines text=${`export OS_AUTH_URL=${place}\nopenstack user list\nopenstack role assignment list --names`} />
  </${Card}>`;
}

/** For who may not see a list. */
export function NotYours() {
  return html`<${Empty} icon="lock" title=${t("Only administrators look after accounts")}
    action=${html`<a role="button" class="secondary outline" href=${href("credentials")}>${t("My own credentials")}</a>`}>
    ${t("Ask an administrator of the domain for a role in a project, or for a new password.")}
  </${Empty}>`;
}
