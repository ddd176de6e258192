// The repository behind a vault: how stock restic opens it, and how what it did there gets into the catalogue.
import { get, mayChange, post, project } from "../../core/api.js";
import { href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Act, Card, Trouble } from "../../parts/basics.js";
import { notice } from "../../parts/dialog.js";
import { Command } from "./parts.js";

/** @typedef {import("../../core/api.js").Json} Json */

/** @param {{vault: Json}} props */
export function Repository({ vault }) {
  const files = ["turbo", "file"].includes(vault.billing.object_type) && vault.billing.protect_type === "backup";
  return html`
    <${Opening} vault=${vault} />
    ${files && html`<${Sync} vault=${vault} />`}
  `;
}

/** @param {{vault: Json}} props */
function Opening({ vault }) {
  const [password, setPassword] = useState("");
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const address = `rest:${location.protocol}//ACCESS_KEY:SECRET_KEY@${location.host}/v3/${project()}/vaults/${vault.id}/repository/`;
  const lines = [
    `export RESTIC_REPOSITORY='${address}'`,
    `export RESTIC_PASSWORD='${password || "PASSWORD"}'`,
    "restic snapshots",
  ];
  const show = async () => {
    setError(undefined);
    try {
      setPassword((await get(["vaults", vault.id, "repository-key"])).password);
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<${Card} title=${t("Open it with stock restic")} class="repository">
    <p>${t("The vault is a restic repository, version 2. Any machine that reaches this service can list, check and restore with an unchanged restic, and back up into it.")}</p>
    <${Command} text=${lines.join("\n")} label=${t("Lines for a shell")} />
    <p class="small">
      ${t("ACCESS_KEY and SECRET_KEY are those of an access key of yours:")}${" "}<a href=${href("credentials")}>${t("make one")}</a>.${" "}
      ${t("An operator's key can add backups but take none away.")}
    </p>
    ${
      mayChange()
        ? html`<div class="actions">
            ${
              password
                ? html`<button type="button" class="secondary outline" onClick=${() => setPassword("")}>${t("Hide the password")}</button>`
                : html`<${Act} class="secondary outline" icon="eye" onClick=${show}>${t("Show the password")}</${Act}>`
            }
            <span class="small faint">${t("Whoever knows it, and reaches the store, can read every backup in this vault.")}</span>
          </div>`
        : html`<p class="small faint">${t("The password is told to operators and administrators of the project.")}</p>`
    }
    <${Trouble} error=${error} />
    <details class="vault-otherwise">
      <summary>${t("The same with the command line of holdfast")}</summary>
      <${Command} text=${`holdfast repo url ${vault.id} > vault.env\nset -a; . ./vault.env; set +a\nrestic snapshots`} label=${t("Lines for a shell, with holdfast")} />
    </details>
  </${Card}>`;
}

/** @param {{vault: Json}} props */
function Sync({ vault }) {
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const start = async () => {
    setError(undefined);
    try {
      const { sync } = await post("checkpoints/sync", { sync: { vault_id: vault.id, auto_trigger: false } });
      notice(t("The vault is looked through."), { href: href(["tasks", sync.operation_log_id]), text: t("Watch it") });
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<${Card} title=${t("Synchronize with the catalogue")}>
    <p>${t("What stock restic backed up here becomes a backup like all others, and what restic forget removed is taken off the list.")}</p>
    <${Trouble} error=${error} />
    ${mayChange() && html`<${Act} class="secondary outline" icon="refresh-cw" onClick=${start}>${t("Synchronize now")}</${Act}>`}
  </${Card}>`;
}
