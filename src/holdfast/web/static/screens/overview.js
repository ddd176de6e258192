import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Page } from "../parts/basics.js";

export default function Screen() {
  return html`<${Page} title=${t("Overview")} />`;
}
