// What grows while one looks at it.
import { span } from "../../core/format.js";
import { html, useEffect, useState } from "../../core/ui.js";
import { seconds, unended } from "./told.js";

/** The moment, anew every second where it is needed. @param {boolean} needed */
export function useNow(needed) {
  const [now, set] = useState(Date.now);
  useEffect(() => {
    if (!needed) return;
    set(Date.now());
    const timer = setInterval(() => set(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [needed]);
  return now;
}

/** How long a task took, or takes so far. @param {{task: import("../../core/api.js").Json}} props */
export function Took({ task }) {
  const now = useNow(unended(task));
  return html`<span class="nowrap">${span(seconds(task, now))}</span>`;
}
