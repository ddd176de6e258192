// One resource: whether it is safe, what became of it lately, and what can be done.
import { get, mayChange, mayNamePaths, Problem } from "../../core/api.js";
import { useData, useReloadOnTasks } from "../../core/data.js";
import { ago, bytes, kind, number, operation, time } from "../../core/format.js";
import { go, href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Empty, Facts, Page, Shown, Status, Trouble, When } from "../../parts/basics.js";
import { Icon } from "../../parts/icon.js";
import { Table } from "../../parts/table.js";
import { backUp, Forget, LeftOut, TakeOut } from "./actions.js";
import { Protect } from "./protect.js";
import { meaning, Policies, States, VaultOf } from "./state.js";
import { EditTags, Tags } from "./tags.js";
import { completeSince, DAYS, marksOf, Timeline } from "./timeline.js";

/** @typedef {import("../../core/api.js").Json} Json */

const DAY = 86_400_000;
const MOST = 1000;

/** @param {string} id @param {AbortSignal} signal */
async function load(id, signal) {
  const since = new Date(Date.now() - DAYS * DAY).toISOString().slice(0, 19);
  const [{ resource }, told, kept, ran, lately] = await Promise.all([
    get(["resources", id], {}, signal),
    get("holdfast/protection", { resource_id: id }, signal),
    get("backups", { resource_id: id, start_time: `${since}Z`, limit: MOST }, signal),
    get("operation-logs", { resource_id: id, operation_type: "backup", start_time: `${since}Z`, limit: MOST }, signal),
    get("operation-logs", { resource_id: id, limit: 8 }, signal),
  ]);
  const of = told.protection[0];
  if (!of) throw new Problem(404, "", t("There is no such resource."), "");
  const firings = await Promise.all(
    planned(of).map((one) => get(["policies", one.id, "firings"], { limit: 3 }, signal)),
  );
  const times = new Map(planned(of).map((one, place) => [one.id, firings[place].firings]));
  return { resource, of, kept, ran, tasks: lately.operation_logs, times };
}

/** @param {Json} policy */
const backsUp = (policy) => policy.operation_type === "backup";

/** The policies by which backups of it come. @param {Json} of @returns {Json[]} */
const planned = (of) =>
  of.state === "suspended" ? [] : of.policies.filter((/** @type {Json} */ one) => backsUp(one) && one.enabled);

/** @param {{id: string}} props */
export function One({ id }) {
  const found = useData((signal) => load(id, signal), [id]);
  useReloadOnTasks(found.reload, ({ operation_log: log }) => !log || log.extra_info.resource?.id === id);
  const [asking, ask] = useState("");
  const shut = () => ask("");
  const done = () => {
    ask("");
    found.reload();
  };
  const above = html`<a href=${href("resources")}>${t("Resources")}</a>`;
  if (!found.data)
    return html`<${Page} title=${t("Resource")} above=${above}><${Shown} of=${found} lines=${10}>${() => null}</${Shown}></${Page}>`;
  const { resource, of } = found.data;
  return html`<${Page} title=${of.name} above=${above} lead=${sentence(of)} actions=${html`<${Actions} of=${of} resource=${resource} ask=${ask} onDone=${found.reload} />`}>
    <${Trouble} error=${found.error} retry=${found.reload} />
    <${Content} data=${found.data} ask=${ask} />
    ${asking === "protect" && html`<${Protect} some=${[of]} onClose=${shut} onDone=${done} />`}
    ${asking === "out" && html`<${TakeOut} of=${of} onClose=${shut} onDone=${done} />`}
    ${asking === "forget" && html`<${Forget} of=${of} onClose=${shut} onDone=${() => go("resources")} />`}
    ${asking === "tags" && html`<${EditTags} id=${id} tags=${resource.tags} onClose=${shut} onDone=${done} />`}
  </${Page}>`;
}

/** How it is protected, in one sentence. @param {Json} of */
function sentence({ last_good_at: good, next_due_at: next, proven_at: proven }) {
  return html`
    ${good ? html`<${When} at=${good}>${t("Last good backup {when}", { when: ago(good) })}</${When}>` : t("No good backup yet")};${" "}
    ${next ? html`<${When} at=${next}>${t("next {when}", { when: time(next) })}</${When}>` : t("none is planned")};${" "}
    ${proven ? html`<${When} at=${proven}>${t("last restored {when}", { when: ago(proven) })}</${When}>` : t("never restored")}.
  `;
}

