// What there is to protect: all of it, or one resource.
import { useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { List } from "./resources/list.js";
import { One } from "./resources/one.js";

export default function Screen() {
  const { parts } = useRoute();
  return parts[0] ? html`<${One} key=${parts[0]} id=${parts[0]} />` : html`<${List} />`;
}
