// Where the viewer is: `#/<project>/<screen>/<id>?<filters>`. Every view has an address that can be shared.
import { enter, project, who, written } from "./api.js";
import { useEffect, useState } from "./ui.js";
import { keep, kept } from "./words.js";

/** @typedef {{screen: string, parts: string[], query: URLSearchParams}} Route */

/** @returns {Route} */
export function route() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?", 2);
  const [, screen, ...parts] = path.split("/").map(decoded);
  return { screen: screen || "overview", parts, query: new URLSearchParams(query ?? "") };
}

/** Go into the project that the address names, or the last one, or the first. */
export function settle() {
  const named = decoded(location.hash.replace(/^#\/?/, "").split(/[/?]/, 1)[0]);
  const mine = (who()?.projects ?? []).map((one) => one.id);
  const found = [named, kept("holdfast-project") ?? "", ...mine].find((id) => mine.includes(id)) ?? "";
  enter(found);
  if (!found) return;
  keep("holdfast-project", found);
  if (found !== named) history.replaceState(null, "", href(""));
}

/** The address of a screen in this project. @param {string | string[]} path @param {import("./api.js").Query} [query] */
export function href(path, query) {
  const steps = Array.isArray(path) ? path.map(encodeURIComponent).join("/") : path;
  return `#/${project()}/${steps}${written(query)}`;
}

/** @param {string | string[]} path @param {import("./api.js").Query} [query] */
export function go(path, query) {
  location.hash = href(path, query);
}

/** Change what the address says of this view, without a new entry in the history. @param {import("./api.js").Query} changes */
export function narrow(changes) {
  const { query } = route();
  for (const [name, value] of Object.entries(changes)) {
    query.delete(name);
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") query.append(name, String(one));
    }
  }
  const path = location.hash.split("?", 1)[0];
  history.replaceState(history.state, "", query.size ? `${path}?${query}` : path);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

/** The route, followed. @returns {Route} */
export function useRoute() {
  const [now, set] = useState(route);
  useEffect(() => {
    const follow = () => set(route());
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return now;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
