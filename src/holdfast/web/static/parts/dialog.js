// Dialogs and short notices.
import { Problem } from "../core/api.js";
import { html, useEffect, useRef, useState } from "../core/ui.js";
import { t } from "../core/words.js";
import { Act, Trouble } from "./basics.js";
import { Icon } from "./icon.js";

/** A window over the page: Escape and the cross close it. @param {{title: string, onClose: () => void, wide?: boolean, children?: any}} props */
export function Dialog({ title, onClose, wide = false, children }) {
  const frame = useRef(/** @type {HTMLDialogElement | null} */ (null));
  useEffect(() => {
    const dialog = frame.current;
    dialog?.showModal();
    return () => dialog?.close();
  }, []);
  /** @param {Event} event */
  const cancel = (event) => {
    event.preventDefault();
    onClose();
  };
  return html`<dialog ref=${frame} class=${wide ? "wide" : ""} aria-label=${title} onCancel=${cancel}>
    <article>
      <header>
        <h2>${title}</h2>
        <button type="button" class="plain" aria-label=${t("Close")} onClick=${onClose}><${Icon} name="x" /></button>
      </header>
      ${children}
    </article>
  </dialog>`;
}

/**
 * A question before something that cannot be undone, or is seen by others. What is refused is told in it.
 * @param {{title: string, action: string, onClose: () => void, onConfirm: () => Promise<unknown>, dangerous?: boolean, typed?: string, children?: any}} props
 *   `typed` must be typed before it can be confirmed
 */
export function Confirm({ title, action, onClose, onConfirm, dangerous = false, typed, children }) {
  const [error, setError] = useState(/** @type {Error | undefined} */ (undefined));
  const [word, setWord] = useState("");
  const confirm = async () => {
    setError(undefined);
    try {
      await onConfirm();
    } catch (fault) {
      setError(/** @type {Error} */ (fault));
    }
  };
  return html`<${Dialog} title=${title} onClose=${onClose}>
    ${children}
    ${
      typed &&
      html`<label>${t("Type {word} to go on", { word: typed })}
        <input type="text" value=${word} autocomplete="off" onInput=${(/** @type {any} */ event) => setWord(event.target.value)} />
      </label>`
    }
    <${Trouble} error=${error} />
    <footer class="actions">
      <button type="button" class="secondary outline" onClick=${onClose}>${t("Cancel")}</button>
      <${Act} class=${dangerous ? "danger" : ""} disabled=${typed !== undefined && word !== typed} onClick=${confirm}>${action}</${Act}>
    </footer>
  </${Dialog}>`;
}

/** @type {(text: string, link?: {href: string, text: string}, bad?: boolean) => void} */
let show = () => {};

/** Say shortly that something was done. @param {string} text @param {{href: string, text: string}} [link] */
export const notice = (text, link) => show(text, link);

/** Where notices appear. */
export function Notices() {
  const [notices, set] = useState(
    /** @type {{id: number, text: string, link?: {href: string, text: string}, bad: boolean}[]} */ ([]),
  );
  useEffect(() => {
    let id = 0;
    show = (text, link, bad = false) => {
      const mine = ++id;
      set((before) => [...before.slice(-2), { id: mine, text, link, bad }]);
      setTimeout(() => set((before) => before.filter((one) => one.id !== mine)), 6000);
    };
    /** What was refused and nobody else tells, must not be lost. @param {PromiseRejectionEvent} event */
    const tell = (event) => {
      event.preventDefault();
      if (event.reason?.name === "AbortError") return;
      if (!(event.reason instanceof Problem)) console.error(event.reason);
      show(event.reason?.message ?? String(event.reason), undefined, true);
    };
    addEventListener("unhandledrejection", tell);
    return () => removeEventListener("unhandledrejection", tell);
  }, []);
  return html`<div class="notices" role="status" aria-live="polite">
    ${notices.map(
      ({ id, text, link, bad }) =>
        html`<p key=${id}><${Icon} name=${bad ? "circle-alert" : "check"} />${text} ${link && html`<a href=${link.href}>${link.text}</a>`}</p>`,
    )}
  </div>`;
}
