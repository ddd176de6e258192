// A vault at a glance: its growth, its capacity, what deduplication saves, its tags.
import { get, mayChange } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, number, percent } from "../../core/format.js";
import { href, narrow, useRoute } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Facts, Shown, When } from "../../parts/basics.js";
import { Choice } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Growth } from "./growth.js";
import { Capacity, Tags } from "./parts.js";
import { EditTags } from "./tags.js";
import { endless, fill, growthWords, sizeBytes, usedBytes } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const SPANS = ["30", "90", "365"];

/** @param {{vault: Json, reload: () => void}} props */
export function Glance({ vault, reload }) {
  const { query } = useRoute();
  const days = SPANS.find((one) => one === query.get("days")) ?? "90";
  const history = useData(
    async (signal) => (await get("holdfast/usage-history", { vault_id: vault.id, days }, signal)).usage_history[0],
    [vault.id, days, vault.billing.used, vault.billing.size, vault.auto_expand],
  );
  const span = html`<${Choice} unseen label=${t("How far back")} value=${days} onInput=${(/** @type {string} */ value) => narrow({ days: value === "90" ? null : value })}
    options=${[["30", t("30 days")], ["90", t("90 days")], ["365", t("A year")]]} />`;
  return html`
    <${Card} title=${t("Growth")} actions=${span} class="vault-growth">
      <${Shown} of=${history}>
        ${(/** @type {Json | undefined} */ told) =>
          told &&
          html`<p class=${`growth-words fill-${fill(vault, told)}`}>${growthWords(vault, told)}</p>
            <${Growth} vault=${vault} history=${told} />`}
      </${Shown}>
    </${Card}>
    <div class="grid-2">
      <div>
        <${Card} title=${t("Capacity")}><${Room} vault=${vault} history=${history.data} /></${Card}>
        <${Savings} vault=${vault} />
      </div>
      <${About} vault=${vault} reload=${reload} />
    </div>
  `;
}

/** @param {{vault: Json, history?: Json}} props */
function Room({ vault, history }) {
  const used = usedBytes(vault, history);
  const left = sizeBytes(vault) - used;
  return html`
    <${Capacity} vault=${vault} history=${history} large />
    <p class="small faint">
      ${
        endless(vault)
          ? vault.auto_expand
            ? t("It grows when it is full: it gets a tenth more than it holds.")
            : t("It may hold whatever the store has room for.")
          : t("{free} are free. From {threshold} on the server warns in its log.", {
              free: bytes(Math.max(0, left)),
              threshold: percent(vault.threshold / 100),
            })
      }
    </p>
  `;
}

/** What all its backups read, and what was stored of that. @param {{vault: Json}} props */
function Savings({ vault }) {
  const told = useData(
    async (signal) => {
      const query = { vault_id: vault.id, operation_type: "backup", status: "success" };
      return (await get("operation-logs/summary", { ...query, created_after: "1971-01-01T00:00:00Z" }, signal)).summary;
    },
    [vault.id, vault.holdfast.backup_count],
  );
  return html`<${Card} title=${t("Deduplication and compression")}>
    <${Shown} of=${told} lines=${2}>${(/** @type {Json} */ summary) => html`<${Saved} summary=${summary} />`}</${Shown}>
  </${Card}>`;
}

/** @param {{summary: Json}} props */
function Saved({ summary }) {
  const { bytes_done: read, bytes_stored: stored, count } = summary;
  if (!count || !read) return html`<p class="faint">${t("Nothing has been backed up into it yet.")}</p>`;
  const saved = 1 - stored / read;
  return html`
    <svg class="capacity-bar saved-bar" aria-hidden="true">
      <rect class="capacity-room" width="100%" height="100%" />
      <rect class="capacity-used" width=${`${Math.min(100, Math.max((stored / read) * 100, 0.6))}%`} height="100%" />
    </svg>
    <p class="savings-words">
      ${tn(count, "{n} good backup read {read}; {stored} of that had to be stored.", "{n} good backups read {read}; {stored} of that had to be stored.", { read: bytes(read), stored: bytes(stored) })}
      ${saved > 0 && html` <strong>${t("{share} saved.", { share: percent(saved, saved > 0.99 ? 2 : 0) })}</strong>`}
    </p>
    <p class="small faint">${t("What was stored already is not stored again, and what is new is compressed. Counted over all tasks that are still kept, also those whose backups are gone.")}</p>
  `;
}

/** @param {{vault: Json, reload: () => void}} props */
function About({ vault, reload }) {
  const [tagging, setTagging] = useState(false);
  const edit =
    mayChange() &&
    html`<button type="button" class="secondary outline small" onClick=${() => setTagging(true)}><${Icon} name="tag" />${t("Edit tags")}</button>`;
  return html`<${Card} title=${t("About it")} actions=${edit}>
    <${Facts} facts=${[
      [
        t("Tags"),
        vault.tags.length ? html`<${Tags} tags=${vault.tags} />` : html`<span class="faint">${t("none")}</span>`,
      ],
      [
        t("Backups"),
        html`<a href=${href("backups", { vault_id: vault.id })}>${number(vault.holdfast.backup_count)}</a>`,
      ],
      [t("Tasks"), html`<a href=${href("tasks", { vault_id: vault.id })}>${t("Show its tasks")}</a>`],
      [t("Made"), html`<${When} at=${vault.created_at} />`],
      [t("Description"), vault.description],
      [t("Locked"), vault.locked ? t("Yes, for good: no backup is deleted before it expires") : null],
      ["ID", html`<span class="mono">${vault.id}</span>`],
    ]} />
    ${tagging && html`<${EditTags} vault=${vault} onClose=${() => setTagging(false)} reload=${reload} />`}
  </${Card}>`;
}
