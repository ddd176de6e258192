// Backups: all of them, or one with what is in it.
import { useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { Backups } from "./backups/list.js";
import { One } from "./backups/one.js";

export default function Screen() {
  const { parts } = useRoute();
  return parts[0] ? html`<${One} key=${parts[0]} id=${parts[0]} />` : html`<${Backups} />`;
}
