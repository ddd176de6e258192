// Nobody loses what they wrote by a click: leaving a form that was changed is asked about first.
import { html, useEffect, useRef, useState } from "../../core/ui.js";
import { t } from "../../core/words.js";
import { Confirm } from "../../parts/dialog.js";

/** @param {string} address */
const place = (address) => {
  const [path, query] = new URL(address).hash.split("?", 2);
  return `${path} ${new URLSearchParams(query).get("edit") ?? ""}`;
};

/**
 * @param {boolean} changed whether there is something to lose
 * @returns {{question: any, free: () => void}} `free` lets the next step go unasked
 */
export function useGuard(changed) {
  const holds = useRef(changed);
  holds.current = changed;
  const freed = useRef(false);
  const [wanted, want] = useState("");
  useEffect(() => {
    /** Whether a step away has to wait for the answer. @param {string} address */
    const stays = (address) => {
      if (!holds.current || freed.current || place(address) === place(location.href)) return false;
      want(address);
      return true;
    };
    /** @param {any} event a step of the Navigation API: links, buttons and the way back */
    const leave = (event) => {
      if (event.cancelable && event.destination.sameDocument && stays(event.destination.url)) event.preventDefault();
    };
    /** @param {MouseEvent} event where a browser does not have that: links only */
    const follow = (event) => {
      const link = /** @type {Element} */ (event.target).closest?.("a[href]");
      if (link instanceof HTMLAnchorElement && !event.ctrlKey && !event.metaKey && stays(link.href))
        event.preventDefault();
    };
    /** @param {BeforeUnloadEvent} event */
    const close = (event) => {
      if (holds.current && !freed.current) event.preventDefault();
    };
    const { navigation } = /** @type {any} */ (window);
    if (navigation) navigation.addEventListener("navigate", leave);
    else document.addEventListener("click", follow, { capture: true });
    addEventListener("beforeunload", close);
    return () => {
      navigation?.removeEventListener("navigate", leave);
      document.removeEventListener("click", follow, { capture: true });
      removeEventListener("beforeunload", close);
    };
  }, []);
  const free = () => {
    freed.current = true;
  };
  const go = async () => {
    free();
    location.href = wanted;
  };
  const question =
    wanted &&
    html`<${Confirm} title=${t("Leave without saving?")} action=${t("Leave")} dangerous onClose=${() => want("")} onConfirm=${go}>
      <p>${t("What you changed here has not been saved.")}</p>
    </${Confirm}>`;
  return { question, free };
}
