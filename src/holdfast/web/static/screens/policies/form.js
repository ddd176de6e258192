// Writing a policy: when, what is kept, where to; and what would come of it, told while it is written.
import { get, project as here, who } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { html, useMemo, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Trouble } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import {
  changesOf,
  faultsOf,
  keepingFaults,
  MOST_JITTER,
  refusedFields,
  scheduleFaults,
  viewersZone,
} from "./draft.js";
import { SupposedFirings } from "./firings.js";
import { useGuard } from "./guard.js";
import { Keeping } from "./keeping.js";
import { WrongText } from "./pieces.js";
import { SupposedPreview } from "./preview.js";
import { Rules } from "./rules.js";

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("./draft.js").Faults} Faults */
/** @typedef {(change: Partial<Draft>) => void} Say */

/** Fields that say themselves what is wrong with them. */
const SHOWN = new Set(
  [
    "name pattern timezone jitter_minutes start_window_minutes timeout_minutes max_backups retention_duration_days",
    "day_backups week_backups month_backups year_backups full_backup_interval kept_timezone",
    "destination_region destination_project_id",
  ].flatMap((names) => names.split(" ")),
);

/**
 * @param {{before: Draft, id?: string, vaults: import("../../core/api.js").Json[], save: (draft: Draft) => Promise<unknown>, onDone: () => void, onCancel: () => void}} props
 *   `id` is that of a policy that is there
 */
export function PolicyForm({ before, id, vaults, save, onDone, onCancel }) {
  const [draft, set] = useState(before);
  const [tried, setTried] = useState(false);
  const [refusal, setRefusal] = useState(/** @type {Error | undefined} */ (undefined));
  const [early, setEarly] = useState(/** @type {Error | undefined} */ (undefined));
  const guard = useGuard(JSON.stringify(draft) !== JSON.stringify(before));
  /** @type {Say} */
  const say = (change) => {
    setRefusal(undefined);
    set((now) => ({ ...now, ...change }));
  };
  const faults = faultsOf(draft);
  const seen = { ...scheduleFaults(draft), ...keepingFaults(draft) };
  const told = { ...refusedFields(early), ...(tried ? faults : seen), ...refusedFields(refusal) };
  const unplaced = refusal && !Object.keys(refusedFields(refusal)).some((name) => SHOWN.has(name));
  const submit = async () => {
    setTried(true);
    if (Object.keys(faults).length) return;
    try {
      await save(draft);
      guard.free();
      onDone();
    } catch (error) {
      setRefusal(/** @type {Error} */ (error));
    }
  };
  const ready = !Object.keys(scheduleFaults(draft)).length;
  const backs = draft.kind === "backup";
  return html`<form class="policy-form" novalidate onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <div class="policy-columns">
      <div>
        <${Card} title=${t("What")}><${Head} draft=${draft} say=${say} wrong=${told} fresh=${!id} /></${Card}>
        <${Card} title=${t("When")}><${When} draft=${draft} say=${say} wrong=${told} /></${Card}>
        <${Card} title=${t("What is kept")}><${Keeping} draft=${draft} onInput=${say} wrong=${told} /></${Card}>
      </div>
      <aside class="policy-aside" aria-label=${t("What would come of it")}>
        <${Card} title=${t("The next ten times")}>
          <${SupposedFirings} draft=${draft} id=${id} ready=${ready} onRefused=${setEarly} />
        </${Card}>
      </aside>
    </div>
    ${
      backs &&
      html`<${Card} title=${t("What would go by these rules")}>
        <${SupposedPreview} draft=${draft} id=${id} ready=${!Object.keys(keepingFaults(draft)).length} vaults=${vaults} />
      </${Card}>`
    }
    <div class="policy-save actions">
      ${unplaced && html`<${Trouble} error=${refusal} />`}
      ${tried && Object.keys(faults).length > 0 && html`<${WrongText} text=${t("Something is missing or wrong above: it is marked there.")} />`}
      <${Act} type="submit" icon="save" disabled=${id !== undefined && !Object.keys(changesOf(draft, before)).length} onClick=${submit}>${id ? t("Save") : t("Create the policy")}</${Act}>
      <button type="button" class="secondary outline" onClick=${onCancel}>${t("Cancel")}</button>
    </div>
    ${guard.question}
  </form>`;
}

/** @param {{draft: Draft, say: Say, wrong: Faults, fresh: boolean}} props */
function Head({ draft, say, wrong, fresh }) {
  const kinds = [
    ["backup", t("Make backups")],
    ["replication", t("Replicate backups to another vault")],
  ];
  return html`
    <${Field} label=${t("Name")} value=${draft.name} autofocus=${false} wrong=${wrong.name} onInput=${(/** @type {string} */ name) => say({ name })} />
    ${
      fresh &&
      html`<${Choice} label=${t("What it does")} value=${draft.kind} options=${kinds} onInput=${(/** @type {Draft["kind"]} */ kind) => say({ kind })} />`
    }
    ${draft.kind === "replication" && html`<${Destination} draft=${draft} say=${say} wrong=${wrong} />`}
  `;
}