/** @param {{of: Json, resource: Json, ask: (what: string) => void, onDone: () => void}} props */
function Actions({ of, resource, ask, onDone }) {
  const [skipped, setSkipped] = useState(/** @type {import("./actions.js").Skipped[]} */ ([]));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const begin = async () => {
    setError(undefined);
    try {
      setSkipped(await backUp([of]));
      onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  if (!mayChange()) return null;
  return html`
    ${of.vault_id && html`<${Act} icon="play" class=${of.last_good_backup_id ? "secondary outline" : ""} onClick=${begin}>${t("Back up now")}</${Act}>`}
    ${!of.vault_id && html`<button type="button" onClick=${() => ask("protect")}><${Icon} name="shield-check" />${t("Protect…")}</button>`}
    ${of.last_good_backup_id && html`<a role="button" href=${href("restore", { backup_id: of.last_good_backup_id })}><${Icon} name="rotate-ccw" />${t("Restore…")}</a>`}
    ${of.vault_id && html`<button type="button" class="secondary outline" onClick=${() => ask("out")}><${Icon} name="shield-off" />${t("Remove from vault")}</button>`}
    ${!of.vault_id && !of.backup_count && mayNamePaths() && !resource.parent_id && html`<button type="button" class="danger outline" onClick=${() => ask("forget")}><${Icon} name="trash-2" />${t("Forget")}</button>`}
    ${error && html`<${Trouble} error=${error} />`}
    ${skipped.length > 0 && html`<${LeftOut} skipped=${skipped} onClose=${() => setSkipped([])} />`}
  `;
}

/** @param {{data: Json, ask: (what: string) => void}} props */
function Content({ data, ask }) {
  const { resource, of, kept, ran, tasks, times } = data;
  const since = completeSince([kept.count, kept.backups], [ran.count, ran.operation_logs]);
  const all = () => html`<a href=${href("backups", { resource_id: of.resource_id })}>${t("All backups")}</a>`;
  const edit =
    mayChange() &&
    html`<button type="button" class="secondary outline small" onClick=${() => ask("tags")}><${Icon} name="pencil" />${t("Edit tags")}</button>`;
  return html`
    <${Why} of=${of} />
    <${Card} title=${t("The last 90 days")} actions=${since && all()}>
      ${since && html`<p class="small">${t("Only the newest {n} are shown: those since", { n: number(MOST) })} <${When} at=${since} />.</p>`}
      <${Timeline} marks=${marksOf(kept.backups, ran.operation_logs)} since=${since} />
    </${Card}>
    <div class="grid-2">
      <${Card} title=${t("What it is")} actions=${edit}>
        <${Facts} facts=${facts(resource, of)} />
      </${Card}>
      <${Card} title=${t("When it is backed up")}><${Plan} of=${of} times=${times} /></${Card}>
    </div>
    <${Card} title=${t("Backups")} actions=${all()}>
      <${Backups} backups=${kept.backups.slice(0, 8)} of=${of} />
    </${Card}>
    <${Card} title=${t("Last tasks")} actions=${html`<a href=${href("tasks", { resource_id: of.resource_id })}>${t("All tasks")}</a>`}>
      <${Tasks} tasks=${tasks} />
    </${Card}>
  `;
}

/** The state, and what it means here. @param {{of: Json}} props */
function Why({ of }) {
  const failed = of.state === "failing" && of.last_task;
  return html`<div class="resource-why">
    <${States} of=${of} />
    <p>
      ${meaning(of.state)}
      ${failed && html` <a href=${href(["tasks", of.last_task.id])}>${of.last_task.message || t("See the task")}</a>`}
      ${of.overdue_since && html` ${t("Overdue since")} <${When} at=${of.overdue_since} />.`}
      ${of.unproven && html` ${meaning("unproven")}`}
    </p>
  </div>`;
}

/** @param {Json} resource @param {Json} of @returns {[string, any][]} */
function facts(resource, of) {
  const { path, disks, exclude } = resource.settings;
  const paths = path ? [path] : (disks ?? []);
  return [
    [t("Kind"), kind(of.type)],
    [t("Size"), bytes(of.size_bytes)],
    [
      t("Path"),
      paths.map(
        (/** @type {any} */ one) =>
          html`<div class="mono" key=${String(one)}>${typeof one === "string" ? one : (one.path ?? JSON.stringify(one))}</div>`,
      ),
    ],
    [t("Leaves out"), exclude?.length ? html`<span class="mono">${exclude.join(", ")}</span>` : null],
    [t("Vault"), html`<${VaultOf} of=${of} />`],
    [t("Good backups"), String(of.backup_count)],
    [
      t("Last restored"),
      of.proven_at && html`<a href=${href(["tasks", of.proven_by_task_id])}><${When} at=${of.proven_at} /></a>`,
    ],
    [t("Site"), resource.site],
    [t("Tags"), html`<${Tags} tags=${resource.tags} />`],
    [t("Known since"), html`<${When} at=${resource.created_at} />`],
  ];
}

/** What will come, and why nothing does. @param {{of: Json, times: Map<string, Json[]>}} props `times` are of the policies that make backups */
function Plan({ of, times }) {
  if (!of.vault_id)
    return html`<${Empty} icon="shield-off" title=${t("It is in no vault")}>${t("Put it into a vault: its policies say when it is backed up.")}</${Empty}>`;
  const vault = (/** @type {string} */ tab) =>
    html`<a href=${href(["vaults", of.vault_id], { tab })}>${of.vault_name}</a>`;
  if (of.state === "suspended")
    return html`<${Empty} icon="pause" title=${t("Its backups are suspended")} action=${vault("resources")}>
      ${t("Whatever its policies say, nothing backs it up until it is resumed in its vault.")}
    </${Empty}>`;
  /** @type {Json[]} */
  const backing = of.policies.filter(backsUp);
  const copying = of.policies.filter((/** @type {Json} */ one) => !backsUp(one));
  return html`
    ${
      backing.length
        ? backing.map((one) => html`<${Times} key=${one.id} policy=${one} times=${times.get(one.id)} />`)
        : html`<${Empty} icon="calendar-clock" title=${t("Only by hand")} action=${vault("policies")}>
            ${t("No backup policy is on its vault. Put one on it, so that backups come by themselves.")}
          </${Empty}>`
    }
    ${copying.length > 0 && html`<${Facts} facts=${[[t("Replicated by"), html`<${Policies} some=${copying} />`]]} />`}
  `;
}

/** @param {{policy: Json, times?: Json[]}} props `times` is left out where the policy is switched off */
function Times({ policy, times }) {
  return html`<div class="resource-plan">
    <h3><a href=${href(["policies", policy.id])}>${policy.name}</a></h3>
    ${
      times
        ? html`<ul>${times.map((due) => html`<li key=${due.due_at}><${When} at=${due.due_at} /> <span class="faint">${ago(due.due_at)}</span></li>`)}</ul>`
        : html`<p><${Icon} name="pause" /> ${t("It is switched off: no backup comes by it.")}</p>`
    }
  </div>`;
}

/** How a first backup of it comes. @param {Json} of */
function begin(of) {
  if (!of.vault_id) return t("Put it into a vault first.");
  if (of.state === "suspended") return t("Resume it in its vault first.");
  return planned(of).length
    ? t("Back it up now, or wait for its policy.")
    : t("Back it up now: nothing does it by itself.");
}

/** @param {{backups: Json[], of: Json}} props */
function Backups({ backups, of }) {
  const columns = [
    {
      title: t("Backup"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<a href=${href(["backups", one.id])}>${one.name}</a>`,
    },
    { title: t("State"), cell: (/** @type {Json} */ one) => html`<${Status} is=${one.status} />` },
    { title: t("Made"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.created_at} />` },
    { title: t("Expires"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.expired_at} />` },
  ];
  const empty = html`<${Empty} icon="archive" title=${t("No backup in the last 90 days")}>${begin(of)}</${Empty}>`;
  return html`<${Table} caption=${t("Backups")} columns=${columns} rows=${backups} empty=${empty} />`;
}

/** @param {{tasks: Json[]}} props */
function Tasks({ tasks }) {
  const columns = [
    {
      title: t("Task"),
      class: "wide",
      cell: (/** @type {Json} */ one) => html`<a href=${href(["tasks", one.id])}>${operation(one.operation_type)}</a>`,
    },
    { title: t("State"), cell: (/** @type {Json} */ one) => html`<${Status} is=${one.status} />` },
    { title: t("Asked for"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.created_at} />` },
    { title: t("Ended"), cell: (/** @type {Json} */ one) => html`<${When} at=${one.ended_at} />` },
    {
      title: t("Message"),
      class: "wide",
      cell: (/** @type {Json} */ one) => one.error_info?.message || html`<span class="faint">–</span>`,
    },
  ];
  const empty = html`<${Empty} icon="list-checks" title=${t("Nothing was done with it yet")} />`;
  return html`<${Table} caption=${t("Last tasks")} columns=${columns} rows=${tasks} empty=${empty} />`;
}
