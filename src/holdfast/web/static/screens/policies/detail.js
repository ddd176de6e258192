// One policy: when it comes due, what it keeps, who follows it; and changing it.
import { get, mayChange, project, put, remove, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { go, href, useRoute } from "../../core/route.js";
import { html, useMemo, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Facts, Page, Shown, Status, When } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Icon } from "../../parts/icon.js";
import { changesOf, draftOf } from "./draft.js";
import { Firings } from "./firings.js";
import { Following } from "./following.js";
import { PolicyForm } from "./form.js";
import { makes, Origin } from "./pieces.js";
import { Preview } from "./preview.js";
import { keptParts, when } from "./sentences.js";
import { Switch } from "./switch.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** Whether the project may change it. @param {Json} policy */
export const isOurs = (policy) => policy.policy_type !== "organization_policy_v2";

/** @param {{id: string}} props */
export function Detail({ id }) {
  const told = useData(
    async (signal) => {
      const [{ policy }, { vaults }] = await Promise.all([
        get(["policies", id], {}, signal),
        get("vaults", { policy_id: id, limit: 1000 }, signal),
      ]);
      const into = policy.operation_definition.destination_project_id === project();
      const targets = into ? (await get("vaults", { protect_type: "replication", limit: 1000 }, signal)).vaults : [];
      return { policy, vaults, targets };
    },
    [id],
  );
  const above = html`<a href=${href("policies")}>${t("Policies")}</a>`;
  if (!told.data)
    return html`<${Page} title=${t("Policy")} above=${above}><${Shown} of=${told}>${() => null}</${Shown}></${Page}>`;
  return html`<${Known} ...${told.data} above=${above} error=${told.error} reload=${told.reload} />`;
}

/** @param {{policy: Json, vaults: Json[], targets: Json[], above: any, reload: () => void}} props */
function Known({ policy, vaults, targets, above, reload }) {
  const { query } = useRoute();
  const may = mayChange() && isOurs(policy);
  const changes = may && query.get("edit") === "true";
  const here = ["policies", policy.id];
  if (changes) return html`<${Change} policy=${policy} vaults=${vaults} above=${above} reload=${reload} />`;
  const actions =
    may &&
    html`<button type="button" onClick=${() => go(here, { edit: true })}><${Icon} name="pencil" />${t("Change")}</button>
      <${Deletion} policy=${policy} />`;
  return html`<${Page} key="seen" title=${policy.name} above=${above} actions=${actions}
    lead=${html`${makes(policy.operation_type)} <${Origin} policy=${policy} />`}>
    <${Overdue} policy=${policy} />
    <div class="policy-columns">
      <div>
        <${Card} title=${t("When")} actions=${html`<${Switch} policy=${policy} onChanged=${reload} />`}><${Schedule} policy=${policy} /></${Card}>
        <${Card} title=${t("What is kept")}><${Kept} policy=${policy} /></${Card}>
        <${Following} policy=${policy} vaults=${vaults} targets=${targets} onChanged=${reload} />
      </div>
      <aside class="policy-aside" aria-label=${t("The next ten times")}>
        <${Card} title=${t("The next ten times")}>
          ${!policy.enabled && html`<p class="policy-note"><${Icon} name="pause" />${t("It is switched off: these times pass without anything.")}</p>`}
          <${Firings} policy=${policy} />
        </${Card}>
      </aside>
    </div>
    ${
      policy.operation_type === "backup" &&
      policy.holdfast.vaults.length > 0 &&
      html`<${Card} title=${t("What would go now, and what stays")}><${Preview} policy=${policy} vaults=${vaults} /></${Card}>`
    }
  </${Page}>`;
}

/** @param {{policy: Json, vaults: Json[], above: any, reload: () => void}} props */
function Change({ policy, vaults, above, reload }) {
  const before = useMemo(() => draftOf(policy), [policy.id]);
  const back = () => go(["policies", policy.id]);
  const save = (/** @type {import("./draft.js").Draft} */ draft) =>
    put(["policies", policy.id], { policy: changesOf(draft, before) });
  const done = () => {
    notice(t("The policy is saved"));
    reload();
    back();
  };
  return html`<${Page} key="changed" title=${t("Change {name}", { name: policy.name })} above=${above}>
    <${PolicyForm} before=${before} id=${policy.id} vaults=${vaults} save=${save} onDone=${done} onCancel=${back} />
  </${Page}>`;
}

