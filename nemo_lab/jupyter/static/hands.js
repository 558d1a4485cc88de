/** Part 9: edits by hand. Each is an exact operation that goes the way of everything that is said. */

/** The toolbar above the timeline. */
function handsBar(page) {
  const edit = (operation) => page.send({ type: "edit", operation });

  /** The segment that is chosen, else the one of the main track under the playhead. */
  function target() {
    for (const track of page.view().tracks) {
      const number = track.segments.findIndex((segment) => segment.id === page.chosen);
      if (number >= 0) return { track, number, segment: track.segments[number] };
    }
    const track = mainTrack(page.view());
    const number = track ? lastAtMost(track.segments, page.time, (segment) => segment.start) : -1;
    return number < 0 ? null : { track, number, segment: track.segments[number] };
  }

  function remove() {
    const found = target();
    if (!found) return;
    const { track, segment, number } = found;
    if (track.main) return edit({ op: "cut", start_ms: segment.start, end_ms: segment.start + segment.length });
    if (track.kind === "audio") return edit({ op: "remove", target: "music" });
    if (track.name === "Captions") return edit({ op: "remove", target: "captions" });
    if (track.kind === "text") edit({ op: "remove", target: "title", number: number + 1 });
  }

  /** Cut from the segment's start to the playhead, or from the playhead to its end. */
  function trimTo(end) {
    const found = target();
    if (!found?.track.main) return;
    const at = Math.round(page.time);
    const { start, length } = found.segment;
    if (at <= start || at >= start + length) return;
    edit(end === "start" ? { op: "cut", start_ms: start, end_ms: at } : { op: "cut", start_ms: at, end_ms: start + length });
  }

  /** Bring back all that was cut out before the segment that is chosen, or after the last one. */
  function restore() {
    const found = target();
    if (!found?.track.main) return;
    const { number, track, segment } = found;
    const before = hidden(page, track, number, "start");
    const after = hidden(page, track, number, "end");
    if (before > 1) edit({ op: "restore", at_ms: segment.start, right_ms: Math.floor(before) });
    else if (after > 1) edit({ op: "restore", at_ms: segment.start + segment.length, left_ms: Math.floor(after) });
    else page.say("Nothing was cut out beside this clip.");
  }

  page.canTrim = true;
  page.trim = ({ segment, edge }, { from, to, adds }) => {
    const ms = Math.round(Math.abs(to - from));
    if (ms < 1) return;
    const at = edge === "start" ? segment.start : segment.start + segment.length;
    if (adds) return edit({ op: "restore", at_ms: at, [edge === "start" ? "right_ms" : "left_ms"]: ms });
    edit(edge === "start"
      ? { op: "cut", start_ms: at, end_ms: at + ms }
      : { op: "cut", start_ms: at - ms, end_ms: at });
  };
  page.toCut = (direction) => {
    const edges = (mainTrack(page.view())?.segments ?? []).map((segment) => segment.start);
    edges.push(page.view().length);
    const next = direction > 0
      ? edges.find((edge) => edge > page.time + 1)
      : edges.findLast((edge) => edge < page.time - 1);
    if (next !== undefined) page.player.seek(next);
  };
  const jump = (ms) => page.player.seek(page.time + ms);
  const { player } = page;
  const keys = {
    " ": () => player.toggle(), k: () => player.pause(), l: () => player.faster(), j: () => player.rewind(),
    ",": () => player.step(-1), ".": () => player.step(1), "[": () => page.toCut(-1), "]": () => page.toCut(1),
    ArrowLeft: () => jump(-1000), ArrowRight: () => jump(1000), PageUp: () => jump(-10000), PageDown: () => jump(10000),
    Home: () => player.seek(0), End: () => player.seek(page.view().length),
    "+": () => page.zoom(1.5), "=": () => page.zoom(1.5), "-": () => page.zoom(1 / 1.5), 0: () => page.fit(),
    Delete: remove, Backspace: remove, i: () => trimTo("start"), o: () => trimTo("end"), r: restore,
    ArrowUp: () => pick(-1), ArrowDown: () => pick(1),
  };

  /** Choose the segment before or after, over all tracks. */
  function pick(step) {
    const all = page.view().tracks.flatMap((track) => track.segments);
    if (!all.length) return;
    const place = all.findIndex((segment) => segment.id === page.chosen);
    const next = all[limit(place < 0 ? 0 : place + step, 0, all.length - 1)];
    page.chosen = next.id;
    player.seek(next.start);
    page.redraw();
    page.say(`${next.label ?? "clip"}, ${clock(next.start, true)} to ${clock(next.start + next.length, true)}`);
  }

  page.key = (event) => {
    if (event.ctrlKey || event.metaKey) {
      const step = event.key.toLowerCase() === "z" ? (event.shiftKey ? "redo" : "undo") : null;
      if (!step) return;
      event.preventDefault();
      event.stopPropagation();
      return page.send({ type: step });
    }
    const act = event.altKey ? null : keys[event.key] ?? keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    event.stopPropagation();
    page.leaveFilm();
    act();
  };

  return h("div", { class: "nemo-row nemo-hands", role: "toolbar", "aria-label": "Edit by hand" },
    tool("Undo", ICONS.undo, () => page.send({ type: "undo" }), "Ctrl+Z"),
    tool("Redo", ICONS.redo, () => page.send({ type: "redo" }), "Ctrl+Shift+Z"),
    h("span", { class: "nemo-bar" }),
    tool("Remove clip", ICONS.remove, remove, "Delete"),
    tool("Trim start to playhead", ICONS.left, () => trimTo("start"), "I"),
    tool("Trim end to playhead", ICONS.right, () => trimTo("end"), "O"),
    tool("Restore what was cut", ICONS.restore, restore, "R"),
    h("span", { class: "nemo-gap" }),
    tool("Zoom out", ICONS.minus, () => page.zoom(1 / 1.5), "-"),
    tool("Zoom in", ICONS.plus, () => page.zoom(1.5), "+"),
    tool("Fit", ICONS.fit, () => page.fit(), "0"));
}

