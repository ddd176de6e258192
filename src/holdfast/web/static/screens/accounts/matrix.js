// Who is what where: a row for each user or project, a column for each role. Nothing counts until it is saved.
import { administers } from "../../core/api.js";
import { narrow, useRoute } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Empty } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Check, Field } from "../../parts/form.js";
import { Pager, Table } from "../../parts/table.js";
import { after, assign, meAnew, ROLES, roleWord, warnings } from "./identity.js";
import { Warnings } from "./parts.js";

/** @typedef {import("./identity.js").Role} Role */
/** @typedef {{id: string, name: string, href: string, enabled: boolean, user: string, project: string}} Row */

const LIMIT = 50;

/** @param {{title: string, first: string, of: import("./identity.js").Directory, rows: Row[], onSaved: () => void}} props `first` is what a row is */
export function Matrix({ title, first, of, rows, onSaved }) {
  const { query } = useRoute();
  const [wanted, setWanted] = useState(/** @type {Record<string, Role | null>} */ ({}));
  const [asking, setAsking] = useState(false);
  const held = (/** @type {Row} */ row) => of.held[row.user]?.[row.project] ?? null;
  const now = (/** @type {Row} */ row) => (row.id in wanted ? wanted[row.id] : held(row));
  const changed = rows.filter((row) => now(row) !== held(row));
  const q = (query.get("name") ?? "").toLowerCase();
  const all = query.get("all") === "1";
  const some = rows.filter((row) => held(row) || now(row));
  const shown = (all || !some.length ? rows : some).filter((row) => row.name.toLowerCase().includes(q));
  const offset = Number(query.get("offset")) || 0;
  const pick = (/** @type {Row} */ row, /** @type {Role | null} */ role) => setWanted({ ...wanted, [row.id]: role });
  return html`<${Card} title=${title} class="matrix">
    <div class="filters account-filters">
      <${Field} label=${t("Name")} type="search" value=${query.get("name") ?? ""} onInput=${(/** @type {string} */ name) => narrow({ name, offset: null })} />
      <${Check} label=${t("Also those without a role")} checked=${all || !some.length} disabled=${!some.length} onInput=${(/** @type {boolean} */ on) => narrow({ all: on ? 1 : null, offset: null })} />
    </div>
    <${Table} caption=${title} rows=${shown.slice(offset, offset + LIMIT)} columns=${columns(first, held, now, pick)}
      empty=${html`<${Empty} icon="users" title=${t("Nothing has this name")} />`} />
    <${Pager} count=${shown.length} limit=${LIMIT} offset=${offset} />
    ${
      changed.length > 0 &&
      html`<div class="actions pending" role="status">
        <span>${tn(changed.length, "{n} change is not saved yet", "{n} changes are not saved yet")}</span>
        <button type="button" class="secondary outline" onClick=${() => setWanted({})}>${t("Discard")}</button>
        <button type="button" onClick=${() => setAsking(true)}>${t("Save roles")}</button>
      </div>`
    }
    ${
      asking &&
      html`<${Saving} of=${of} rows=${changed} held=${held} now=${now} onClose=${() => setAsking(false)}
        onDone=${() => {
          setAsking(false);
          setWanted({});
          onSaved();
        }} />`
    }
  </${Card}>`;
}

/** @param {string} first @param {(row: Row) => Role | null} held @param {(row: Row) => Role | null} now @param {(row: Row, role: Role | null) => void} pick @returns {import("../../parts/table.js").Column[]} */
function columns(first, held, now, pick) {
  const name = (/** @type {Row} */ row) => html`<span>
    <a href=${row.href}>${row.name}</a>
    ${!row.enabled && html` <span class="faint">${t("disabled")}</span>`}
    ${now(row) !== held(row) && html` <span class="matrix-changed">${t("was: {role}", { role: roleWord(held(row)) })}</span>`}
  </span>`;
  return [
    { title: first, cell: name, class: "wide" },
    ...[null, ...ROLES].map((role) => ({
      title: roleWord(role),
      class: "radio",
      cell: (/** @type {Row} */ row) =>
        html`<input type="radio" name=${`role-${row.id}`} checked=${now(row) === role} aria-label=${`${row.name}: ${roleWord(role)}`} onChange=${() => pick(row, role)} />`,
    })),
  ];
}

/** @param {{of: import("./identity.js").Directory, rows: Row[], held: (row: Row) => Role | null, now: (row: Row) => Role | null, onClose: () => void, onDone: () => void}} props */
function Saving({ of, rows, held, now, onClose, onDone }) {
  const grants = rows.map((row) => ({ user: row.user, project: row.project, role: now(row) }));
  const told = warnings(of, after(of, grants));
  const save = async () => {
    for (const grant of grants) await assign(of, grant);
    notice(t("The roles are saved and count at once."));
    await meAnew();
    if (administers()) onDone(); // who does not any more is shown another page, and may not ask anew
  };
  return html`<${Confirm} title=${t("Save these roles?")} action=${t("Save roles")} dangerous=${told.length > 0} typed=${told.length ? t("yes") : undefined} onClose=${onClose} onConfirm=${save}>
    <ul class="account-list">
      ${rows.map((row) => html`<li key=${row.id}><strong>${row.name}</strong>: ${roleWord(held(row))} → ${roleWord(now(row))}</li>`)}
    </ul>
    <p class="faint">${t("A role that is taken back ends tokens and application credentials for that project.")}</p>
    <${Warnings} told=${told} />
  </${Confirm}>`;
}