/** @param {{draft: Draft, say: Say, wrong: Faults}} props */
function Destination({ draft, say, wrong }) {
  const regions = useData((signal) => get("holdfast/regions", {}, signal), []);
  /** @type {{name: string, state: string}[]} */
  const known = regions.data?.regions ?? [];
  const names = [...new Set([draft.region, ...known.map((one) => one.name)])].filter(Boolean);
  const takes = (/** @type {string} */ region) => known.some((one) => one.name === region && one.state === "here");
  const isHere = takes(draft.region);
  const mine = (who()?.projects ?? []).filter((one) => one.role !== "reader");
  const projects = mine.map((one) => [one.id, one.name]);
  if (draft.project && !mine.some((one) => one.id === draft.project)) projects.push([draft.project, draft.project]);
  return html`
    <${Trouble} error=${regions.error} retry=${regions.reload} />
    <div class="grid-2">
      <div>
        <${Choice} label=${t("To the region")} value=${draft.region} options=${[["", "–"], ...names.map((name) => [name, name])]} onInput=${(/** @type {string} */ region) => say({ region, project: takes(region) ? here() : "" })} />
        <${WrongText} text=${wrong.destination_region} />
      </div>
      <div>
        ${
          isHere
            ? html`<${Choice} label=${t("Into the project")} value=${draft.project} options=${[["", "–"], ...projects]} onInput=${(/** @type {string} */ project) => say({ project })} />`
            : html`<${Field} label=${t("Into the project")} value=${draft.project} help=${t("The id that the project has in that region.")} onInput=${(/** @type {string} */ project) => say({ project })} />`
        }
        <${WrongText} text=${wrong.destination_project_id} />
      </div>
    </div>
  `;
}

/** Every zone that this browser knows, and the one that is chosen. @param {string} chosen @returns {[string, string][]} */
function zones(chosen) {
  const known = new Set(["UTC", viewersZone(), chosen, ...Intl.supportedValuesOf("timeZone")]);
  return [...known].sort().map((name) => [name, name.replaceAll("_", " ")]);
}

/** @param {{draft: Draft, say: Say, wrong: Faults}} props */
function When({ draft, say, wrong }) {
  const options = useMemo(() => zones(draft.timezone), [draft.timezone]);
  const special = draft.jitter !== "0" || draft.window !== "" || draft.timeout !== "" || draft.full !== "-1";
  const [open, setOpen] = useState(special);
  const field = (/** @type {"jitter" | "window" | "timeout" | "full"} */ name, /** @type {object} */ more) =>
    html`<${Field} ...${more} type="number" value=${draft[name]} onInput=${(/** @type {string} */ text) => say({ [name]: text })} />`;
  const faulty = ["jitter_minutes", "start_window_minutes", "timeout_minutes", "full_backup_interval"].some(
    (name) => wrong[name],
  );
  return html`
    <${Rules} rules=${draft.rules} wrong=${wrong.pattern} onInput=${(/** @type {import("./schedule.js").Rule[]} */ rules) => say({ rules })} />
    <div class="policy-zone">
      <${Choice} label=${t("In the time zone")} value=${draft.timezone} options=${options} onInput=${(/** @type {string} */ timezone) => say({ timezone })}
        help=${draft.timezone === viewersZone() ? t("This is your time zone.") : t("Yours is {zone}.", { zone: viewersZone() })} />
      <${WrongText} text=${wrong.timezone} />
    </div>
    <details open=${open || faulty} onToggle=${(/** @type {any} */ event) => setOpen(event.target.open)}>
      <summary>${t("Spread, limits and full backups")}</summary>
      <div class="grid-2">
        ${field("jitter", { label: t("Spread the vaults over so many minutes"), min: 0, max: MOST_JITTER, wrong: wrong.jitter_minutes, help: t("Each vault begins up to so much later, so that not all begin at once.") })}
        ${field("window", { label: t("Begin at most so many minutes late"), min: 60, max: 480, wrong: wrong.start_window_minutes, help: t("60 to 480; what is later is skipped. Empty: no limit.") })}
        ${field("timeout", { label: t("End a task after so many minutes"), min: 1, wrong: wrong.timeout_minutes, help: t("Empty: no limit.") })}
        ${draft.kind === "backup" && field("full", { label: t("A full backup after so many incremental ones"), min: -1, max: 100, wrong: wrong.full_backup_interval, help: t("-1: only the first one is full. 0: every one.") })}
      </div>
    </details>
    ${faulty && !open && html`<${WrongText} text=${t("Something is missing or wrong above: it is marked there.")} />`}
  `;
}
