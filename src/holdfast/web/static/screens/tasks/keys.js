// The list by keyboard alone: "/" searches, j and k (or the arrows, once there) go from row to row.
import { useEffect } from "../../core/ui.js";

const links = () => /** @type {HTMLElement[]} */ ([...document.querySelectorAll(".tasks a.task-open")]);
const typing = (/** @type {EventTarget | null} */ at) =>
  at instanceof Element && Boolean(at.closest("input, select, textarea, dialog"));

/** @param {number} step */
function move(step) {
  const all = links();
  const row = document.activeElement?.closest("tr");
  const here = all.findIndex((link) => row?.contains(link));
  const next = all[here < 0 ? 0 : Math.min(all.length - 1, Math.max(0, here + step))];
  next?.focus();
  next?.closest("tr")?.scrollIntoView({ block: "nearest" });
}

/** @type {Record<string, number>} */
const STEPS = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

/** @param {KeyboardEvent} event */
function press(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const search = document.getElementById("task-search");
  const inSearch = document.activeElement === search;
  const inList = Boolean(document.activeElement?.closest(".tasks"));
  if (inSearch && event.key === "ArrowDown") move(1);
  else if (typing(event.target)) return;
  else if (event.key === "/") search?.focus();
  else if (event.key in STEPS && (inList || event.key.length === 1)) move(STEPS[event.key]);
  else return;
  event.preventDefault();
}

export function useKeys() {
  useEffect(() => {
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}
