// Forms: each field says what is wrong with it, in its place.
import { html, useEffect, useId, useRef } from "../core/ui.js";

/**
 * @param {{label: string, value: any, onInput: (value: string) => void, type?: string, help?: any, wrong?: string, required?: boolean, placeholder?: string, autocomplete?: string, min?: number, max?: number, list?: string[], autofocus?: boolean, inputmode?: string}} props
 */
export function Field({ label, value, onInput, type = "text", help, wrong, list, autofocus, ...rest }) {
  const id = useId();
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  useEffect(() => {
    if (autofocus) input.current?.focus();
  }, []);
  const about = [help && `${id}-help`, wrong && `${id}-wrong`].filter(Boolean).join(" ") || null;
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input id=${id} type=${type} value=${value} aria-describedby=${about} aria-invalid=${wrong ? "true" : null} list=${list ? `${id}-list` : null}
      ref=${input} autofocus=${autofocus}
      onInput=${(/** @type {any} */ event) => onInput(event.target.value)} ...${rest} />
    ${list && html`<datalist id=${`${id}-list`}>${list.map((one) => html`<option key=${one} value=${one} />`)}</datalist>`}
    ${help && html`<small id=${`${id}-help`}>${help}</small>`}
    ${wrong && html`<small id=${`${id}-wrong`} class="wrong">${wrong}</small>`}
  </div>`;
}

/** @param {{label: string, value: any, onInput: (value: string) => void, options: [string, string][], help?: any, disabled?: boolean, unseen?: boolean}} props `options` are values and words */
export function Choice({ label, value, onInput, options, help, disabled, unseen = false }) {
  const id = useId();
  return html`<div class="field">
    <label for=${id} class=${unseen ? "unseen" : ""}>${label}</label>
    <select id=${id} disabled=${disabled} value=${value} onChange=${(/** @type {any} */ event) => onInput(event.target.value)}>
      ${options.map(([one, word]) => html`<option key=${one} value=${one} selected=${one === value}>${word}</option>`)}
    </select>
    ${help && html`<small>${help}</small>`}
  </div>`;
}

/** @param {{label: any, checked: boolean, onInput: (checked: boolean) => void, help?: any, disabled?: boolean, role?: string}} props */
export function Check({ label, checked, onInput, help, disabled, role }) {
  const id = useId();
  return html`<div class="field check">
    <input id=${id} type="checkbox" role=${role} checked=${checked} disabled=${disabled} onChange=${(/** @type {any} */ event) => onInput(event.target.checked)} />
    <label for=${id}>${label}${help && html`<small>${help}</small>`}</label>
  </div>`;
}
