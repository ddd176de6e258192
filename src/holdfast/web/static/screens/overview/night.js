// Last night: what ran when, a lane for each resource or vault; a list on a narrow screen.
import { number, operation, span, time, utc } from "../../core/format.js";
import { href } from "../../core/route.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Card, Empty, Loading, Status, Trouble, When } from "../../parts/basics.js";
import { spanOf } from "./days.js";
import { lanes, ticks } from "./lanes.js";

/** @typedef {import("../../core/api.js").Json} Json */
/** @typedef {import("./asked.js").Current} Current */
/** @typedef {import("./lanes.js").Bar} Bar */
/** @typedef {import("./lanes.js").Lane} Lane */
/** @typedef {import("../../core/data.js").Data<{from: Date, bad: number, rest: number, tasks: Json[]} | undefined>} Night */

const MOST = 40;
const FIRST = 12;
const LEAST_PIXELS = 26;
const CLOCK = /** @type {const} */ ({ hour: "2-digit", minute: "2-digit" });

/** @param {{of: Night, current: Current, now: Date}} props */
export function LastNight({ of, current, now }) {
  return html`<${Card} title=${t("Last night")} class="night-card">
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${of.data ? html`<${Told} night=${of.data} current=${current} now=${now.getTime()} />` : !of.error && html`<${Loading} lines=${6} />`}
  </${Card}>`;
}

/** @param {{night: {from: Date, bad: number, rest: number, tasks: Json[]}, current: Current, now: number}} props */
function Told({ night, current, now }) {
  const [area, measure] = useWidth();
  const [all, showAll] = useState(false);
  const from = night.from.getTime();
  const to = now + (now - from) * 0.015;
  const busy = current.tasks.filter((one) => one.status === "running");
  const known = new Set(busy.map((one) => one.id));
  const tasks = [...night.tasks.filter((one) => !known.has(one.id)), ...busy];
  const since = { time: time(night.from, { weekday: "long", ...CLOCK }) };
  if (!tasks.length)
    return html`<${Empty} icon="moon" title=${t("Nothing ran since {time}", since)}>${t("What policies do by night is seen here in the morning.")}</${Empty}>`;
  const found = lanes(tasks, from, to, area ? Math.min(0.2, LEAST_PIXELS / area) : 0.001);
  const shown = found.slice(0, all ? MOST : FIRST);
  const left = found.length - shown.length;
  const more = href("tasks", { ended_after: night.from.toISOString() });
  const isCut = night.bad + night.rest > night.tasks.length || current.running > busy.length;
  return html`
    <p class="faint"><${When} at=${night.from}>${t("Since {time}", since)}</${When}>: ${summed(night, current.running)}.</p>
    ${isCut && html`<p class="faint">${t("Only {n} of them are drawn: the newest of those that failed, and of the rest.", { n: number(tasks.length) })} <a href=${more}>${t("See all of them")}</a></p>`}
    <div class="night" role="table" aria-label=${t("What ran since {time}", since)}>
      <${Axis} from=${from} to=${to} now=${now} width=${area} measure=${measure} />
      ${shown.map((lane) => html`<${LaneRow} key=${lane.key} lane=${lane} />`)}
    </div>
    ${
      left > 0 &&
      html`<p class="and-more">
        ${
          !all && found.length > FIRST
            ? html`<button type="button" class="secondary outline small" onClick=${() => showAll(true)}>${tn(Math.min(found.length, MOST) - FIRST, "Show {n} more", "Show {n} more")}</button>`
            : html`<a href=${more}>${tn(left, "and {n} more", "and {n} more")}</a>`
        }
      </p>`
    }
  `;
}

/** How much it was. @param {{bad: number, rest: number}} night @param {number} running */
function summed({ bad, rest }, running) {
  const parts = [
    tn(rest, "{n} task ended well or was skipped", "{n} tasks ended well or were skipped"),
    bad && tn(bad, "{n} failed", "{n} failed"),
    running && tn(running, "{n} is running", "{n} are running"),
  ];
  return parts.filter(Boolean).join(", ");
}