/** @param {{policy: Json}} props */
function Schedule({ policy }) {
  const { trigger, holdfast, operation_definition: definition } = policy;
  const window = trigger.properties.start_window_minutes;
  const minutes = (/** @type {number} */ n) => tn(n, "{n} minute", "{n} minutes");
  return html`
    <ul class="told-rules">${when(policy).map((words) => html`<li key=${words}>${words}</li>`)}</ul>
    <${Facts} facts=${[
      [t("In the time zone"), holdfast.timezone],
      [t("Spread over"), holdfast.jitter_minutes > 0 && minutes(holdfast.jitter_minutes)],
      [t("Skipped when later than"), window && minutes(window)],
      [t("Tasks end after"), holdfast.timeout_minutes && minutes(holdfast.timeout_minutes)],
      [t("Full backups"), fulls(definition.full_backup_interval)],
      [t("To the region"), definition.destination_region],
      [t("Into the project"), projectNamed(definition.destination_project_id)],
    ].map(([name, value]) => [name, value || null])} />
    <details class="rule-told">
      <summary>${t("As iCalendar rules")}</summary>
      ${trigger.properties.pattern.map((/** @type {string} */ one) => html`<p key=${one}><code>${one}</code></p>`)}
    </details>
  `;
}

/** @param {string | undefined} id */
const projectNamed = (id) => who()?.projects.find((one) => one.id === id)?.name ?? id;

/** @param {number} interval */
function fulls(interval) {
  if (interval < 0) return "";
  return interval ? tn(interval, "after {n} incremental one", "after {n} incremental ones") : t("every one");
}

/** @param {{policy: Json}} props */
function Kept({ policy }) {
  const definition = policy.operation_definition;
  const { most, besides } = keptParts(definition, policy.holdfast.keep_first_of_month);
  if (!most.length) return html`<p>${t("Everything, for ever")}</p>`;
  return html`
    <ul class="told-rules">${most.map((words) => html`<li key=${words}>${words}</li>`)}</ul>
    ${
      besides.length > 0 &&
      html`<h3>${t("And besides")}</h3>
        <ul class="told-rules">${besides.map((words) => html`<li key=${words}>${words}</li>`)}</ul>
        <p class="faint small">${t("Days begin at midnight of {zone}.", { zone: definition.timezone ?? "UTC" })}</p>`
    }
  `;
}

/** @param {{policy: Json}} props */
function Overdue({ policy }) {
  /** @type {Json[]} */
  const late = policy.holdfast.overdue ?? [];
  if (!late.length) return null;
  const shown = late.slice(0, 10);
  return html`<${Card} title=${tn(late.length, "{n} resource is overdue", "{n} resources are overdue")}>
    <ul class="told-rules">
      ${shown.map(
        (one) => html`<li key=${one.resource_id + one.vault_id}>
          <${Status} is="overdue" /> <a href=${href(["resources", one.resource_id])}>${one.name}</a>
          <span class="faint small">${one.vault_name} · ${t("since")} <${When} at=${one.since} /></span>
        </li>`,
      )}
    </ul>
    ${late.length > shown.length && html`<p><a href=${href("resources", { state: "overdue" })}>${t("All that is overdue")}</a></p>`}
  </${Card}>`;
}

/** @param {{policy: Json}} props */
function Deletion({ policy }) {
  const [asking, ask] = useState(false);
  const count = policy.holdfast.vaults.length;
  const away = async () => {
    await remove(["policies", policy.id]);
    notice(t("{name} is deleted", { name: policy.name }));
    go("policies");
  };
  return html`<button type="button" class="danger outline" onClick=${() => ask(true)}><${Icon} name="trash-2" />${t("Delete")}</button>
    ${
      asking &&
      html`<${Confirm} title=${t("Delete {name}?", { name: policy.name })} action=${t("Delete the policy")} dangerous typed=${policy.name} onClose=${() => ask(false)} onConfirm=${away}>
        <p>${count ? tn(count, "{n} vault follows it and is not looked after by it any more.", "{n} vaults follow it and are not looked after by it any more.") : t("No vault follows it.")}</p>
        <p>${t("Vaults and backups stay. No rule lets the backups go that it made; only their age still ends them.")}</p>
      </${Confirm}>`
    }`;
}
