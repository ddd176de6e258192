// The viewer's own: session, password, access keys and application credentials.
import { who } from "../core/api.js";
import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Page } from "../parts/basics.js";
import { AccessKeys } from "./credentials/access_keys.js";
import { Programs } from "./credentials/application_credentials.js";
import { Elsewhere, Mine, Password } from "./credentials/mine.js";

export default function Screen() {
  const lead = t("How you, and programs in your name, prove who they are.");
  if (who()?.keystone_url) {
    return html`<${Page} title=${t("Credentials")} lead=${lead}><${Mine} /><${Elsewhere} /></${Page}>`;
  }
  return html`<${Page} title=${t("Credentials")} lead=${lead}>
    <div class="grid-2"><${Mine} /><${Password} /></div>
    <${AccessKeys} />
    <${Programs} />
  </${Page}>`;
}
