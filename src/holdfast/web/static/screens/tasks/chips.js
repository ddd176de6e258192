// The filters that hold, each of which can be taken away.
import { kind, moment, operation, time } from "../../core/format.js";
import { narrow, useRoute } from "../../core/route.js";
import { html } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { said, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { toggle } from "./filters.js";
import { ids } from "./more.js";
import { nameOf } from "./names.js";
import { EVENTS, event, FIRST, LAST, MANY, NAMES, values } from "./query.js";
import { events, lasts } from "./span.js";

/** @param {string} name @param {string} value */
function word(name, value) {
  if (name === "status") return said(value);
  if (name === "operation_type") return operation(value);
  if (name === "resource_type") return kind(value);
  return name.endsWith("_id") ? nameOf(value) : value;
}

/** @returns {Record<string, string>} */
const titles = () => ({
  ...Object.fromEntries(ids()),
  status: t("Status"),
  operation_type: t("Kind"),
  resource_type: t("Kind of resource"),
  vault_id: t("Vault"),
  resource_id: t("Resource"),
  policy_id: t("Policy"),
  backup_id: t("Backup"),
});

/** @param {URLSearchParams} query @returns {{key: string, text: any, remove: () => void}[]} */
function held(query) {
  const names = titles();
  const many = MANY.flatMap((name) =>
    values(query, name).map((value) => ({
      key: `${name}=${value}`,
      text: t("{what}: {name}", { what: names[name], name: word(name, value) }),
      remove: () => toggle(name, value, query),
    })),
  );
  return [...many, ...spans(query)];
}

/** @param {URLSearchParams} query */
function spans(query) {
  const last = query.get("last") ?? "";
  const found = [];
  if (last in LAST) {
    const text = t("{what}: {name}", { what: events()[event(query)], name: lasts()[last] });
    found.push({ key: "last", text, remove: () => narrow({ last: null, by: null, ...FIRST }) });
  }
  for (const one of EVENTS) {
    const [after, before] = [query.get(`${one}_after`), query.get(`${one}_before`)];
    const what = events()[one];
    if (after) found.push(bound(`${one}_after`, after, (at) => t("{what} from {at}", { what, at })));
    if (before) found.push(bound(`${one}_before`, before, (at) => t("{what} before {at}", { what, at })));
  }
  return found;
}

/** @param {string} key @param {string} at as the address has it, which may be no time @param {(at: string) => string} say */
function bound(key, at, say) {
  const known = !Number.isNaN(moment(at).getTime());
  const text = known ? html`<${When} at=${at}>${say(time(at))}</${When}>` : say(at);
  return { key, text, remove: () => narrow({ [key]: null, ...FIRST }) };
}

export function Chips() {
  const { query } = useRoute();
  const all = held(query);
  if (!all.length && !query.get("q")) return null;
  const none = { ...Object.fromEntries(NAMES.map((name) => [name, null])), ...FIRST };
  return html`<ul class="held" aria-label=${t("Active filters")}>
    ${all.map(
      ({ key, text, remove }) =>
        html`<li key=${key}><button type="button" class="task-chip" onClick=${remove}><span>${text}</span><${Icon} name="x" /><span class="unseen">${t("Remove this filter")}</span></button></li>`,
    )}
    <li><button type="button" class="plain small task-link" onClick=${() => narrow(none)}>${t("Clear all filters")}</button></li>
  </ul>`;
}
