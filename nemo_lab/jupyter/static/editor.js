/** Part 12: the whole, and the wires between its parts. */

const BEAT = 10_000;
const PATIENCE = 15_000;
const SILENT = "The kernel does not answer: it is busy, or it was restarted. After a restart, run the cell again.";
const GONE = "The kernel that made this is gone. Run the cell again: everything is kept.";
let pages = 0;

/** What the parts share: the model, the playhead, and events. Nothing of this leaves the page. */
function createPage(model, signal) {
  const number = (pages += 1);
  const events = new Map();
  const endings = [];
  const shown = [];
  const page = {
    model, time: 0, chosen: null, canTrim: false, server: probe(),
    media: { files: {}, film: null, preview: null, waiting: true },
    id: (name) => `nemo-${number}-${name}`,
    /** Say something to the kernel; after its restart Jupyter refuses, and the user must know. */
    send(message, buffers) {
      try {
        model.send(message, undefined, buffers);
      } catch {
        page.warn?.(GONE);
      }
    },
    /** Hear of a change of the model, a message of the kernel, or an event of the page; returns what ends it. */
    on(name, act) {
      if (name.startsWith("change:")) {
        model.on(name, act);
        shown.push(act);
        const off = () => model.off(name, act);
        endings.push(off);
        return off;
      }
      if (!events.has(name)) events.set(name, new Set());
      events.get(name).add(act);
      return () => events.get(name).delete(act);
    },
    emit: (name, ...facts) => events.get(name)?.forEach((act) => act(...facts)),
    atEnd: (act) => endings.push(act),
    /** Draw all once, when everything stands. */
    start: () => new Set(shown).forEach((act) => act()),
    end: () => endings.splice(0).forEach((act) => act()),
  };
  // A view is asked for often and changes seldom.
  let [known, shaped] = [null, EMPTY];
  page.view = () => {
    const raw = model.get("view");
    if (raw !== known) [known, shaped] = [raw, { ...EMPTY, ...(raw || {}) }];
    return shaped;
  };
  const hear = (content, buffers) => {
    if (typeof content?.type === "string") page.emit(content.type === "media" ? "addresses" : content.type, content, buffers ?? []);
  };
  model.on("msg:custom", hear);
  page.atEnd(() => model.off("msg:custom", hear));
  signal?.addEventListener("abort", page.end);
  return page;
}

/** Turn what the kernel says of media into addresses that this browser can use. */
function connectMedia(page) {
  let parts = [];
  let blob = null;
  page.on("addresses", async ({ files, film, proxy }) => {
    const server = await page.server;
    const usable = (path) => (path && (server || !path.startsWith("nemo/")) && jupyter().baseUrl ? address(path) : null);
    page.media.files = Object.fromEntries(
      Object.entries(files).map(([id, path]) => [id, usable(path)]).filter(([, url]) => url));
    page.media.film = usable(film);
    if (!blob) page.media.preview = usable(proxy);
    page.media.waiting = false;
    page.emit("media");
    if (page.wantsPreview && proxy && !usable(proxy)) page.send({ type: "bytes" });
  });
  page.on("bytes", ({ offset, total, media_type: type }, buffers) => {
    if (!offset) parts = [];
    parts.push(...buffers);
    if (parts.reduce((sum, part) => sum + part.byteLength, 0) < total) return;
    if (blob) URL.revokeObjectURL(blob);
    blob = URL.createObjectURL(new Blob(parts, { type }));
    parts = [];
    page.media.preview = blob;
    page.media.blob = true;
    page.emit("media");
  });
  page.askPreview = () => {
    page.wantsPreview = true;
    if (blob) URL.revokeObjectURL(blob);
    blob = null;
    page.media.blob = false;
    page.send({ type: "proxy" });
  };
  page.atEnd(() => blob && URL.revokeObjectURL(blob));
}

/** Notice when nobody answers any more: after a restart of the kernel the page looks alive and is not. */
function heartbeat(page, warn) {
  let sent = 0;
  let heard = performance.now();
  page.on("pong", () => {
    heard = performance.now();
    warn("");
  });
  const beat = setInterval(() => {
    page.send({ type: "ping", number: (sent += 1) });
    if (performance.now() - heard > BEAT + PATIENCE) {
      warn(SILENT);
    }
  }, BEAT);
  page.atEnd(() => clearInterval(beat));
}

