import { signIn } from "../core/api.js";
import { html, useEffect, useState } from "../core/ui.js";
import { t } from "../core/words.js";
import { Trouble } from "../parts/basics.js";
import { Field } from "../parts/form.js";
import { Settings } from "../parts/settings.js";

/** @param {{onDone: () => void}} props */
export function SignIn({ onDone }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [domain, setDomain] = useState("Default");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  useEffect(() => {
    document.title = `${t("Sign in")} · holdfast`;
  }, []);
  /** @param {Event} event */
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await signIn(name, password, domain);
      onDone();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
      setBusy(false);
    }
  };
  return html`<main class="sign-in">
    <form onSubmit=${submit}>
      <h1><img src=${new URL("../mark.svg", import.meta.url).href} alt="" width="36" height="36" />holdfast</h1>
      <p class="lead">${t("See at a glance that your data can come back.")}</p>
      <${Trouble} error=${error} />
      <${Field} label=${t("User")} value=${name} onInput=${setName} autocomplete="username" required autofocus />
      <${Field} label=${t("Password")} type="password" value=${password} onInput=${setPassword} autocomplete="current-password" required />
      <details>
        <summary>${t("Another domain")}</summary>
        <${Field} label=${t("Domain")} value=${domain} onInput=${setDomain} required />
      </details>
      <button type="submit" aria-busy=${busy ? "true" : null} disabled=${busy}>${t("Sign in")}</button>
      <p class="small faint">${t("The first administrator's name and password are in credentials.json, in the data folder of the server.")}</p>
      <${Settings} />
    </form>
  </main>`;
}
