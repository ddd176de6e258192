// The one place where the console meets its view library: components are functions, markup is html`…`.
import * as hooks from "../vendor/hooks.js";
import htm from "../vendor/htm.js";
import * as preact from "../vendor/preact.js";

/** @template T @param {unknown} value @returns {T} */
const as = (value) => /** @type {T} */ (value);

/** @type {(strings: TemplateStringsArray, ...values: unknown[]) => any} */
export const html = as(htm.bind(preact.h));
/** @type {typeof import("preact").render} */
export const render = as(preact.render);
/** @type {typeof import("preact").Component} */
export const Component = as(preact.Component);
/** @type {typeof import("preact").Fragment} */
export const Fragment = as(preact.Fragment);
/** @type {typeof import("preact").createContext} */
export const createContext = as(preact.createContext);
/** @type {typeof import("preact/hooks").useState} */
export const useState = as(hooks.useState);
/** @type {typeof import("preact/hooks").useEffect} */
export const useEffect = as(hooks.useEffect);
/** @type {typeof import("preact/hooks").useLayoutEffect} */
export const useLayoutEffect = as(hooks.useLayoutEffect);
/** @type {typeof import("preact/hooks").useMemo} */
export const useMemo = as(hooks.useMemo);
/** @type {typeof import("preact/hooks").useRef} */
export const useRef = as(hooks.useRef);
/** @type {typeof import("preact/hooks").useCallback} */
export const useCallback = as(hooks.useCallback);
/** @type {typeof import("preact/hooks").useContext} */
export const useContext = as(hooks.useContext);
/** @type {typeof import("preact/hooks").useErrorBoundary} */
export const useErrorBoundary = as(hooks.useErrorBoundary);
/** @type {typeof import("preact/hooks").useId} */
export const useId = as(hooks.useId);
