/**
 * The editor's page, part 1: elements, times, addresses. All parts become one module (see widget.py);
 * texts of users and models only ever go through textContent.
 *
 * @typedef {{id: string, start: number, length: number, label?: string, asset?: string, source?: number,
 *   speed?: number, volume?: number, blend?: number, kind?: string, protected?: boolean}} Segment
 * @typedef {{name: string, kind: string, main: boolean, segments: Segment[]}} Track
 * @typedef {{id: string, name: string, kind: string, length: number, width?: number, height?: number}} File
 * @typedef {{ready: boolean, length: number, rate: string, tracks: Track[], edl: any[][], files: File[],
 *   effects: string[], changed: string[], summary: string}} View
 */

const EMPTY = {
  ready: false, length: 0, rate: "30/1", tracks: [], edl: [], files: [], effects: [], changed: [], summary: "",
};
const FOCUSABLE = new Set(["button", "input", "select", "textarea", "video", "audio", "a", "summary"]);

/** Make an element. JupyterLab's shortcuts are kept away from each one that can have the focus. */
function h(tag, props = {}, ...kids) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  if (FOCUSABLE.has(tag) || "tabindex" in props) node.setAttribute("data-lm-suppress-shortcuts", "true");
  if (tag === "button" && !("type" in props)) node.type = "button";
  node.append(...kids.filter((kid) => kid !== null && kid !== undefined));
  return node;
}

/** Make an icon: a path on a 16 by 16 grid, invisible to screen readers. */
function icon(path) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const shape = document.createElementNS(space, "path");
  shape.setAttribute("d", path);
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  svg.append(shape);
  return svg;
}

const ICONS = {
  play: "M4 2.5v11l9-5.5z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
  back: "M11 3v10L5 8zM3 3h2v10H3z",
  forward: "M5 3v10l6-5zM11 3h2v10h-2z",
  frameBack: "M10 3v10L4 8zM12 3h1v10h-1z",
  frameOn: "M6 3v10l6-5zM3 3h1v10H3z",
  sound: "M2 6v4h3l4 3V3L5 6zM11 5.5a3.5 3.5 0 0 1 0 5zM11 3v1a4.5 4.5 0 0 1 0 8v1a5.5 5.5 0 0 0 0-10z",
  mute: "M2 6v4h3l4 3V3L5 6zM11 6l1-1 1.5 1.5L15 5l1 1-1.5 1.5L16 9l-1 1-1.5-1.5L12 10l-1-1 1.5-1.5z",
  undo: "M6 3 2 7l4 4V8h4a2 2 0 0 1 0 4H7v2h3a4 4 0 0 0 0-8H6z",
  redo: "m10 3 4 4-4 4V8H6a2 2 0 0 0 0 4h3v2H6a4 4 0 0 1 0-8h4z",
  remove: "M5 2h6v1h3v1H2V3h3zM3 5h10l-.8 9H3.800z",
  left: "M3 2h2v12H3zM7 7h6v2H7zM9 5v6L6 8z",
  right: "M11 2h2v12h-2zM3 7h6v2H3zM7 5v6l3-3z",
  restore: "M8 3a5 5 0 1 1-5 5h2a3 3 0 1 0 3-3v2L4 4l4-3z",
  plus: "M7 3h2v4h4v2H9v4H7V9H3V7h4z",
  minus: "M3 7h10v2H3z",
  fit: "M2 3h1v10H2zM13 3h1v10h-1zM4 8l3-3v2h2V5l3 3-3 3V9H7v2z",
};

/** A button with an icon; its name is read out and shown as a tip. */
function tool(name, path, act, keys) {
  const title = keys ? `${name} (${keys})` : name;
  return h("button", { class: "nemo-tool", title, "aria-label": name, onclick: act }, icon(path));
}

const limit = (value, low, high) => Math.min(Math.max(value, low), high);

/** A time in ms as ``1:02.50``; without ``exact``, tenths only where they are not zero. */
function clock(ms, exact = false) {
  const whole = Math.max(0, Math.round(ms / 10));
  const minutes = Math.floor(whole / 6000);
  const seconds = (whole % 6000) / 100;
  const text = exact ? seconds.toFixed(2) : seconds % 1 ? seconds.toFixed(1) : String(seconds);
  const shown = `${minutes % 60}:${seconds < 10 ? "0" : ""}${text}`;
  const hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${minutes % 60 < 10 ? "0" : ""}${shown}` : shown;
}

function bytes(size) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let step = 0;
  while (size >= 1000 && step < units.length - 1) {
    size /= 1000;
    step += 1;
  }
  return `${size < 10 && step ? size.toFixed(1) : Math.round(size)} ${units[step]}`;
}

/** Jupyter's own settings, where the page has them. */
function jupyter() {
  try {
    return JSON.parse(document.getElementById("jupyter-config-data")?.textContent || "{}");
  } catch {
    return {};
  }
}

/** An address below Jupyter's base URL; a relative one would be taken for one below /lab/tree/. */
function address(path) {
  return new URL(path, new URL(jupyter().baseUrl || "/", location.href)).href;
}

/** Headers that Jupyter's server wants of whoever changes something. */
function xsrf() {
  const cookie = document.cookie.match(/(?:^|; )_xsrf=([^;]+)/)?.[1];
  const token = jupyter().token;
  return { ...(cookie ? { "X-XSRFToken": cookie } : {}), ...(token ? { Authorization: `token ${token}` } : {}) };
}

/** Ask once whether our server extension is there: ``{chunk}``, or null. */
async function probe() {
  try {
    const reply = await fetch(address("nemo/ping"), { headers: xsrf(), signal: AbortSignal.timeout(4000) });
    const facts = reply.ok ? await reply.json() : null;
    return typeof facts?.chunk === "number" ? facts : null;
  } catch {
    return null;
  }
}

/** Call a function at most once per frame. */
function perFrame(work) {
  let asked = 0;
  return () => {
    asked ||= requestAnimationFrame(() => {
      asked = 0;
      work();
    });
  };
}

/** The last place in a sorted list whose key is at most the value; -1 when there is none. */
function lastAtMost(list, value, key) {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
