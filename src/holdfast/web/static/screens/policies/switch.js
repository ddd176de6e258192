// Switching a policy on and off.
import { mayChange, put } from "../../core/api.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Status, Trouble } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Check } from "../../parts/form.js";

/** @param {{policy: import("../../core/api.js").Json, onChanged: () => void}} props */
export function Switch({ policy, onChanged }) {
  const [asking, ask] = useState(false);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  if (!mayChange() || policy.policy_type === "organization_policy_v2")
    return policy.enabled
      ? html`<${Status} is="available">${t("Switched on")}</${Status}>`
      : html`<${Status} is="suspended">${t("Switched off")}</${Status}>`;
  const turn = async (/** @type {boolean} */ enabled) => {
    await put(["policies", policy.id], { policy: { enabled } });
    notice(
      enabled ? t("{name} is switched on", { name: policy.name }) : t("{name} is switched off", { name: policy.name }),
    );
    ask(false);
    onChanged();
  };
  const on = () => {
    setError(undefined);
    turn(true).catch(setError);
  };
  return html`
    <${Check} role="switch" label=${html`${policy.enabled ? t("Switched on") : t("Switched off")}<span class="unseen">: ${policy.name}</span>`} checked=${policy.enabled && !asking}
      onInput=${(/** @type {boolean} */ wanted) => (wanted ? on() : ask(true))} />
    <${Trouble} error=${error} />
    ${
      asking &&
      html`<${Confirm} title=${t("Switch {name} off?", { name: policy.name })} action=${t("Switch off")} dangerous onClose=${() => ask(false)} onConfirm=${() => turn(false)}>
        <p>${t("Nothing is made by it until it is switched on again, and its rules let nothing go. What comes due meanwhile is not made up for.")}</p>
      </${Confirm}>`
    }
  `;
}
