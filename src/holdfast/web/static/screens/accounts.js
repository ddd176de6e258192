// Who may sign in, what they are in which project, and who asked for what.
import { administers, who } from "../core/api.js";
import { href, useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { t } from "../core/words.js";
import { Page } from "../parts/basics.js";
import { Audit } from "./accounts/audit.js";
import { Elsewhere, NotYours, Tabs } from "./accounts/parts.js";
import { Account } from "./accounts/user.js";
import { Users } from "./accounts/users.js";

export default function Screen() {
  const { parts, query } = useRoute();
  const kept = who()?.keystone_url;
  if (parts[0] && administers() && !kept) return html`<${Account} key=${parts[0]} id=${parts[0]} />`;
  const tab = query.get("tab") === "audit" ? "audit" : "users";
  const lead = t("Who may sign in to the domain {name}, and who asked for what.", { name: who()?.domain.name });
  return html`<${Page} title=${t("Accounts")} lead=${lead}>
    <${Tabs} label=${t("Accounts")} here=${tab} tabs=${[
      ["users", t("Users"), href("accounts")],
      ["audit", t("Audit trail"), href("accounts", { tab: "audit" })],
    ]} />
    ${tab === "audit" ? html`<${Audit} />` : kept ? html`<${Elsewhere} />` : administers() ? html`<${Users} />` : html`<${NotYours} />`}
  </${Page}>`;
}
