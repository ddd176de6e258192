// What is different in this backup from another one of the same resource.
import { get } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes, number, time } from "../../core/format.js";
import { href, narrow } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Empty, Loading, Shown, Trouble } from "../../parts/basics.js";
import { Choice } from "../../parts/form.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { below, parentOf } from "./paths.js";
import { taken } from "./told.js";

/** @typedef {import("../../core/api.js").Json} Json */

const LIMIT = 100;
const CHOICES = 100;
const ACTIONS = ["added", "modified", "removed", "metadata", "retyped"];
/** @type {Record<string, string>} */
const PICTURES = { added: "plus", removed: "trash-2", modified: "pencil", metadata: "settings", retyped: "refresh-cw" };

/** @param {string} action */
function word(action) {
  /** @type {Record<string, string>} */
  const known = {
    added: t("Added"),
    removed: t("Removed"),
    modified: t("Modified"),
    metadata: t("Only attributes"),
    retyped: t("Another kind"),
  };
  return known[action] ?? action;
}

/** @param {{backup: Json, query: URLSearchParams}} props */
export function Changes({ backup, query }) {
  const others = useData(
    (signal) =>
      get(
        "backups",
        {
          resource_id: backup.resource_id,
          vault_id: backup.vault_id,
          status: "available",
          own_type: "all_granted",
          limit: CHOICES,
        },
        signal,
      ),
    [backup.id],
  );
  return html`<${Shown} of=${others}>
    ${(/** @type {Json} */ data) => {
      const choices = data.backups.filter((/** @type {Json} */ one) => one.id !== backup.id);
      if (!choices.length)
        return html`<${Empty} icon="history" title=${t("There is no other backup to compare with")}>${t("As soon as the resource is backed up again, you see here what changed in between.")}</${Empty}>`;
      const earlier = choices.find((/** @type {Json} */ one) => taken(one) < taken(backup)) ?? choices[0];
      const against = query.get("against") ?? earlier.id;
      return html`<${Compared} key=${against} backup=${backup} choices=${choices} against=${against} query=${query} />`;
    }}
  </${Shown}>`;
}

/** @param {{backup: Json, choices: Json[], against: string, query: URLSearchParams}} props */
function Compared({ backup, choices, against, query }) {
  const action = query.get("action") ?? "";
  const offset = Number(query.get("offset") ?? 0);
  const told = useData(
    (signal) =>
      get(
        ["backups", backup.id, "files", "changes"],
        { against, action, limit: LIMIT, offset: offset || null },
        signal,
      ),
    [backup.id, against, action, offset],
  );
  const options = choices.map((one) => [one.id, `${time(taken(one))} · ${one.name}`]);
  return html`<section aria-label=${t("Changes")}>
    <div class="filters">
      <${Choice} label=${t("Compared with the backup of")} value=${against} options=${options} onInput=${(/** @type {string} */ id) => narrow({ against: id, offset: null, action: null })} />
    </div>
    <${Trouble} error=${told.error} retry=${told.reload} />
    ${!told.data && !told.error && html`<div class="backup-files-reading"><p class="faint"><${Icon} name="loader-circle" class="backup-turning" /> ${t("Comparing …")}</p><${Loading} lines=${6} /></div>`}
    ${told.data && html`<${Sums} told=${told.data} action=${action} /><${Rows} backup=${backup} told=${told.data} offset=${offset} against=${against} />`}
  </section>`;
}

/** How much of each there is, as a picture and as buttons that narrow the list. @param {{told: Json, action: string}} props */
function Sums({ told, action }) {
  const { totals, complete } = told;
  const some = ACTIONS.filter((one) => totals[one].count);
  if (!some.length) return null;
  const words = some.map((one) => `${word(one)}: ${number(totals[one].count)}`).join(", ");
  return html`<div class="change-sums">
    <div class="change-bar" role="img" aria-label=${words}>
      ${some.map((one) => html`<span key=${one} class=${one} style=${{ flexGrow: totals[one].count }}></span>`)}
    </div>
    <div class="actions">
      ${some.map(
        (
          one,
        ) => html`<button key=${one} type="button" class=${`secondary outline small change ${one}`} aria-pressed=${String(action === one)} onClick=${() => narrow({ action: action === one ? null : one, offset: null })}>
        <${Icon} name=${PICTURES[one]} />${word(one)} <strong>${number(totals[one].count)}</strong>
        <span class="faint">${weight(one, totals[one])}</span>
      </button>`,
      )}
    </div>
    ${!complete && html`<p class="faint small">${t("There is so much that counting was broken off: it is more than this.")}</p>`}
  </div>`;
}

/** @param {string} action @param {Json} total */
function weight(action, total) {
  if (action === "added") return `+ ${bytes(total.bytes_after)}`;
  if (action === "removed") return `− ${bytes(total.bytes_before)}`;
  if (action === "modified") return `${bytes(total.bytes_before)} → ${bytes(total.bytes_after)}`;
  return "";
}

/** @param {{backup: Json, told: Json, offset: number, against: string}} props */
function Rows({ backup, told, offset, against }) {
  const columns = [
    {
      title: t("Change"),
      class: "nowrap",
      cell: (/** @type {Json} */ one) =>
        html`<span class=${`change ${one.action}`}><${Icon} name=${PICTURES[one.action]} /> ${word(one.action)}</span>`,
    },
    {
      title: t("Path"),
      class: "wide",
      cell: (/** @type {Json} */ one) =>
        html`<a href=${place(one, backup, against)}><bdi>${below(one.path, told.root)}</bdi></a>`,
    },
    { title: t("Before"), number: true, cell: (/** @type {Json} */ one) => sized(one.kind_before, one.bytes_before) },
    { title: t("After"), number: true, cell: (/** @type {Json} */ one) => sized(one.kind_after, one.bytes_after) },
  ];
  const nothing = html`<${Empty} icon="check" title=${t("Nothing is different")}>${t("Both backups hold the same files with the same attributes.")}</${Empty}>`;
  const last = offset + told.changes.length;
  return html`<${Table} caption=${t("Changes")} rows=${told.changes} keyOf=${(/** @type {Json} */ one) => one.path} columns=${columns} empty=${nothing} />
    ${
      (told.more || offset > 0) &&
      html`<nav class="pager" aria-label=${t("Pages")}>
      <span class="faint">${t("{from} to {to}", { from: number(offset + 1), to: number(last) })}</span>
      <button type="button" class="secondary outline small" disabled=${!offset} onClick=${() => narrow({ offset: Math.max(0, offset - LIMIT) || null })}><${Icon} name="chevron-left" />${t("Previous")}</button>
      <button type="button" class="secondary outline small" disabled=${!told.more} onClick=${() => narrow({ offset: offset + LIMIT })}>${t("Next")}<${Icon} name="chevron-right" /></button>
    </nav>`
    }
    ${!told.more && !offset && told.changes.length > 0 && html`<p class="pager faint">${tn(told.changes.length, "{n} change", "{n} changes")}</p>`}`;
}

/** Where a changed entry can be seen: what was removed, in the other backup. @param {Json} one @param {Json} backup @param {string} against */
const place = (one, backup, against) =>
  href(["backups", one.action === "removed" ? against : backup.id], {
    path: one.kind_after === "dir" ? one.path : parentOf(one.path),
  });

/** @param {string | null} kind @param {number | null} size */
function sized(kind, size) {
  if (kind === null) return html`<span class="faint">–</span>`;
  return kind === "file" ? bytes(size) : kind === "dir" ? t("Folder") : t("Special file");
}
