// What is said of vaults in several places.
import { Problem } from "../../core/api.js";
import { bytes, daysUntil, number, time } from "../../core/format.js";
import { t, tn } from "../../core/words.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** The largest size, in GiB: as large as there is room. */
export const LARGEST = 10_485_760;
const GIB = 2 ** 30;
const MIB = 2 ** 20;

/** Whether there is no size at which the vault takes no more. @param {Json} vault */
export const endless = (vault) => vault.auto_expand || vault.demand_billing || vault.billing.size >= LARGEST;

/** What the vault takes, exactly if it is known. @param {Json} vault @param {Json} [history] */
export const usedBytes = (vault, history) => history?.days.at(-1)?.used_bytes ?? vault.billing.used * MIB;

/** @param {Json} vault */
export const sizeBytes = (vault) => vault.billing.size * GIB;

/** How full it is, from 0 to 1. @param {Json} vault @param {Json} [history] */
export const share = (vault, history) => Math.min(usedBytes(vault, history) / sizeBytes(vault), 1);

/** How worrying that is. @param {Json} vault @param {Json} [history] */
export function fill(vault, history) {
  if (vault.demand_billing || vault.auto_expand || endless(vault)) return "fine";
  if (share(vault, history) >= 1) return "full";
  return share(vault, history) * 100 >= vault.threshold ? "high" : "fine";
}

/** @param {Json} vault */
export function sizeWords(vault) {
  return vault.billing.size >= LARGEST ? t("as large as there is room") : bytes(sizeBytes(vault));
}

/** What the vault is for. @param {Json} vault */
export function purpose(vault) {
  const kinds = { turbo: t("Folders"), file: t("Folders"), disk: t("Disks"), server: t("Servers") };
  const kind = /** @type {Record<string, string>} */ (kinds)[vault.billing.object_type] ?? vault.billing.object_type;
  return vault.billing.protect_type === "replication" ? t("{kind}, for replicas", { kind }) : kind;
}

/** The word for its condition. @param {Json} vault */
export function condition(vault) {
  if (vault.billing.status === "lock") return "locked";
  return vault.billing.status;
}

/** When the vault is full, in a few words. @param {Json} vault @param {Json | undefined} history */
export function fullIn(vault, history) {
  if (!history) return "–";
  if (fill(vault, history) === "full") return t("Full");
  if (endless(vault)) return t("Never");
  if (history.bytes_per_day === null) return t("Not known yet");
  if (!history.full_at) return history.bytes_per_day > 0 ? t("In more than ten years") : t("Does not grow");
  const days = daysUntil(history.full_at);
  return days < 1 ? t("Today") : tn(days, "In {n} day", "In {n} days");
}

/** How it fills, as a sentence. @param {Json} vault @param {Json} history */
export function growthWords(vault, history) {
  const rate = history.bytes_per_day;
  if (fill(vault, history) === "full")
    return t("The vault is full: it takes no backups until it is larger, or until older backups have gone.");
  if (rate === null) return t("How fast it grows is told after three days.");
  if (rate < 0) return t("It gets smaller, by {size} a day.", { size: bytes(-rate) });
  if (rate === 0) return t("It does not grow.");
  if (endless(vault))
    return t("It grows by {size} a day. It has no end of its own: it takes what the store has room for.", {
      size: bytes(rate),
    });
  if (!history.full_at)
    return t("It grows by {size} a day. At that rate it is not full within ten years.", { size: bytes(rate) });
  const days = daysUntil(history.full_at);
  const values = { size: bytes(rate), day: time(history.full_at, { dateStyle: "long", timeZone: "UTC" }) };
  return tn(
    days,
    "It grows by {size} a day. At that rate it is full in about {n} day, on {day}.",
    "It grows by {size} a day. At that rate it is full in about {n} days, on {day}.",
    values,
  );
}

const FIELD = /^Parameter verification failed\. ([\w.[\]]+): (.*)$/s;

/**
 * The field that a refusal names, with what is wrong about it; `""` is for what belongs to no field.
 * @param {unknown} error @param {Json} [vault]
 * @returns {Record<string, string>}
 */
export function wrongOf(error, vault) {
  if (!(error instanceof Problem)) return {};
  if (error.code.endsWith(".6101")) return { size: sizeRule(vault) };
  const found = FIELD.exec(error.message);
  const name = found?.[1]
    .replace(/\[\d+\]/g, "")
    .split(".")
    .at(-1);
  return found && name ? { [name]: found[2] } : {};
}

const NAME = /^[\u4E00-\u9FA5\uF900-\uFA2DA-Za-z0-9_-]{1,64}$/;

/** What is wrong about a name or a description, if anything is. @param {string} name @param {string} [description] @returns {Record<string, string>} */
export function wrongWords(name, description = "") {
  /** @type {Record<string, string>} */
  const wrong = {};
  if (!name.trim()) wrong.name = t("A vault needs a name.");
  else if (!NAME.test(name.trim()))
    wrong.name = t("A name has 1 to 64 letters from a to z, digits, hyphens or underscores, and no blanks.");
  if (description.trim().length > 64 || /[<>]/.test(description))
    wrong.description = t("A description has at most 64 characters, and no angle brackets.");
  return wrong;
}

/** @param {Json} [vault] */
function sizeRule(vault) {
  const values = { most: number(LARGEST) };
  if (!vault) return t("A size is a whole number of GiB, from 1 to {most}.", values);
  return t(
    "A size is a whole number of GiB, from 1 to {most}; not less than the {used} that is stored, and not made smaller than the {allocated} GiB of the resources in it.",
    { ...values, used: bytes(usedBytes(vault)), allocated: number(vault.billing.allocated) },
  );
}

/** Whether what was typed is such a number. @param {string} text */
export const isSize = (text) => /^\d{1,8}$/.test(text.trim()) && +text >= 1 && +text <= LARGEST;

export { sizeRule };
