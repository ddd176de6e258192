// What a resource's protection is called, and what it means.
import { href } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Status } from "../../parts/basics.js";

export const STATES = ["protected", "failing", "overdue", "unprotected", "new", "suspended"];

/** @param {{is: string}} props */
export function State({ is }) {
  return is === "new" ? html`<${Status} is="new">${t("No backup yet")}</${Status}>` : html`<${Status} is=${is} />`;
}

/** What a state means, in a sentence. @param {string} state */
export function meaning(state) {
  const known = {
    protected: t("In a vault, and the last backup went well."),
    failing: t("The last backup failed."),
    overdue: t("A backup was due and has not come."),
    unprotected: t("In no vault: nothing backs it up."),
    new: t("In a vault, and not backed up yet."),
    suspended: t("In a vault, and left out of its backups."),
    unproven: t("Not restored in the last 90 days: nobody knows whether it could be."),
  };
  return /** @type {Record<string, string>} */ (known)[state] ?? "";
}

/** The state, and whether somebody tried to have it back. @param {{of: import("../../core/api.js").Json}} props */
export function States({ of }) {
  return html`<span class="resource-states"><${State} is=${of.state} />${of.unproven && html`<${Status} is="unproven" />`}</span>`;
}

/** @param {{of: import("../../core/api.js").Json}} props */
export function VaultOf({ of }) {
  if (!of.vault_id) return html`<span class="faint">–</span>`;
  return html`<a href=${href(["vaults", of.vault_id])}>${of.vault_name ?? of.vault_id}</a>`;
}

/** @param {{some: import("../../core/api.js").Json[]}} props policies, as the protection tells them */
export function Policies({ some }) {
  return some.map(
    (one, place) =>
      html`<span key=${one.id}>${place > 0 && ", "}<a href=${href(["policies", one.id])}>${one.name}</a>${!one.enabled && html` <span class="faint">${t("(switched off)")}</span>`}</span>`,
  );
}

/** The kinds of vaults, by the type of what they hold. @type {Record<string, string>} */
export const VAULT_OF = {
  "OS::Sfs::Turbo": "turbo",
  "OS::Cinder::Volume": "disk",
  "OS::Nova::Server": "server",
};
