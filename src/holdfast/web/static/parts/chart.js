// Curves over time, by uPlot, which is loaded when the first one is shown.
import { html, useEffect, useRef } from "../core/ui.js";

/** A colour of the style sheet, as it is now: light or dark is decided where it is used. @param {string} name @param {number} [percent] of it, the rest of what is behind */
export function colour(name, percent = 100) {
  const used = document.createElement("i");
  used.style.color = `color-mix(in srgb, var(${name}) ${percent}%, transparent)`;
  document.body.append(used);
  const { color } = getComputedStyle(used);
  used.remove();
  return color;
}

/**
 * A picture of figures; `label` says in words what it shows, for those who do not see it.
 * @param {{options: (colours: typeof colour) => Record<string, any>, data: (number | null)[][], label: string, height?: number}} props `options` are uPlot's, without width and height
 */
export function Chart({ options, data, label, height = 220 }) {
  const frame = useRef(/** @type {HTMLDivElement | null} */ (null));
  const latest = useRef({ options, data });
  latest.current = { options, data };
  useEffect(() => {
    const place = /** @type {HTMLDivElement} */ (frame.current);
    /** @type {any} */
    let plot;
    let over = false;
    let drawing = 0;
    const draw = async () => {
      const mine = ++drawing;
      const uPlot = /** @type {any} */ ((await import("../vendor/uplot.js")).default);
      if (over || mine !== drawing) return;
      plot?.destroy();
      plot = new uPlot(
        { width: place.clientWidth, height, ...latest.current.options(colour) },
        latest.current.data,
        place,
      );
    };
    const size = new ResizeObserver(() => plot?.setSize({ width: place.clientWidth, height }));
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const theme = new MutationObserver(draw);
    draw();
    size.observe(place);
    scheme.addEventListener("change", draw);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      over = true;
      size.disconnect();
      theme.disconnect();
      scheme.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [data, height]);
  return html`<div ref=${frame} class="chart" role="img" aria-label=${label}></div>`;
}
