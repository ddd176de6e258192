// What a view shows, asked of the server: kept while it is asked anew, so that nothing flickers.
import { useLive } from "./live.js";
import { useCallback, useEffect, useRef, useState } from "./ui.js";

/**
 * @template T
 * @typedef {object} Data
 * @property {T | undefined} data what was told last
 * @property {Error | undefined} error why it could not be told, if so
 * @property {boolean} loading whether it is being asked for
 * @property {() => void} reload ask again
 * @property {(change: (data: T) => T) => void} change what is shown, by what is known without asking
 */

/**
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} load
 * @param {unknown[]} inputs whatever `load` depends on
 * @returns {Data<T>}
 */
export function useData(load, inputs) {
  const [state, set] = useState(/** @type {{data?: T, error?: Error, loading: boolean}} */ ({ loading: true }));
  const [turn, again] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const over = new AbortController();
    set((before) => ({ ...before, loading: true }));
    latest.current(over.signal).then(
      (data) => over.signal.aborted || set({ data, loading: false }),
      (error) => over.signal.aborted || set((before) => ({ data: before.data, error, loading: false })),
    );
    return () => over.abort();
  }, [turn, ...inputs]);
  // What is under way is not begun anew, or many events would keep a slow answer away for ever.
  const busy = useRef(false);
  const late = useRef(false);
  busy.current = state.loading;
  const reload = useCallback(() => {
    if (busy.current) late.current = true;
    else again((n) => n + 1);
  }, []);
  useEffect(() => {
    if (state.loading || !late.current) return;
    late.current = false;
    again((n) => n + 1);
  }, [state.loading]);
  const change = useCallback(
    /** @param {(data: T) => T} how */ (how) =>
      set((before) => (before.data === undefined ? before : { ...before, data: how(before.data) })),
    [],
  );
  return { data: state.data, error: state.error, loading: state.loading, reload, change };
}

/**
 * Ask again when a task began or ended, at most once in so many milliseconds.
 * @param {() => void} reload @param {(data: import("./api.js").Json) => boolean} [concerns] @param {number} [pause]
 */
export function useReloadOnTasks(reload, concerns = () => true, pause = 1000) {
  const timer = useRef(/** @type {ReturnType<typeof setTimeout> | undefined} */ (undefined));
  useEffect(() => () => clearTimeout(timer.current), []);
  useLive(({ type, data }) => {
    // `hello`: what happened between the first answer and the beginning of the stream is told nowhere else.
    const anew = type === "reset" || type === "hello" || (type === "task" && concerns(data));
    if (timer.current || !anew) return;
    timer.current = setTimeout(() => {
      timer.current = undefined;
      reload();
    }, pause);
  });
}

/** What was typed, once nobody has typed for a moment. @template T @param {T} value @param {number} [milliseconds] */
export function useSettled(value, milliseconds = 200) {
  const [settled, set] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => set(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
