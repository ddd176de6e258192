// What people read, in their language. The English sentence is the key; `words/<language>/` has the others.

export const LANGUAGES = { en: "English", de: "Deutsch" };

/** @typedef {keyof typeof LANGUAGES} Language */

/** @type {Record<string, string>} */
let catalogue = {};
/** @type {Language} */
let current = "en";

/** The language that was chosen, or that the browser asks for. @returns {Language} */
export function preferred() {
  const asked = [kept("holdfast-language"), ...navigator.languages].map((one) => one?.slice(0, 2));
  return /** @type {Language} */ (asked.find((one) => one && one in LANGUAGES) ?? "en");
}

/** Speak a language from now on. @param {Language} language */
export async function speak(language) {
  catalogue = language === "en" ? {} : (await import(`../words/${language}.js`)).default;
  current = language;
  document.documentElement.lang = language;
}

/** Keep the choice and begin anew. @param {Language} language */
export function choose(language) {
  keep("holdfast-language", language);
  location.reload();
}

/** @returns {Language} */
export const language = () => current;

/** How figures and times are written: as the browser asks for it, where that is the language that is spoken. */
export const locale = () => navigator.languages.find((one) => one.startsWith(current)) ?? current;

/** @type {Map<string, any>} */
const writers = new Map();

/**
 * One of `Intl`, for the viewer's language; kept, as to make one takes longer than a hundred uses of it.
 * @template T @param {new (locales: string, options?: any) => T} Kind @param {object} [options] @returns {T}
 */
export function writer(Kind, options) {
  const key = `${Kind.name} ${locale()} ${JSON.stringify(options)}`;
  if (!writers.has(key)) writers.set(key, new Kind(locale(), options));
  return writers.get(key);
}

/**
 * A sentence in the viewer's language; `{name}` stands for a value.
 * @param {string} sentence @param {Record<string, unknown>} [values]
 */
export function t(sentence, values) {
  return filled(catalogue[sentence] ?? sentence, values);
}

/**
 * The same where there is one or several of something; `{n}` is the number, written as people there do.
 * @param {number} n @param {string} one @param {string} several @param {Record<string, unknown>} [values]
 */
export function tn(n, one, several, values) {
  const forms = (catalogue[`${one}|${several}`] ?? `${one}|${several}`).split("|");
  const form = writer(Intl.PluralRules).select(n) === "one" ? forms[0] : forms[1];
  return filled(form, { n: writer(Intl.NumberFormat).format(n), ...values });
}

/** @param {string} sentence @param {Record<string, unknown>} [values] */
function filled(sentence, values) {
  return values ? sentence.replace(/\{(\w+)\}/g, (all, name) => String(values[name] ?? all)) : sentence;
}

/** What this browser keeps under a name, if it keeps anything. @param {string} name */
export function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

/** Have the browser keep something, or nothing. @param {string} name @param {string | null} value */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(name);
    else localStorage.setItem(name, value);
  } catch {
    // It is chosen anew the next time.
  }
}
