// When backups are made: a simple policy, one that there is, or only by hand.
import { get, post, remove } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { go } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Shown, Trouble } from "../../parts/basics.js";
import { zone } from "../overview/days.js";
import { isSame, newPolicy } from "./found.js";
import { Radio } from "./radio.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {{key: string, name: string, rule: string, days: number, label: string, help: string}} Plan */

/** What was made in this window, and may go again when something else is chosen. @type {Set<string>} */
const mine = new Set();

/** @returns {Plan[]} */
const plans = () => [
  {
    key: "nightly",
    name: "nightly",
    rule: "FREQ=DAILY;BYHOUR=2;BYMINUTE=0",
    days: 30,
    label: t("Every night at 02:00"),
    help: t("Each backup is kept for 30 days; the newest good one is never deleted."),
  },
  {
    key: "hourly",
    name: "hourly",
    rule: `FREQ=DAILY;BYHOUR=${Array.from({ length: 24 }, (_, hour) => hour).join(",")};BYMINUTE=0`,
    days: 7,
    label: t("Every hour"),
    help: t("Each backup is kept for 7 days; the newest good one is never deleted."),
  },
  {
    key: "weekly",
    name: "weekly",
    rule: "FREQ=WEEKLY;BYDAY=SU;BYHOUR=2;BYMINUTE=0",
    days: 365,
    label: t("Every Sunday at 02:00"),
    help: t("Each backup is kept for a year; the newest good one is never deleted."),
  },
];

/** @param {{found: import("./found.js").Found}} props */
export function When({ found }) {
  const policies = useData(
    async (signal) =>
      /** @type {Json[]} */ ((await get("policies", { operation_type: "backup", limit: 50 }, signal)).policies),
    [],
  );
  return html`<${Shown} of=${policies}>${(/** @type {Json[]} */ known) => html`<${Choosing} found=${found} policies=${known} />`}</${Shown}>`;
}

/** @param {{found: import("./found.js").Found, policies: Json[]}} props */
function Choosing({ found, policies }) {
  const offered = plans();
  const followed = found.policy && planOf(offered, found.policy);
  const [chosen, choose] = useState(followed?.key ?? found.policy?.id ?? "nightly");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const others = policies.filter((one) => one.enabled && !planOf(offered, one));
  const resource = /** @type {Json} */ (found.resource).id;
  const submit = async () => {
    setError(undefined);
    try {
      await follow(found, policies, offered, chosen);
      go("welcome", { resource, step: "now", hand: chosen === "hand" ? 1 : null });
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <p>${t("Times are in the zone {zone}. What you choose here applies to everything in the vault {vault}.", { zone: zone(), vault: found.vault?.name })}</p>
    <fieldset class="welcome-offers"><legend>${t("When to back up")}</legend>
      ${offered.map((one) => html`<${Radio} key=${one.key} group="when" label=${one.label} help=${one.help} checked=${chosen === one.key} onChoose=${() => choose(one.key)} />`)}
      ${others.map((one) => html`<${Radio} key=${one.id} group="when" label=${t("As the existing policy {name} says", { name: one.name })} checked=${chosen === one.id} onChoose=${() => choose(one.id)} />`)}
      <${Radio} group="when" label=${t("Only by hand")} help=${t("Nothing is backed up unless somebody asks for it.")} checked=${chosen === "hand"} onChoose=${() => choose("hand")} />
    </fieldset>
    <${Trouble} error=${error} />
    <footer class="actions"><${Act} type="submit" onClick=${submit}>${t("Next")}</${Act}></footer>
  </form>`;
}

/** @param {Plan[]} offered @param {Json} policy */
const planOf = (offered, policy) => offered.find(({ name, rule, days }) => isSame(policy, newPolicy(name, rule, days)));

/** Have the vault follow what was chosen, and nothing twice. @param {import("./found.js").Found} found @param {Json[]} policies @param {Plan[]} offered @param {string} chosen */
async function follow({ vault, policy }, policies, offered, chosen) {
  const id = chosen === "hand" ? null : await wanted(policies, offered, chosen);
  const before = policy?.id ?? null;
  const at = /** @type {Json} */ (vault).id;
  if (id === before) return;
  if (id) await post(["vaults", at, "associatepolicy"], { policy_id: id });
  else await post(["vaults", at, "dissociatepolicy"], { policy_id: before });
  if (before && mine.delete(before)) await remove(["policies", before]).catch(() => {}); // it is in nobody's way
}

/** The policy for a choice: the same one, where there is one. @param {Json[]} policies @param {Plan[]} offered @param {string} chosen @returns {Promise<string>} */
async function wanted(policies, offered, chosen) {
  const plan = offered.find((one) => one.key === chosen);
  if (!plan) return chosen;
  const body = newPolicy(plan.name, plan.rule, plan.days);
  const same = policies.find((one) => isSame(one, body));
  if (same) return same.id;
  const made = (await post("policies", body)).policy;
  mine.add(made.id);
  return made.id;
}
