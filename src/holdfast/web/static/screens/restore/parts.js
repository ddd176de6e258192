// What several steps of a restore are made of.
import { html, useEffect, useId, useRef } from "../../core/ui.js";
import { Icon } from "../../parts/icon.js";

/** One way of several, with what belongs to it below. @param {{group: string, label: any, icon?: string, checked: boolean, onChoose: () => void, help?: any, disabled?: boolean, children?: any}} props */
export function Way({ group, label, icon, checked, onChoose, help, disabled = false, children }) {
  const id = useId();
  return html`<div class=${`rs-way${checked ? " chosen" : ""}${disabled ? " disabled" : ""}`}>
    <input id=${id} type="radio" name=${group} checked=${checked} disabled=${disabled} onChange=${onChoose} aria-describedby=${help ? `${id}-help` : null} />
    <div>
      <label for=${id}>${icon && html`<${Icon} name=${icon} />`}${label}</label>
      ${help && html`<p id=${`${id}-help`} class="faint small">${help}</p>`}
      ${checked && children}
    </div>
  </div>`;
}

/** The heading of a step, which is read first when the step comes. @param {{children: any}} props */
export function StepTitle({ children }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return html`<h2 ref=${heading} class="rs-step-title" tabindex="-1">${children}</h2>`;
}

/** Something to be careful of, or to know. @param {{tone?: "warn" | "bad" | "calm" | "good", icon?: string, children?: any}} props */
export function Note({ tone = "warn", icon, children }) {
  const usual = { warn: "triangle-alert", bad: "circle-alert", calm: "circle-help", good: "circle-check" };
  return html`<div class=${`rs-note tone-${tone}`} role=${tone === "bad" ? "alert" : null}>
    <${Icon} name=${icon ?? usual[tone]} /><div>${children}</div>
  </div>`;
}

/** @type {Record<string, string>} */
const PICTURES = { dir: "folder", file: "file", symlink: "link" };

/** The picture of a file's kind. @param {{kind: string}} props */
export const KindIcon = ({ kind }) => html`<${Icon} name=${PICTURES[kind] ?? "file"} />`;

/** Where steps lead on. @param {{children?: any}} props */
export const StepFoot = ({ children }) => html`<footer class="rs-step-foot actions">${children}</footer>`;