/** The hours, and the line of now. @param {{from: number, to: number, now: number, width: number, measure: any}} props */
function Axis({ from, to, now, width, measure }) {
  const share = (/** @type {number} */ at) => `${((at - from) / (to - from)) * 100}%`;
  const hours = ticks(from, to, Math.max(2, (width || 600) / 62)).filter(
    (at) => ((now - at) / (to - from)) * (width || 600) > 66,
  );
  return html`<div role="row" class="lane axis">
    <span role="columnheader" class="lane-name"><span class="unseen">${t("Of what")}</span></span>
    <span role="columnheader" class="lane-time" ref=${measure}>
      <span class="unseen">${t("Tasks, by time")}</span>
      ${hours.map((at) => html`<span key=${at} class="lane-hour" aria-hidden="true" style=${{ left: share(at) }}><span>${time(new Date(at), CLOCK)}</span></span>`)}
      <span class="lane-hour now" aria-hidden="true" style=${{ left: share(now) }}><span>${t("now")}</span></span>
    </span>
  </div>`;
}

/** @param {{lane: Lane}} props */
function LaneRow({ lane }) {
  const name = lane.resource ? html`<a href=${href(["resources", lane.key])}>${lane.name}</a>` : lane.name;
  return html`<div role="row" class="lane">
    <span role="rowheader" class="lane-name" title=${lane.name}>${name}</span>
    <span role="cell" class="lane-time">${lane.bars.map((bar) => html`<${BarLink} key=${bar.tasks[0].id} bar=${bar} lane=${lane} />`)}</span>
  </div>`;
}

/** @type {Record<string, string>} */
const TONES = { success: "good", failed: "bad", timeout: "bad", running: "busy", skipped: "calm" };

/** @param {{bar: Bar, lane: Lane}} props */
function BarLink({ bar, lane }) {
  const [first] = bar.tasks;
  const one = bar.tasks.length === 1;
  const spans = bar.tasks.map(spanOf);
  const begin = Math.min(...spans.map(([start]) => start));
  const ends = spans.map(([, end]) => end);
  const end = ends.includes(null) ? null : Math.max(.../** @type {number[]} */ (ends));
  const clock = (/** @type {number} */ at) => time(new Date(at), CLOCK);
  const when = end === null ? t("since {time}", { time: clock(begin) }) : `${clock(begin)}–${clock(end)}`;
  const took = end === null ? "" : ` (${span((end - begin) / 1000)})`;
  const what = one ? operation(first.operation_type) : tn(bar.tasks.length, "{n} task", "{n} tasks");
  const several = href("tasks", {
    [lane.resource ? "resource_id" : "vault_id"]: lane.key,
    started_after: new Date(begin).toISOString(),
    started_before: new Date(Math.max(...spans.map(([start]) => start)) + 1).toISOString(),
  });
  const exactly = [begin, ...(end === null ? [] : [end])].map((at) => utc(new Date(at))).join(" – ");
  const message = one && first.error_info.message ? `: ${first.error_info.message}` : "";
  return html`<a class=${`gantt-bar tone-${TONES[bar.status] ?? "calm"} is-${bar.status}`} href=${one ? href(["tasks", first.id]) : several}
    style=${{ left: `${bar.left * 100}%`, width: `${(bar.right - bar.left) * 100}%` }} title=${`${what}, ${when}${took}${message}\n${exactly}`}>
    <${Status} is=${bar.status} /><span class="gantt-what">${what}<span class="gantt-when">, ${when}</span></span>
    ${!one && html`<span class="gantt-count" aria-hidden="true">${number(bar.tasks.length)}</span>`}
  </a>`;
}

/** How wide something is, as it is now; 0 where what runs is a list. @returns {[number, (place: HTMLElement | null) => void]} */
function useWidth() {
  const [width, set] = useState(0);
  const [place, watch] = useState(/** @type {HTMLElement | null} */ (null));
  useEffect(() => {
    if (!place) return;
    const sizes = new ResizeObserver(() => set(place.clientWidth));
    sizes.observe(place);
    return () => sizes.disconnect();
  }, [place]);
  return [width, watch];
}