function headPanel(page, inbox) {
  const title = h("span", { class: "nemo-title", dir: "auto" });
  const place = h("span", { class: "nemo-place" });
  const shareable = [
    h("button", { text: "Recipe", "aria-label": "Save as recipe", title: "Save as recipe", onclick: () => recipeDialog(page) }),
    h("button", { text: "Code", "aria-label": "Show as code", title: "Show as code", onclick: () => codeDialog(page) }),
    h("button", { class: "nemo-main", text: "Export …", onclick: () => exportDialog(page) }),
  ];
  const draw = () => {
    const { backend, credits, project } = page.model.get("status") || {};
    title.textContent = (project || "").split(" · ")[0];
    place.textContent = !backend ? "opening …"
      : backend === "local" ? "local · files stay on this machine"
        : `cloud · NemoVideo${credits ? ` · ${credits}` : ""}`;
    for (const button of shareable) button.disabled = !page.view().ready;
  };
  page.on("change:status", draw);
  page.on("change:view", draw);
  draw();
  return h("header", { class: "nemo-row nemo-header" }, title, place, h("span", { class: "nemo-gap" }),
    h("button", { text: "Upload", title: "Or drop or paste files anywhere here", onclick: inbox.choose }),
    h("button", { text: "Server files", title: "Files that are on the server already", onclick: () => filesDialog(page) }),
    h("button", { text: "Address", title: "A recording on the net", onclick: () => urlDialog(page) }),
    ...shareable, inbox.input);
}

/** One line that says what is going on; a screen reader is told, but not of every percent. */
function statusLine(page) {
  const visible = h("span", { class: "nemo-state", "aria-hidden": "true" });
  const spoken = h("span", { class: "nemo-spoken", role: "status" });
  const warning = h("span", { class: "nemo-warning", role: "alert" });
  const rendering = h("span", { class: "nemo-rendering" });
  const doing = { opening: "Opening …", chat: "Working …", upload: "Adding files …", export: "Exporting …", preview: "Rendering a preview …" };
  let last = "";
  const draw = () => {
    const busy = page.model.get("busy") || [];
    const fraction = page.model.get("film")?.fraction;
    const view = page.view();
    const text = busy.length ? doing[busy.at(-1)] ?? "" : view.ready ? view.summary : "Drop a recording here to begin.";
    visible.textContent = text;
    rendering.replaceChildren(...(typeof fraction === "number"
      ? [gauge("export", fraction), h("button", { text: "Cancel", "aria-label": "Cancel export", onclick: () => page.send({ type: "stop" }) })]
      : []));
    if (text !== last) spoken.textContent = last = text;
  };
  page.say = (text) => {
    spoken.textContent = visible.textContent = last = text;
  };
  for (const name of ["busy", "film", "view"]) page.on(`change:${name}`, draw);
  draw();
  const warn = (text) => {
    if (warning.textContent !== text) warning.textContent = text;
  };
  page.warn = warn;
  return { el: h("footer", { class: "nemo-row nemo-footer" }, visible, spoken, rendering, warning), warn };
}

function render({ model, el, signal }) {
  const page = createPage(model, signal);
  const root = h("div", { class: "nemo-editor" });
  page.root = root;
  const inbox = uploads(page);
  connectMedia(page);
  const foot = statusLine(page);
  const player = playerPanel(page);
  const timeline = timelinePanel(page);
  root.append(h("div", { class: "nemo-body" },
    h("div", { class: "nemo-top" }, headPanel(page, inbox), inbox.list), chatPanel(page), player, timeline, foot.el));
  // Keys of the player work wherever no text is typed and no button has the focus.
  player.addEventListener("keydown", (event) => {
    // The finished film has keys of its own.
    if (event.target.closest("video.nemo-film")) return;
    if (event.target.closest("button, a") && (event.key === " " || event.key === "Enter")) return;
    page.key(event);
  });
  inbox.receive(root);
  el.append(root);
  heartbeat(page, foot.warn);
  page.start();
  page.send({ type: "hello" });
  page.atEnd(() => page.player.destroy());
  return page.end;
}

export default { render };
