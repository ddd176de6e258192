// What is said of a backup, in words.
import { project } from "../../core/api.js";
import { bytes } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Status, When } from "../../parts/basics.js";
import { because } from "../policies/sentences.js";

/** @typedef {import("../../core/api.js").Json} Json */

export const FOLDER = "OS::Sfs::Turbo";
export const SERVER = "OS::Nova::Server";

/** @param {{of: Json}} props */
export function Condition({ of: { status } }) {
  if (status === "waiting_protect") return html`<${Status} is="waiting">${t("Waits to be backed up")}</${Status}>`;
  if (status === "waiting_restore") return html`<${Status} is="waiting">${t("Waits to be restored")}</${Status}>`;
  if (status === "waiting_delete") return html`<${Status} is="waiting">${t("Waits to be deleted")}</${Status}>`;
  return html`<${Status} is=${status} />`;
}

/** Whether it can be looked into now. @param {Json} backup */
export const isReadable = ({ status }) => ["available", "restoring", "waiting_restore"].includes(status);

/** When it was taken, or asked for. @param {Json} backup */
export const taken = (backup) => backup.protected_at ?? backup.created_at;

/** How large what it protects was. @param {Json} backup */
export const size = ({ holdfast }) => (holdfast?.read_bytes ? bytes(holdfast.read_bytes) : "–");

/** Why it stays, or goes. @param {Json} backup */
export function reasons({ holdfast }) {
  if (holdfast?.goes_because.length) return t("Goes: {why}", { why: holdfast.goes_because.map(because).join(", ") });
  if (holdfast?.kept_because.length) return t("Stays: {why}", { why: holdfast.kept_because.map(because).join(", ") });
  return "";
}

/** Until when it is kept, and why. @param {{of: Json}} props */
export function Kept({ of }) {
  return html`<span>${of.expired_at ? html`<${When} at=${of.expired_at} />` : t("No expiry")}</span>
    <span class="faint small backup-line">${reasons(of)}</span>`;
}

/** Whether it is another project's. @param {Json} backup */
export const isForeign = (backup) => backup.project_id !== project();

/** What it is of; of another project's there is no page here. @param {{of: Json}} props */
export function Resource({ of }) {
  const name = html`<bdi>${of.resource_name}</bdi>`;
  return isForeign(of) ? name : html`<a href=${href(["resources", of.resource_id])}>${name}</a>`;
}

/** How it came to be. @param {Json} backup */
export function origin(backup) {
  if (backup.image_type === "replication") return t("Replica");
  return backup.extend_info.auto_trigger ? t("By a policy") : t("By hand");
}
