// Language and colours: the viewer's own, kept by the browser.
import { html, useState } from "../core/ui.js";
import { choose, keep, kept, LANGUAGES, language, t } from "../core/words.js";
import { Choice } from "./form.js";

export function Settings() {
  const [theme, setTheme] = useState(kept("holdfast-theme") ?? "");
  /** @param {string} wanted */
  const paint = (wanted) => {
    keep("holdfast-theme", wanted || null);
    if (wanted) document.documentElement.dataset.theme = wanted;
    else delete document.documentElement.dataset.theme;
    setTheme(wanted);
  };
  const languages = /** @type {[string, string][]} */ (Object.entries(LANGUAGES));
  return html`<div class="settings">
    <${Choice} label=${t("Language")} value=${language()} onInput=${choose} options=${languages} />
    <${Choice} label=${t("Colours")} value=${theme} onInput=${paint}
      options=${[["", t("As the system")], ["light", t("Light")], ["dark", t("Dark")]]} />
  </div>`;
}
