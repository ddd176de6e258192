// How it stands: what is wrong first, then what ran, what runs and what it takes.
import { mayChange, project } from "../core/api.js";
import { href } from "../core/route.js";
import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Empty, Page } from "../parts/basics.js";
import {
  useCurrent,
  useDays,
  useFailed,
  useGrowth,
  useNight,
  useNow,
  useOverdue,
  useProtection,
  useWorkers,
} from "./overview/asked.js";
import { Calendar } from "./overview/calendar.js";
import { Growth } from "./overview/growth.js";
import { LastNight } from "./overview/night.js";
import { Now, useTasks } from "./overview/now.js";
import { Problems } from "./overview/problems.js";
import { StatusLine, wrong } from "./overview/status.js";

export default function Screen() {
  return html`<${Page} title=${t("Overview")}><${Overview} key=${project()} /></${Page}>`;
}

function Overview() {
  const now = useNow(60_000);
  const minute = Math.floor(now.getTime() / 60_000);
  const protection = useProtection(minute);
  const overdue = useOverdue(minute);
  const current = useCurrent(minute);
  const failed = useFailed(minute);
  const workers = useWorkers(minute);
  const quick = [protection, overdue, current, failed, workers];
  const ready = quick.every((one) => one.data !== undefined || one.error !== undefined);
  const night = useNight(ready);
  const days = useDays(ready, now);
  const growth = useGrowth(ready);
  const at = useTasks(current);
  const unknown = quick.some((one) => one.error);
  const sum = protection.data;
  const retry = () => {
    for (const one of quick) if (one.error) one.reload();
  };
  const parts = wrong(sum, overdue.data, workers.data, current.data?.tasks, failed.data?.operation_logs);
  const untouched = sum?.resources === 0 && !at.running && !at.waiting && failed.data?.count === 0;
  if (untouched && !unknown) return html`<${Invitation} />`;
  return html`
    <${StatusLine} parts=${parts} sum=${sum} ready=${ready} unknown=${unknown} retry=${retry} />
    <div class="overview">
      <div>
        <${Problems} of=${failed} />
        <${Now} of=${current} now=${at} />
      </div>
      <${Calendar} of=${days} now=${now} />
    </div>
    <${LastNight} of=${night} current=${at} now=${now} />
    <${Growth} of=${growth} />
  `;
}

/** What stands here until there is something to look after. */
function Invitation() {
  if (!mayChange())
    return html`<${Empty} icon="shield" title=${t("Nothing is protected yet")}>${t("An administrator or operator of the project makes the first backup; from then on you see here whether all is well.")}</${Empty}>`;
  return html`<${Empty} icon="shield" title=${t("Protect something first")}
    action=${html`<a role="button" href=${href("welcome")}>${t("Begin with a first backup")}</a>`}>
    ${t("Name a folder or a disk image, say where its backups go and when they are made. It takes about two minutes.")}
  </${Empty}>`;
}
