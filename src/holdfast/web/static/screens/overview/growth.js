// How full the vaults are, and how long until they are full.
import { bytes, daysUntil, number, percent, time } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useMemo } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Bar, Card, Empty, Loading, Trouble } from "../../parts/basics.js";
import { Chart } from "../../parts/chart.js";
import { Icon } from "../../parts/icon.js";

/** @typedef {import("../../core/api.js").Json} Json */

const CURVES = 3;
const LISTED = 5;
const NEAR_DAYS = 30;
const STEPS = Array.from({ length: 60 }, (_, power) => 2 ** power);

/** What a vault held last. @param {Json} vault @returns {number} */
const used = (vault) => vault.days.at(-1)?.used_bytes ?? 0;

/** @param {Json} vault */
const isFull = (vault) => Boolean(vault.capacity_bytes) && used(vault) >= vault.capacity_bytes;

/** In how many days a vault is full, if it ever is. @param {Json} vault */
function daysLeft(vault) {
  if (isFull(vault)) return 0;
  return vault.full_at ? daysUntil(vault.full_at) : null;
}

/** @param {{of: {data?: Json[], error?: Error, reload: () => void}}} props */
export function Growth({ of }) {
  return html`<${Card} title=${t("How the vaults grow")} class="growth-card" actions=${html`<a href=${href("vaults")}>${t("All vaults")}</a>`}>
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${of.data ? html`<${Told} vaults=${of.data} />` : !of.error && html`<${Loading} lines=${6} />`}
  </${Card}>`;
}

/** @param {{vaults: Json[]}} props */
function Told({ vaults }) {
  const largest = useMemo(() => [...vaults].sort((one, other) => used(other) - used(one)), [vaults]);
  const urgent = (/** @type {Json} */ vault) => (isFull(vault) ? -1 : (daysLeft(vault) ?? Number.POSITIVE_INFINITY));
  const listed = useMemo(
    () => [...largest].sort((one, other) => urgent(one) - urgent(other)).slice(0, LISTED),
    [largest],
  );
  if (!vaults.length)
    return html`<${Empty} icon="database" title=${t("There is no vault yet")}>${t("A vault holds the backups. Its growth is drawn here.")}</${Empty}>`;
  const curves = largest.slice(0, CURVES);
  return html`
    <${Curves} vaults=${curves} />
    <ul class="overview-rows">
      ${listed.map((vault) => html`<${Row} key=${vault.vault_id} vault=${vault} curve=${curves.indexOf(vault)} />`)}
    </ul>
    ${vaults.length > LISTED && html`<p class="and-more"><a href=${href("vaults")}>${tn(vaults.length - LISTED, "and {n} more", "and {n} more")}</a></p>`}
  `;
}

/** @param {{vault: Json, curve: number}} props `curve` is the number of its colour, -1 for none */
function Row({ vault, curve }) {
  const left = daysLeft(vault);
  const held = used(vault);
  const soon = left !== null && left <= NEAR_DAYS;
  const room = vault.capacity_bytes
    ? t("{done} of {total}", { done: bytes(held), total: bytes(vault.capacity_bytes) })
    : bytes(held);
  return html`<li class="grown">
    <span><span class=${curve < 0 ? "" : `curve curve-${curve + 1}`} aria-hidden="true"></span><a href=${href(["vaults", vault.vault_id])}>${vault.vault_name}</a></span>
    <span class="faint small">${room}${vault.capacity_bytes ? ` (${percent(held / vault.capacity_bytes)})` : ""}</span>
    ${vault.capacity_bytes ? html`<${Bar} value=${held} of=${vault.capacity_bytes} label=${t("How full {name} is", { name: vault.vault_name })} />` : html`<span></span>`}
    <span class=${soon ? "status warn" : "faint small"}>${soon && html`<${Icon} name="triangle-alert" />`}<span>${full(left, vault)}</span></span>
  </li>`;
}

/** @param {number | null} left @param {Json} vault */
function full(left, vault) {
  if (left === 0) return isFull(vault) ? t("full") : t("full today");
  if (left !== null) return tn(left, "full in {n} day", "full in {n} days");
  if (vault.bytes_per_day === null) return t("too new for a forecast");
  return vault.bytes_per_day > 0 ? t("{size} a day", { size: bytes(vault.bytes_per_day) }) : t("does not grow");
}

/** @param {{vaults: Json[]}} props */
function Curves({ vaults }) {
  const { days, data } = useMemo(() => drawn(vaults), [vaults]);
  if (days.length < 2) return html`<p class="faint chart-later">${t("Curves are drawn from the second day on.")}</p>`;
  const told = vaults.map((one) => t("{name} now {size}", { name: one.vault_name, size: bytes(used(one)) }));
  const label = t("Room that the largest vaults took in {n} days: {vaults}", {
    n: number(days.length),
    vaults: told.join(", "),
  });
  return html`<${Chart} height=${170} data=${data} label=${label} options=${options(vaults)} />`;
}

/** One line of moments, and one of bytes for each vault. @param {Json[]} vaults */
function drawn(vaults) {
  const days = [...new Set(vaults.flatMap((vault) => vault.days.map((/** @type {Json} */ one) => one.day)))].sort();
  const lines = vaults.map((vault) => {
    const known = new Map(vault.days.map((/** @type {Json} */ one) => [one.day, one.used_bytes]));
    return days.map((day) => /** @type {number | null} */ (known.get(day) ?? null));
  });
  return { days, data: [days.map((day) => Date.parse(`${day}T12:00:00Z`) / 1000), ...lines] };
}

/** @param {Json[]} vaults */
const options = (vaults) => (/** @type {typeof import("../../parts/chart.js").colour} */ colour) => {
  const axis = {
    stroke: colour("--pico-muted-color"),
    grid: { stroke: colour("--pico-muted-border-color"), width: 1 },
    ticks: { show: false },
  };
  const date = (/** @type {number} */ at) => time(new Date(at * 1000), { day: "numeric", month: "short" });
  return {
    legend: { show: false },
    cursor: { show: false },
    scales: {
      y: {
        range: (/** @type {any} */ _plot, /** @type {number} */ _least, /** @type {number} */ most) => [
          0,
          (most || 1) * 1.1,
        ],
      },
    },
    axes: [
      { ...axis, gap: 9, values: (/** @type {any} */ _plot, /** @type {number[]} */ at) => at.map(date) },
      {
        ...axis,
        size: 70,
        space: 30,
        incrs: STEPS,
        values: (/** @type {any} */ _plot, /** @type {number[]} */ at) => at.map(bytes),
      },
    ],
    series: [
      {},
      ...vaults.map((vault, index) => ({
        label: vault.vault_name,
        stroke: colour(`--chart-${index + 1}`),
        width: 2,
        dash: [[], [8, 4], [2, 3]][index],
        points: { show: false },
      })),
    ],
  };
};
