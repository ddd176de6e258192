// The small parts that every screen is made of.
import { Problem } from "../core/api.js";
import { ago, time, utc } from "../core/format.js";
import { html, useEffect, useRef, useState } from "../core/ui.js";
import { t } from "../core/words.js";
import { Icon } from "./icon.js";

/**
 * A screen: its title is the window's, and what is read first when it opens.
 * @param {{title: string, above?: any, lead?: any, actions?: any, children?: any}} props `above` is a way back
 */
export function Page({ title, above, lead, actions, children }) {
  const heading = useRef(/** @type {HTMLHeadingElement | null} */ (null));
  useEffect(() => {
    document.title = `${title} · holdfast`;
  }, [title]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return html`
    <header class="page-head">
      <div>
        ${above && html`<nav class="above" aria-label=${t("Where this is")}>${above}</nav>`}
        <h1 ref=${heading} tabindex="-1">${title}</h1>
        ${lead && html`<p class="lead">${lead}</p>`}
      </div>
      ${actions && html`<div class="actions">${actions}</div>`}
    </header>
    ${children}
  `;
}

/** A framed part of a screen. @param {{title?: string, actions?: any, class?: string, children?: any}} props */
export function Card({ title, actions, class: also = "", children }) {
  return html`<section class=${`card ${also}`} aria-label=${title}>
    ${title && html`<header class="card-head"><h2>${title}</h2>${actions && html`<div class="actions">${actions}</div>`}</header>`}
    ${children}
  </section>`;
}

/** @type {Record<string, [string, string]>} the tone and the picture of every word that states a condition */
const LOOKS = {
  success: ["good", "circle-check"],
  available: ["good", "circle-check"],
  protected: ["good", "shield-check"],
  running: ["busy", "loader-circle"],
  waiting: ["calm", "clock"],
  skipped: ["calm", "skip-forward"],
  cancelled: ["calm", "circle-slash"],
  failed: ["bad", "circle-x"],
  error: ["bad", "circle-x"],
  failing: ["bad", "circle-x"],
  timeout: ["bad", "timer"],
  overdue: ["warn", "triangle-alert"],
  unprotected: ["warn", "shield-off"],
  unproven: ["warn", "circle-help"],
  suspended: ["calm", "pause"],
  locked: ["calm", "lock"],
  deleting: ["busy", "trash-2"],
  protecting: ["busy", "loader-circle"],
  restoring: ["busy", "loader-circle"],
};

/** A condition in the viewer's language. @param {string} word */
export function said(word) {
  const known = {
    success: t("Success"),
    available: t("Available"),
    protected: t("Protected"),
    running: t("Running"),
    waiting: t("Waiting"),
    skipped: t("Skipped"),
    cancelled: t("Cancelled"),
    failed: t("Failed"),
    error: t("Error"),
    failing: t("Failing"),
    timeout: t("Timed out"),
    overdue: t("Overdue"),
    unprotected: t("Unprotected"),
    unproven: t("Unproven"),
    suspended: t("Suspended"),
    locked: t("Locked"),
    deleting: t("Being deleted"),
    protecting: t("Being backed up"),
    restoring: t("Being restored"),
  };
  return /** @type {Record<string, string>} */ (known)[word] ?? word;
}

/** A condition, as a picture and a word: never as a colour alone. @param {{is: string, children?: any}} props */
export function Status({ is, children }) {
  const [tone, picture] = LOOKS[is] ?? ["calm", "circle-dashed"];
  return html`<span class=${`status ${tone}`}><${Icon} name=${picture} /><span>${children ?? said(is)}</span></span>`;
}

/** A moment in the viewer's zone, exactly and in UTC on hover. @param {{at: string | Date | null | undefined, relative?: boolean, children?: any}} props `children`: other words that name it */
export function When({ at, relative = false, children }) {
  if (!at) return html`<span class="faint">–</span>`;
  return html`<time datetime=${utc(at).replace(" UTC", "Z").replace(" ", "T")} title=${utc(at)}>${children ?? (relative ? ago(at) : time(at))}</time>`;
}

/** How far something is; null where nobody knows. @param {{value: number | null, of?: number, label: string}} props */
export function Bar({ value, of = 100, label }) {
  return html`<progress class="bar" value=${value === null ? undefined : Math.min(value, of)} max=${of} aria-label=${label}></progress>`;
}

/** What stands where nothing is yet: what it would be, and what to do. @param {{icon?: string, title: string, children?: any, action?: any}} props */
export function Empty({ icon = "circle-dashed", title, children, action }) {
  return html`<div class="empty">
    <${Icon} name=${icon} />
    <p class="empty-title">${title}</p>
    ${children && html`<p>${children}</p>`}
    ${action}
  </div>`;
}

/** It is being asked for; shown after a moment only, so that what is quick does not flicker. @param {{lines?: number}} props */
export function Loading({ lines = 4 }) {
  return html`<div class="loading" role="status" aria-label=${t("Loading")}>
    ${Array.from({ length: lines }, (_, number) => html`<span key=${number}></span>`)}
  </div>`;
}

/** What to do next, by the way something was refused. @param {Error} error */
function advice(error) {
  if (!(error instanceof Problem)) return t("This is a fault of the console. Reload the page; if it stays, report it.");
  if (error.status === 0) return t("Check that holdfast runs and that this machine reaches it, then try again.");
  if (error.status === 401) return t("Sign in again.");
  if (error.status === 403) return t("Ask an administrator of the project for the right to do this.");
  if (error.status === 404) return t("It may have been deleted meanwhile. Go back to the list.");
  if (error.status === 429 || error.status === 503) return t("Wait a moment, then try again.");
  if (error.status >= 500) return t("Look for the request in the server's log, then try again.");
  return t("Change what the message names, then try again.");
}

/** What happened, and what to do next. @param {{error: Error | undefined, retry?: () => void}} props */
export function Trouble({ error, retry }) {
  if (!error) return null;
  const problem = error instanceof Problem ? error : null;
  return html`<div class="trouble" role="alert">
    <${Icon} name="circle-alert" />
    <div>
      <p class="trouble-what">${error.message}</p>
      <p>${advice(error)}</p>
      ${problem?.request && html`<p class="faint small">${[problem.code, problem.request].filter(Boolean).join(" · ")}</p>`}
    </div>
    ${retry && html`<button type="button" class="secondary outline small" onClick=${retry}>${t("Try again")}</button>`}
  </div>`;
}

/** The three states of what is asked for: not there yet, not to be had, there. @param {{of: import("../core/data.js").Data<any>, lines?: number, children: (data: any) => any}} props */
export function Shown({ of, lines, children }) {
  return html`
    <${Trouble} error=${of.error} retry=${of.reload} />
    ${of.data !== undefined ? children(of.data) : of.error ? null : html`<${Loading} lines=${lines} />`}
  `;
}

/** A button that does something that takes a while, once. @param {{onClick?: () => Promise<unknown> | unknown, class?: string, icon?: string, disabled?: boolean, type?: string, title?: string, children?: any}} props */
export function Act({ onClick, class: also = "", icon, disabled, type = "button", title, children }) {
  const [busy, set] = useState(false);
  const act = async () => {
    set(true);
    try {
      await onClick?.();
    } finally {
      set(false);
    }
  };
  return html`<button type=${type} class=${also} disabled=${disabled || busy} aria-busy=${busy ? "true" : null} title=${title} onClick=${onClick && act}>
    ${icon && !busy && html`<${Icon} name=${icon} />`}${children}
  </button>`;
}

/** A term and what it is. @param {{facts: [string, any][]}} props rows without a value are left out */
export function Facts({ facts }) {
  return html`<dl class="facts">
    ${facts
      .filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}
