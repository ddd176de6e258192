// When the vaults are backed up and what is kept: all policies, one of them, a new one.
import { get, mayChange, post } from "../core/api.js";
import { useData } from "../core/data.js";
import { go, href, useRoute } from "../core/route.js";
import { html, useMemo, useRef } from "../core/ui.js";
import { t } from "../core/words.js";
import { Page } from "../parts/basics.js";
import { notice } from "../parts/dialog.js";
import { Detail } from "./policies/detail.js";
import { blank, bodyOf } from "./policies/draft.js";
import { PolicyForm } from "./policies/form.js";
import { List } from "./policies/list.js";

const SOME_VAULTS = 100;

export default function Screen() {
  const { parts } = useRoute();
  if (!parts[0]) return html`<${List} />`;
  return parts[0] === "new" && mayChange() ? html`<${New} />` : html`<${Detail} key=${parts[0]} id=${parts[0]} />`;
}

function New() {
  const before = useMemo(blank, []);
  const made = useRef("");
  const vaults = useData((signal) => get("vaults", { protect_type: "backup", limit: SOME_VAULTS }, signal), []);
  /** @param {import("./policies/draft.js").Draft} draft */
  const save = async (draft) => {
    made.current = (await post("policies", { policy: bodyOf(draft) })).policy.id;
  };
  const done = () => {
    notice(t("The policy is made. Put vaults on it."));
    go(["policies", made.current]);
  };
  return html`<${Page} title=${t("New policy")} above=${html`<a href=${href("policies")}>${t("Policies")}</a>`}
    lead=${t("When the vaults that follow it are backed up, and which backups stay.")}>
    <${PolicyForm} before=${before} vaults=${vaults.data?.vaults ?? []} save=${save} onDone=${done} onCancel=${() => go("policies")} />
  </${Page}>`;
}
