// Who one is, until when, and one's own password.
import { project, role, signIn, who } from "../../core/api.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Facts, Trouble, When } from "../../parts/basics.js";
import { Confirm, notice } from "../../parts/dialog.js";
import { Field } from "../../parts/form.js";
import { identity, roleWord, wrongOf } from "../accounts/identity.js";
import { Copied } from "../accounts/parts.js";
import { program, quoted } from "./lines.js";

export function Mine() {
  const me = who();
  const here = me?.projects.find((one) => one.id === project());
  return html`<${Card} title=${t("My session")}>
    <${Facts} facts=${[
      [t("User"), me?.user.name],
      [t("Domain"), me?.domain.name],
      [t("Project"), `${here?.name ?? ""} · ${roleWord(role())}`],
      [t("Signed in until"), html`<${When} at=${me?.expires_at} />`],
    ]} />
    <div class="account-ids">
      <${Copied} label=${t("My user id")} text=${me?.user.id ?? ""} />
      <${Copied} label=${t("Project id")} text=${project()} />
    </div>
  </${Card}>`;
}

export function Password() {
  const [present, setPresent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const differs = again !== "" && again !== wanted;
  /** @param {Event} event */
  const submit = (event) => {
    event.preventDefault();
    setError(undefined);
    if (present && wanted && again === wanted) setAsking(true);
  };
  const change = async () => {
    const me = /** @type {import("../../core/api.js").Session} */ (who());
    setAsking(false);
    try {
      await identity("POST", ["users", me.user.id, "password"], {
        user: { original_password: present, password: wanted },
      });
      await signIn(me.user.name, wanted, me.domain.name);
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
      return;
    }
    for (const set of [setPresent, setWanted, setAgain]) set("");
    notice(t("Your password is changed. You stay signed in here."));
  };
  return html`<${Card} title=${t("My password")}>
    <form onSubmit=${submit}>
      <${Trouble} error=${wrongOf(error, "password") ? undefined : error} />
      <${Field} label=${t("Present password")} type="password" value=${present} onInput=${setPresent} autocomplete="current-password" required />
      <${Field} label=${t("New password")} type="password" value=${wanted} onInput=${setWanted} wrong=${wrongOf(error, "password")} autocomplete="new-password" required />
      <${Field} label=${t("New password again")} type="password" value=${again} onInput=${setAgain} wrong=${differs ? t("The two differ.") : undefined} autocomplete="new-password" required />
      <${Act} type="submit" onClick=${() => {}} disabled=${!present || !wanted || again !== wanted}>${t("Change my password")}</${Act}>
    </form>
    ${
      asking &&
      html`<${Confirm} title=${t("Change your password?")} action=${t("Change it")} onClose=${() => setAsking(false)} onConfirm=${change}>
        <p>${t("Everything that is signed in with the old one is signed out: other browsers, the command line, programs. Access keys and application credentials go on.")}</p>
      </${Confirm}>`
    }
  </${Card}>`;
}

/** Where accounts are kept elsewhere: what can be made there, and how. */
export function Elsewhere() {
  const me = who();
  const here = me?.projects.find((one) => one.id === project());
  const place = me?.keystone_url ?? "";
  return html`<${Card} title=${t("Accounts are kept in Keystone")}>
    <p>${t("Your password and application credentials are those of the Keystone at {place}: change and make them there. Access keys are for accounts of this house.", { place })}</p>
    <${Copied} label=${t("Make an application credential")} lines text=${`openstack --os-auth-url ${quoted(place)} --os-username ${quoted(me?.user.name ?? "")} --os-user-domain-name ${quoted(me?.domain.name ?? "")} \\\n  --os-project-name ${quoted(here?.name ?? "")} --os-project-domain-name ${quoted(me?.domain.name ?? "")} \\\n  application credential create holdfast`} />
    <${Copied} label=${t("Then, for the openstack command line")} lines text=${program("…", "…", place)} />
  </${Card}>`;
}
