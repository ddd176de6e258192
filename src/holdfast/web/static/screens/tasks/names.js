// Names that were seen beside ids, so that filters are told in words.

/** @type {Map<string, string>} */
const names = new Map();

/** @param {string | null} id @param {string | null} name */
export function remember(id, name) {
  if (id && name) names.set(id, name);
}

/** The name of an id, or its beginning. @param {string} id */
export const nameOf = (id) => names.get(id) ?? (id.length > 20 ? `${id.slice(0, 8)}…` : id);
