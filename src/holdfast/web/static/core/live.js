// What happens to the project's tasks, as it happens. All tabs of a browser share one stream: the tab that
// holds a lock listens to the server and tells the others; when it closes, the next one goes on where it was.
import { get, project } from "./api.js";
import { useEffect, useRef, useState } from "./ui.js";

/** @typedef {{type: "hello" | "reset" | "task" | "progress", data: import("./api.js").Json}} Told */
/** @typedef {"connecting" | "live" | "broken"} State */

const TYPES = /** @type {const} */ (["hello", "reset", "task", "progress"]);
const LONGEST_PAUSE = 30_000;

class Line {
  /** @param {string} id of the project */
  constructor(id) {
    this.id = id;
    /** @type {Set<(told: Told) => void>} */
    this.listeners = new Set();
    /** @type {Set<(state: State) => void>} */
    this.watchers = new Set();
    /** @type {State} */
    this.state = "connecting";
    this.last = "";
    this.leads = false;
    this.over = new AbortController();
    // Locks are only there over HTTPS and on this machine: without them each tab has a stream of its own.
    this.shared = "locks" in navigator;
    this.channel = new BroadcastChannel(`holdfast-live-${id}`);
    if (!this.shared) {
      this.listen();
      return;
    }
    this.channel.onmessage = ({ data }) => this.hear(data);
    this.channel.postMessage({ asks: true });
    navigator.locks.request(`holdfast-live-${id}`, { signal: this.over.signal }, () => this.listen()).catch(() => {}); // the line was closed before its turn came
  }

  /** @param {{told?: Told, state?: State, last?: string, asks?: boolean}} message */
  hear({ told, state, last, asks }) {
    if (asks && this.leads) this.channel.postMessage({ state: this.state, last: this.last });
    if (last) this.last = last;
    if (state && state !== this.state) {
      this.state = state;
      for (const watcher of this.watchers) watcher(state);
    }
    if (told) for (const listener of this.listeners) listener(told);
  }

  /** @param {{told?: Told, state?: State, last?: string}} message */
  tell(message) {
    if (this.shared) this.channel.postMessage(message);
    this.hear(message);
  }

  /** Listen to the server until the line is closed. */
  async listen() {
    let pause = 1000;
    this.leads = true;
    while (!this.over.signal.aborted) {
      const began = Date.now();
      await this.follow();
      // A session that has ended is told as such by any call, and by no stream.
      if (!this.over.signal.aborted) await get("holdfast/overdue", { limit: 1 }).catch(() => {});
      pause = Date.now() - began > LONGEST_PAUSE ? 1000 : Math.min(pause * 2, LONGEST_PAUSE);
      await this.rest(pause);
    }
  }

  /** One connection, as long as the browser keeps it: it comes back by itself after short breaks. */
  follow() {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const after = this.last ? `?last_event_id=${this.last}` : "";
        const source = new EventSource(`/v3/${this.id}/events${after}`);
        const end = () => {
          source.close();
          this.over.signal.removeEventListener("abort", end);
          resolve();
        };
        source.onopen = () => this.tell({ state: "live" });
        source.onerror = () => {
          this.tell({ state: "broken" });
          if (source.readyState === EventSource.CLOSED) end();
        };
        for (const type of TYPES) {
          source.addEventListener(type, (event) => {
            const told = { type, data: JSON.parse(event.data) };
            this.tell({ told, state: "live", last: event.lastEventId || this.last });
          });
        }
        this.over.signal.addEventListener("abort", end, { once: true });
      })
    );
  }

  /** @param {number} milliseconds */
  rest(milliseconds) {
    return /** @type {Promise<void>} */ (
      new Promise((resolve) => {
        const stop = () => {
          clearTimeout(timer);
          this.over.signal.removeEventListener("abort", stop);
          resolve();
        };
        const timer = setTimeout(stop, milliseconds);
        this.over.signal.addEventListener("abort", stop);
      })
    );
  }

  close() {
    this.over.abort();
    this.channel.close();
  }
}

/** @type {Line | null} */
let open = null;

function line() {
  if (open?.id !== project()) {
    open?.close();
    open = new Line(project());
  }
  return open;
}

/** Nobody is signed in any more: nothing is listened to. */
export function hangUp() {
  open?.close();
  open = null;
}

/** Hear what happens for as long as a component is shown. @param {(told: Told) => void} handler */
export function useLive(handler) {
  const latest = useRef(handler);
  latest.current = handler;
  useEffect(() => {
    const here = line();
    /** @param {Told} told */
    const listener = (told) => latest.current(told);
    here.listeners.add(listener);
    return () => void here.listeners.delete(listener);
  }, [project()]);
}

/** Whether the stream is heard. @returns {State} */
export function useLiveState() {
  const [state, set] = useState(() => line().state);
  useEffect(() => {
    const here = line();
    set(here.state);
    here.watchers.add(set);
    return () => void here.watchers.delete(set);
  }, [project()]);
  return state;
}
