import { html, useId } from "../../core/ui.js";

/** One of several. @param {{group: string, label: any, checked: boolean, onChoose: () => void, help?: any}} props */
export function Radio({ group, label, checked, onChoose, help }) {
  const id = useId();
  return html`<div class=${`field check offer-one${checked ? " chosen" : ""}`}>
    <input id=${id} type="radio" name=${group} checked=${checked} onChange=${onChoose} />
    <label for=${id}>${label}${help && html`<small>${help}</small>`}</label>
  </div>`;
}
