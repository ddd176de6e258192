// Small parts of the forms of policies.
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Status } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";

/** A sentence with a field where `{n}` stands. @param {string} sentence @param {any} field */
export function around(sentence, field) {
  const [before, after] = sentence.split("{n}");
  return html`${before.trim() && html`<span>${before.trim()}</span>`}${field}${after?.trim() && html`<span>${after.trim()}</span>`}`;
}

/** What is wrong with the fields above. @param {{text: string | undefined}} props */
export function WrongText({ text }) {
  return text ? html`<p class="wrong-text" role="alert"><${Icon} name="circle-alert" />${text}</p>` : null;
}

/** Whose a policy is, where it is not the project's own. @param {{policy: import("../../core/api.js").Json}} props */
export function Origin({ policy }) {
  if (policy.policy_type === "organization_policy_v2")
    return html`<${Status} is="locked">${t("Of the organization")}</${Status}>`;
  if (policy.policy_type === "organization_policy_removed")
    return html`<${Status} is="suspended">${t("Given up by the organization")}</${Status}>`;
  return null;
}

/** What a policy makes. @param {string} type */
export const makes = (type) => (type === "replication" ? t("Replication") : t("Backup"));
