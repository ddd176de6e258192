// Everything that was asked for, is being done or has ended; and all about one of them.
import { useRoute } from "../core/route.js";
import { html } from "../core/ui.js";
import { List } from "./tasks/list.js";
import { One } from "./tasks/one.js";

export default function Screen() {
  const { parts } = useRoute();
  return parts[0] ? html`<${One} key=${parts[0]} id=${parts[0]} />` : html`<${List} />`;
}
