// Where the keyboard goes on when what had the focus is gone: from a row that is no longer there into the new ones.
import { useEffect } from "./ui.js";

/**
 * Once something new is shown, and nobody has the focus, this takes it.
 * @param {unknown} shown @param {() => HTMLElement | null | undefined} next
 */
export function useFocusFound(shown, next) {
  useEffect(() => {
    const held = document.activeElement;
    const lost = !held || held === document.body || held.matches(":disabled");
    if (shown && lost) next()?.focus();
  }, [shown]);
}
