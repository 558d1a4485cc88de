/** Part 8: the timeline: scrolling, zooming, the playhead, and where the pointer is. */

const LONGEST_PIXELS = 15_000_000;
const GRIP = 7;

/** Return the panel with the timeline. */
function timelinePanel(page) {
  const canvas = h("canvas", { class: "nemo-canvas", "aria-hidden": "true" });
  const spacer = h("div", { class: "nemo-spacer" });
  const head = h("div", { class: "nemo-head", "aria-hidden": "true" });
  const hover = h("div", { class: "nemo-hover", "aria-hidden": "true", hidden: true });
  const scroller = h("div", {
    class: "nemo-scroller", tabindex: "0", role: "slider", "aria-label": "Timeline, playhead",
    "aria-valuemin": "0", "aria-valuenow": "0", "aria-valuemax": "0", "aria-describedby": page.id("keys"),
  }, spacer, canvas, head, hover);
  const names = h("div", { class: "nemo-names", "aria-hidden": "true" });
  const context = canvas.getContext("2d");
  const strips = new Map();
  const asked = new Set();
  let scale = 0;
  let layout = { rows: [], height: 0 };
  let ghost = null;
  let drag = null;
  let fits = true;

  const fitting = () => Math.max(1e-6, (scroller.clientWidth - 8) / Math.max(1, page.view().length));
  const most = () => Math.max(fitting(), Math.min(0.5, LONGEST_PIXELS / Math.max(1, page.view().length)));
  const timeAt = (x) => limit((x + scroller.scrollLeft) / scale, 0, page.view().length);

  const draw = perFrame(() => {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [scroller.clientWidth, layout.height];
    if (!width) return;
    if (fits && scale !== fitting()) {
      scale = fitting();
      spacer.style.width = `${page.view().length * scale}px`;
      place();
    }
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const view = page.view();
    drawTimeline(context, {
      view, rows: layout.rows, left: scroller.scrollLeft, width, height, scale, strips, ghost,
      chosen: page.chosen, changed: new Set(view.changed), colours: palette(scroller),
    });
    page.frames = (page.frames || 0) + 1;
  });

  function place() {
    head.style.transform = `translateX(${page.time * scale}px)`;
    head.style.height = `${layout.height}px`;
  }

  /** Keep the playhead in sight while it plays. */
  function follow() {
    place();
    describe();
    if (!page.player.playing || drag) return;
    const x = page.time * scale - scroller.scrollLeft;
    if (x > scroller.clientWidth - 20 || x < 0) scroller.scrollLeft = page.time * scale - 60;
  }

  let described = 0;

  function describe(always = false) {
    // While it plays, a screen reader is not told every frame.
    if (!always && page.player.playing && performance.now() - described < 5000) return;
    described = performance.now();
    const view = page.view();
    const { segments } = mainTrack(view) ?? { segments: [] };
    const number = lastAtMost(segments, page.time, (segment) => segment.start);
    const what = segments.length ? `, clip ${number + 1} of ${segments.length}, ${segments[number]?.label ?? ""}` : "";
    scroller.setAttribute("aria-valuenow", String(Math.round(page.time)));
    scroller.setAttribute("aria-valuemax", String(view.length));
    scroller.setAttribute("aria-valuetext", `${clock(page.time, true)} of ${clock(view.length)}${what}`);
  }

  function resize() {
    spacer.style.width = `${Math.max(1, page.view().length * scale)}px`;
    spacer.style.height = `${layout.height}px`;
    place();
    draw();
  }

  /** Zoom by a factor; the moment under ``x`` stays where it is. */
  function zoom(factor, x = page.time * scale - scroller.scrollLeft) {
    const moment = timeAt(x);
    scale = limit(scale * factor, fitting(), most());
    fits = scale === fitting();
    resize();
    scroller.scrollLeft = moment * scale - x;
  }

  function fit() {
    fits = true;
    scale = fitting();
    resize();
    scroller.scrollLeft = 0;
  }

  function load() {
    const view = page.view();
    layout = rowsOf(view);
    if (page.chosen && !view.tracks.some((track) => track.segments.some((s) => s.id === page.chosen))) {
      page.chosen = null;
    }
    names.replaceChildren(
      h("div", { class: "nemo-name", style: `height:${RULER}px` }),
      ...layout.rows.map(({ track, height }) =>
        h("div", { class: "nemo-name", style: `height:${height + ROW_GAP}px`, text: track.name })));
    page.time = limit(page.time, 0, view.length);
    // Who has not zoomed in always sees the whole.
    scale = fits ? fitting() : limit(scale, fitting(), most());
    resize();
    describe(true);
    for (const { track } of layout.rows) {
      for (const { asset } of track.segments) if (asset && !asked.has(asset)) ask(asset);
    }
    page.shownAt = performance.now();
  }

  function ask(asset) {
    asked.add(asset);
    page.send({ type: "strip", asset });
  }

  async function take({ asset, none, ...facts }, buffers) {
    if (none) return;
    const [jpeg, peaks] = buffers.map((part) => new Uint8Array(part.buffer ?? part, part.byteOffset ?? 0, part.byteLength));
    const sheet = jpeg?.length ? await createImageBitmap(new Blob([jpeg], { type: "image/jpeg" })) : null;
    strips.set(asset, { ...facts, sheet, peaks });
    draw();
  }

  /** What lies under a place: the row, the segment, and whether the pointer is at one of its ends. */
  function under(x, y) {
    const row = layout.rows.find(({ top, height }) => y >= top && y < top + height);
    if (!row) return { row: null, segment: null, edge: null };
    const ms = (x + scroller.scrollLeft) / scale;
    const { segments } = row.track;
    const reach = GRIP / scale;
    const number = lastAtMost(segments, ms, (segment) => segment.start);
    const segment = segments[number];
    const inside = segment && ms < segment.start + segment.length;
    if (row.track.main && segment) {
      if (ms - segment.start < reach) return { row, segment, number, edge: "start" };
      if (Math.abs(segment.start + segment.length - ms) < reach) return { row, segment, number, edge: "end" };
    }
    return inside ? { row, segment, number, edge: null } : { row, segment: null, edge: null };
  }

  function point(event) {
    const box = scroller.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  scroller.addEventListener("scroll", draw);
  scroller.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey) return;
    event.preventDefault();
    zoom(Math.exp(-limit(event.deltaY, -200, 200) / 150), point(event)[0]);
  }, { passive: false });
  scroller.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const [x, y] = point(event);
    const found = under(x, y);
    scroller.setPointerCapture(event.pointerId);
    page.chosen = found.segment?.id ?? null;
    drag = found.edge && page.canTrim ? { ...found, from: timeAt(x) } : { seeks: true };
    page.leaveFilm();
    if (drag.seeks) page.player.seek(timeAt(x));
    draw();
    page.emit("chosen");
  });
  scroller.addEventListener("pointermove", (event) => {
    const [x, y] = point(event);
    if (drag?.seeks) page.player.seek(timeAt(x));
    else if (drag) ghost = trimGhost(page, drag, (x + scroller.scrollLeft) / scale);
    if (drag) draw();
    showHover(x, y);
  });
  scroller.addEventListener("pointerup", () => {
    if (drag && !drag.seeks && ghost) page.trim(drag, ghost);
    else if (drag && !drag.seeks) page.player.seek(drag.from);
    drag = ghost = null;
    draw();
  });
  scroller.addEventListener("pointercancel", () => {
    drag = ghost = null;
    draw();
  });
  scroller.addEventListener("pointerleave", () => {
    hover.hidden = true;
  });

  function showHover(x, y) {
    const { segment, edge, row } = under(x, y);
    scroller.style.cursor = edge && page.canTrim ? "ew-resize" : "default";
    hover.hidden = !page.view().length;
    const ms = timeAt(x);
    let text = clock(ms, true);
    if (segment && row?.track.main) text += ` · source ${clock((segment.source ?? 0) + (ms - segment.start) * (segment.speed ?? 1), true)}`;
    else if (segment) text += ` · ${clock(segment.start, true)}–${clock(segment.start + segment.length, true)}`;
    hover.textContent = text;
    const left = limit(x + 10, 0, Math.max(0, scroller.clientWidth - hover.offsetWidth - 4));
    hover.style.transform = `translate(${left + scroller.scrollLeft}px, 1px)`;
  }

  scroller.addEventListener("keydown", (event) => page.key(event));
  const observer = new ResizeObserver(load);
  observer.observe(scroller);
  page.atEnd(() => observer.disconnect());
  // What is drawn on a canvas does not follow a change of theme by itself; its style sheet comes at any time.
  scroller.addEventListener("transitionend", draw);
  page.player.onTime(follow);
  page.on("change:view", load);
  page.on("strip", take);
  page.zoom = zoom;
  page.fit = fit;
  page.redraw = draw;
  return h("section", { class: "nemo-timeline", "aria-label": "Timeline" },
    handsBar(page), h("div", { class: "nemo-tracks" }, names, scroller), keysHelp(page));
}

const mainTrack = (view) => view.tracks.find((track) => track.main);
