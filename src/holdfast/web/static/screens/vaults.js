// Vaults: all of them, or the one that the address names.
import { useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { Vaults } from "./vaults/list.js";
import { Vault } from "./vaults/vault.js";

export default function Screen() {
  const [id] = useRoute().parts;
  return id ? html`<${Vault} key=${id} id=${id} />` : html`<${Vaults} />`;
}