/** How much of the recording lies hidden beyond an end of a segment, in ms of the timeline. */
function hidden(page, track, number, edge) {
  const segment = track.segments[number];
  const file = page.view().files.find((one) => one.id === segment.asset);
  if (!file || file.kind === "image") return 0;
  const speed = segment.speed ?? 1;
  const begin = segment.source ?? 0;
  const end = begin + segment.length * speed;
  const other = track.segments[number + (edge === "start" ? -1 : 1)];
  const same = other?.asset === segment.asset ? other : null;
  const otherBegin = same ? same.source ?? 0 : null;
  const otherEnd = same ? otherBegin + same.length * (same.speed ?? 1) : null;
  // What the neighbour shows itself is not hidden; one that was moved elsewhere does not count.
  const source = edge === "start"
    ? begin - (same && otherEnd <= begin + 1 ? otherEnd : 0)
    : (same && otherBegin >= end - 1 ? otherBegin : file.length) - end;
  return Math.max(0, source / speed);
}

/** What dragging the end of a segment to a time would do. */
function trimGhost(page, { segment, number, edge, row }, ms) {
  const at = edge === "start" ? segment.start : segment.start + segment.length;
  const inwards = edge === "start" ? ms - at : at - ms;
  const room = inwards > 0 ? segment.length - 40 : hidden(page, row.track, number, edge);
  const by = Math.min(Math.abs(inwards), Math.max(0, room));
  if (by < 20) return null;
  const sign = (edge === "start") === inwards > 0 ? 1 : -1;
  return { from: at, to: at + sign * by, adds: inwards <= 0, top: row.top, height: row.height };
}

/** The keys, for who looks for them. */
function keysHelp(page) {
  const text = "Space plays and pauses; J K L go back, stop and go faster; comma and period step by a frame; arrows by a " +
    "second; brackets go to the cuts; up and down choose a clip; Delete removes it; I and O trim it to the playhead; " +
    "R restores what was cut; plus, minus and 0 zoom; Ctrl+Z undoes. An end of a clip can be dragged.";
  const shown = "The player shows cuts, speed, volume, titles and transitions at once. What else is done to picture or " +
    "sound, it names, and a rendered preview shows it; a still image goes over a cut without its transition.";
  return h("details", { class: "nemo-keys" }, h("summary", { text: "Keys" }), h("p", { id: page.id("keys"), text }), h("p", { text: shown }));
}
