// The log of a task: a line for each file that could not be read or written, followed while the task runs.
import { get } from "../../core/api.js";
import { number } from "../../core/format.js";
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Card, Loading, Trouble } from "../../parts/basics.js";
import { unended } from "./told.js";

const LINES = 100;

/** @param {{task: import("../../core/api.js").Json}} props */
export function Warnings({ task }) {
  const count = task.holdfast.figures.warning_count;
  const seen = useRef(/** @type {string[]} */ ([]));
  const busy = useRef(false);
  const [log, set] = useState(/** @type {{lines: string[], count: number, error?: Error} | null} */ (null));
  const more = async () => {
    if (busy.current) return;
    busy.current = true;
    try {
      const told = await get(["operation-logs", task.id, "warnings"], { limit: LINES, offset: seen.current.length });
      seen.current = told.count < seen.current.length ? [] : [...seen.current, ...told.warnings];
      set({ lines: seen.current, count: told.count });
    } catch (error) {
      set({ lines: seen.current, count, error: /** @type {Error} */ (error) });
    } finally {
      busy.current = false;
    }
  };
  useEffect(() => {
    if (count && (seen.current.length < LINES || unended(task))) more();
  }, [count, task.status]);
  if (!count && !log?.lines.length) return null;
  return html`<${Card} title=${tn(count, "{n} warning", "{n} warnings")}>
    <p class="faint small">${t("These files could not be read or written; everything else was.")} ${unended(task) ? t("New lines appear as they come.") : ""}</p>
    <${Trouble} error=${log?.error} retry=${more} />
    ${log ? html`<ol class="log mono" tabindex="0" aria-label=${t("Warnings")}>${log.lines.map((line, place) => html`<li key=${place}>${line}</li>`)}</ol>` : html`<${Loading} lines=${3} />`}
    ${log && log.lines.length < log.count && html`<p class="actions"><${Act} class="secondary outline small" onClick=${more}>${t("Show more")}</${Act}><span class="faint small">${t("{seen} of {all} lines", { seen: number(log.lines.length), all: number(log.count) })}</span></p>`}
  </${Card}>`;
}
