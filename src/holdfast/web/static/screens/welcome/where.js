// Where the backups go: a vault that there is, or a new one.
import { get, Problem, post } from "../../core/api.js";
import { useData } from "../../core/data.js";
import { bytes } from "../../core/format.js";
import { go, href } from "../../core/route.js";
import { html, useState } from "../../core/ui.js";
import { t, tn } from "../../core/words.js";
import { Act, Shown, Trouble } from "../../parts/basics.js";
import { Choice, Field } from "../../parts/form.js";
import { newVault, objectOf, vaultName } from "./found.js";
import { Radio } from "./radio.js";

/** @typedef {import("../../core/api.js").Json} Json */

const MIB = 1024 ** 2;

/** @param {{found: import("./found.js").Found}} props */
export function Where({ found: { resource, vault } }) {
  const item = /** @type {Json} */ (resource);
  if (vault)
    return html`
      <p>${t("{name} is in the vault {vault}.", { name: item.name, vault: vault.name })}</p>
      <p class="faint">${t("It can move to another vault later, with all its backups.")} <a href=${href(["vaults", vault.id])}>${t("See the vault")}</a></p>
      <footer class="actions"><button type="button" onClick=${() => go("welcome", { resource: item.id, step: "when" })}>${t("Next")}</button></footer>
    `;
  return html`<${Vaults} resource=${item} />`;
}

/** @param {{resource: Json}} props */
function Vaults({ resource }) {
  const wanted = { object_type: objectOf(resource), protect_type: "backup", status: "available", limit: 50 };
  const vaults = useData((signal) => get("vaults", wanted, signal), [resource.id]);
  return html`<${Shown} of=${vaults}>${(/** @type {Json} */ known) => html`<${Choosing} resource=${resource} vaults=${known.vaults} more=${known.count - known.vaults.length} />`}</${Shown}>`;
}

/** @param {{resource: Json, vaults: Json[], more: number}} props `more` is how many vaults are not offered */
function Choosing({ resource, vaults, more }) {
  const [chosen, choose] = useState(vaults.find((one) => one.name === vaultName(resource))?.id ?? vaults[0]?.id ?? "");
  const [name, setName] = useState(vaultName(resource));
  const [room, setRoom] = useState("all");
  const [size, setSize] = useState("100");
  const [wrong, setWrong] = useState(/** @type {{name?: string, size?: string}} */ ({}));
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const submit = async () => {
    setError(undefined);
    setWrong({});
    const attached = { id: resource.id, type: resource.type, name: resource.name };
    try {
      if (chosen) await post(["vaults", chosen, "addresources"], { resources: [attached] });
      else if (!name.trim()) return setWrong({ name: t("A vault needs a name.") });
      else await post("vaults", newVault(name.trim(), room === "all" ? null : Number(size), resource));
      go("welcome", { resource: resource.id, step: "when" });
    } catch (fault) {
      const told = blamed(/** @type {Error} */ (fault));
      if (told) setWrong(told);
      else setError(/** @type {Error} */ (fault));
    }
  };
  const rooms = /** @type {[string, string][]} */ ([
    ["all", t("No limit but that of the storage")],
    ["some", t("A limit in GiB")],
  ]);
  return html`<form onSubmit=${(/** @type {Event} */ event) => event.preventDefault()}>
    <p>${t("A vault is where backups are kept: encrypted, and what is the same in several of them is stored only once. You can put more into it later.")}</p>
    ${
      vaults.length > 0 &&
      html`<fieldset class="welcome-offers"><legend>${t("Vault")}</legend>
        ${vaults.map((one) => html`<${Radio} key=${one.id} group="vault" label=${one.name} checked=${chosen === one.id} onChoose=${() => choose(one.id)} help=${t("{size} in use", { size: bytes(one.billing.used * MIB) })} />`)}
        ${more > 0 && html`<p class="and-more"><a href=${href("vaults")}>${tn(more, "and {n} more", "and {n} more")}</a></p>`}
        <${Radio} group="vault" label=${t("A new vault")} checked=${!chosen} onChoose=${() => choose("")} />
      </fieldset>`
    }
    ${
      !chosen &&
      html`<${Field} label=${t("Name of the vault")} value=${name} onInput=${setName} required autocomplete="off" wrong=${wrong.name} />
        <${Choice} label=${t("How much room backups may take")} value=${room} onInput=${setRoom} options=${rooms} />
        ${room === "some" && html`<${Field} label=${t("Limit in GiB")} type="number" min=${1} max=${10_485_760} value=${size} onInput=${setSize} wrong=${wrong.size} />`}`
    }
    <${Trouble} error=${error} />
    <footer class="actions"><${Act} type="submit" onClick=${submit}>${t("Next")}</${Act}></footer>
  </form>`;
}

/** @param {Error} error */
function blamed(error) {
  if (!(error instanceof Problem) || error.status !== 400) return null;
  const said = error.message.replace(/^Parameter verification failed\.\s*/, "");
  if (error.code.endsWith(".6101") || /size/.test(said)) return { size: said };
  return /vault\.name/.test(said) ? { name: t("A name has 1 to 64 letters, digits, _ and -.") } : null;
}
