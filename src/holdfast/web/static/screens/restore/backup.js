// Step 1: of which resource, and which of its backups.
import { get } from "../../core/api.js";
import { useData, useSettled } from "../../core/data.js";
import { kind } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Empty, Shown, When } from "../../parts/basics.js";
import { Field } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Pager } from "../../parts/table.js";
import { DISK, SERVER, stepHref } from "./asked.js";
import { Moments } from "./moments.js";
import { StepTitle } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 50;

/** @param {{ask: import("./asked.js").Asked}} props */
export function WhichBackup({ ask }) {
  if (ask.resource) return html`<${Moments} key=${ask.resource} resource=${ask.resource} chosen=${ask.backup} />`;
  return ask.backup ? html`<${Others} backup=${ask.backup} />` : html`<${Resources} />`;
}

/** The backups of what a backup is of. @param {{backup: string}} props */
function Others({ backup }) {
  const found = useData(async (signal) => (await get(["backups", backup], {}, signal)).backup, [backup]);
  return html`<${Shown} of=${found}>${(/** @type {Json} */ one) => html`<${Moments} resource=${one.resource_id} chosen=${backup} />`}</${Shown}>`;
}

function Resources() {
  const { query } = useRoute();
  const [word, setWord] = useState(query.get("q") ?? "");
  const settled = useSettled(word.trim());
  const offset = Number(query.get("offset")) || 0;
  useEffect(() => {
    if (settled !== (query.get("q") ?? "")) narrow({ q: settled, offset: null });
  }, [settled]);
  const q = query.get("q") ?? "";
  const found = useData(
    (signal) => get("holdfast/protection", { q, limit: LIMIT, offset, sort: "name", dir: "asc" }, signal),
    [q, offset],
  );
  return html`
    <${StepTitle}>${t("What do you want back?")}</${StepTitle}>
    <div class="filters"><${Field} label=${t("Find a resource")} type="search" value=${word} onInput=${setWord} placeholder=${t("Name")} /></div>
    <${Shown} of=${found} lines=${6}>${(/** @type {Json} */ page) => html`
      ${page.protection.length ? html`<ul class="rs-choices">${page.protection.map((/** @type {Json} */ one) => html`<${Resource} key=${one.resource_id} one=${one} />`)}</ul>` : html`<${Nothing} q=${q} />`}
      ${page.count > 0 && html`<${Pager} count=${page.count} limit=${LIMIT} offset=${offset} />`}
      <p class="faint small">${t("Something that is not known here any more, or came from elsewhere?")} <a href=${href("backups")}>${t("Look through all backups")}</a></p>
    `}</${Shown}>
  `;
}

/** @param {{one: Json}} props */
function Resource({ one }) {
  const icon = one.type === SERVER ? "server" : one.type === DISK ? "hard-drive" : "folder";
  const inside = html`
    <${Icon} name=${icon} />
    <span class="rs-choice-name"><strong>${one.name}</strong><span class="faint small">${kind(one.type)}</span></span>
    <span class="rs-choice-fact small">${one.backup_count ? tn(one.backup_count, "{n} backup", "{n} backups") : t("No backup yet")}</span>
    <span class="rs-choice-fact small">${one.last_good_at && html`${t("last good one")} <${When} at=${one.last_good_at} relative />`}</span>
  `;
  if (!one.backup_count) return html`<li class="rs-choice none"><span>${inside}</span></li>`;
  return html`<li class="rs-choice"><a href=${stepHref({ step: "backup", resource_id: one.resource_id, q: null, offset: null })}>${inside}<${Icon} name="chevron-right" /></a></li>`;
}

/** @param {{q: string}} props */
function Nothing({ q }) {
  if (q)
    return html`<${Empty} icon="search" title=${t("No resource is called like that")}>${t("Try a part of the name, or look through all backups.")}</${Empty}>`;
  return html`<${Empty} icon="hard-drive" title=${t("There is nothing to restore yet")}
    action=${html`<a role="button" href=${href("welcome")}>${t("Protect something")}</a>`}>
    ${t("Once something is protected and backed up, its backups are here.")}
  </${Empty}>`;
}
