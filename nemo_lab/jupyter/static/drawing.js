/** Part 7: the timeline's picture. Only what is in sight is drawn, on a canvas of the window's size. */

const RULER = 22;
const ROWS = { video: 58, audio: 34, text: 24, other: 24 };
const ROW_GAP = 3;
const LEAST_TILE = 10;

/** Colours from JupyterLab's theme; read again for each drawing, since the theme may change. */
function palette(el) {
  const style = getComputedStyle(el);
  const take = (name) => style.getPropertyValue(name).trim();
  return {
    paper: take("--nemo-paper"), line: take("--nemo-line"), ink: take("--nemo-ink"),
    video: take("--nemo-video"), audio: take("--nemo-audio"), text: take("--nemo-title"), other: take("--nemo-other"),
    label: take("--nemo-label"), wave: take("--nemo-wave"), cut: take("--nemo-cut"), changed: take("--nemo-changed"), chosen: take("--nemo-chosen"),
    font: `11px ${style.fontFamily}`,
  };
}

/** Where each track lies, from top to bottom, and how high all are together. */
function rowsOf(view) {
  let top = RULER;
  const rows = view.tracks.map((track) => {
    const height = ROWS[track.kind] ?? ROWS.other;
    const row = { track, top, height };
    top += height + ROW_GAP;
    return row;
  });
  return { rows, height: Math.max(top, RULER + ROWS.video + ROW_GAP) };
}

/**
 * Draw the part of the timeline that is in sight.
 * @param context of the canvas, in CSS pixels
 * @param scene {view, rows, left, width, height, scale, strips, chosen, changed, ghost, colours}
 */
function drawTimeline(context, scene) {
  const { colours, width, height } = scene;
  context.fillStyle = colours.paper;
  context.fillRect(0, 0, width, height);
  context.font = colours.font;
  context.textBaseline = "middle";
  drawRuler(context, scene);
  for (const row of scene.rows) drawTrack(context, scene, row);
  if (scene.ghost) drawGhost(context, scene);
}

/** Choose a step between marks that leaves room for their labels. */
function stepOf(scale) {
  const steps = [40, 100, 200, 500, 1000, 2000, 5000, 10000, 15000, 30000, 60000, 120000, 300000, 600000, 1800000];
  return steps.find((step) => step * scale >= 70) ?? 3600000;
}

function drawRuler(context, { colours, left, width, scale, view }) {
  const step = stepOf(scale);
  context.strokeStyle = colours.line;
  context.fillStyle = colours.ink;
  context.beginPath();
  for (let ms = Math.floor(left / scale / step) * step; (ms * scale) - left < width; ms += step) {
    if (ms > view.length + step) break;
    const x = Math.round(ms * scale - left) + 0.5;
    context.moveTo(x, RULER - 6);
    context.lineTo(x, RULER);
    context.fillText(clock(ms), x + 3, 9);
  }
  context.stroke();
}

function drawTrack(context, scene, row) {
  const { left, width, scale } = scene;
  const { segments } = row.track;
  const first = Math.max(0, lastAtMost(segments, left / scale, (segment) => segment.start));
  let edge = -Infinity;
  for (let number = first; number < segments.length; number += 1) {
    const segment = segments[number];
    const x = segment.start * scale - left;
    if (x > width) break;
    const end = x + segment.length * scale;
    // What would fall into a pixel that is drawn already is not drawn again.
    if (end < edge + 0.7 && number !== segments.length - 1) continue;
    edge = end;
    drawSegment(context, scene, row, segment, x, Math.max(1, end - x));
    if (number && row.track.main) drawCut(context, scene, row, segments[number - 1], segment, x);
  }
}

function drawSegment(context, scene, row, segment, x, wide) {
  const { colours, chosen, changed } = scene;
  const { top, height, track } = row;
  const inner = wide > 3 ? wide - 1 : wide;
  context.fillStyle = colours[track.kind] ?? colours.other;
  context.fillRect(x, top, inner, height);
  const strip = segment.asset ? scene.strips.get(segment.asset) : undefined;
  if (strip && wide > 3) {
    const low = track.kind === "video" ? 16 : height;
    if (strip.sheet && track.kind === "video") drawTiles(context, scene, row, segment, strip, x, inner);
    if (strip.peaks?.length) drawWave(context, scene, segment, strip, x, inner, top + height, low);
  }
  if (wide > 24) drawLabel(context, colours, row, segment, x, inner);
  if (segment.blend) drawBlend(context, colours, row, x + inner, segment.blend * scene.scale);
  if (changed.has(segment.id)) frameOf(context, colours.changed, x, top, inner, height, 2, [4, 3]);
  if (chosen === segment.id) frameOf(context, colours.chosen, x, top, inner, height, 3, []);
}

function frameOf(context, colour, x, top, wide, height, thick, dash) {
  if (wide < 2) {
    context.fillStyle = colour;
    context.fillRect(x, top, wide, 3);
    return;
  }
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = thick;
  context.setLineDash(dash);
  context.strokeRect(x + thick / 2, top + thick / 2, wide - thick, height - thick);
  context.restore();
}

/** Small pictures side by side, each the one of its own moment. */
function drawTiles(context, scene, row, segment, strip, x, wide) {
  const high = row.height - 16;
  const tile = (strip.width * high) / strip.height;
  const speed = segment.speed ?? 1;
  const begin = Math.max(0, Math.floor(-x / tile));
  for (let number = begin; number * tile < wide; number += 1) {
    const at = x + number * tile;
    if (at > scene.width) break;
    const shown = Math.min(tile, wide - number * tile);
    if (shown < Math.min(LEAST_TILE, wide)) break;
    const ms = (segment.source ?? 0) + ((number * tile) / scene.scale) * speed;
    const place = limit(Math.floor(ms / strip.every), 0, strip.count - 1);
    const [column, line] = [place % strip.columns, Math.floor(place / strip.columns)];
    context.drawImage(strip.sheet, column * strip.width, line * strip.height, (shown / tile) * strip.width,
      strip.height, at, row.top, shown, high);
  }
}

/** How loud it is, one column per pixel, under the pictures. */
function drawWave(context, scene, segment, strip, x, wide, bottom, height) {
  const from = Math.max(0, Math.floor(-x));
  const to = Math.min(wide, scene.width - x);
  const speed = segment.speed ?? 1;
  const volume = segment.volume ?? 1;
  const each = speed / scene.scale / strip.step;
  context.fillStyle = scene.colours.wave;
  context.beginPath();
  let place = ((segment.source ?? 0) + (from / scene.scale) * speed) / strip.step;
  for (let column = from; column < to; column += 1, place += each) {
    let loud = 0;
    const end = Math.min(strip.peaks.length, Math.max(place + each, Math.floor(place) + 1));
    const stride = Math.max(1, Math.floor((end - place) / 8));
    for (let index = Math.floor(place); index < end; index += stride) loud = Math.max(loud, strip.peaks[index]);
    // By its root, so that speech at a usual level can be seen.
    const high = Math.min(1, Math.sqrt((loud / 255) * volume)) * (height - 2);
    if (high >= 0.5) context.rect(x + column, bottom - high, 1, high);
  }
  context.fill();
}

function drawLabel(context, colours, { track, top, height }, segment, x, wide) {
  const text = segment.label ?? "";
  if (!text || (track.kind === "video" && wide < 60)) return;
  const at = Math.max(x, 0);
  const room = x + wide - at - 8;
  if (room < 20) return;
  context.save();
  context.beginPath();
  context.rect(at, top, room + 4, height);
  context.clip();
  const line = track.kind === "video" ? top + 8 : top + height / 2;
  if (track.kind === "video" || track.kind === "audio") {
    context.fillStyle = colours[track.kind];
    context.fillRect(at, line - 8, Math.min(room, context.measureText(text).width + 8), 16);
  }
  context.fillStyle = colours.label;
  context.fillText(text, at + 4, line);
  context.restore();
}

/** A cut: a notch where something of the recording was left out. */
function drawCut(context, { colours }, { top, height }, before, segment, x) {
  const speed = before.speed ?? 1;
  const joined = before.asset === segment.asset &&
    Math.abs((before.source ?? 0) + before.length * speed - (segment.source ?? 0)) < 2;
  context.fillStyle = joined ? colours.line : colours.cut;
  context.fillRect(x - 1, top, joined ? 1 : 2, height);
  if (joined) return;
  context.beginPath();
  context.moveTo(x - 5, top);
  context.lineTo(x + 5, top);
  context.lineTo(x, top + 6);
  context.fill();
}

function drawBlend(context, colours, { top, height }, x, wide) {
  context.fillStyle = colours.cut;
  context.globalAlpha = 0.55;
  context.beginPath();
  context.moveTo(x - wide / 2, top + height);
  context.lineTo(x, top + height - 12);
  context.lineTo(x + wide / 2, top + height);
  context.fill();
  context.globalAlpha = 1;
}

/** What dragging an edge would take away or bring back. */
function drawGhost(context, { ghost, left, scale, colours }) {
  const x = Math.min(ghost.from, ghost.to) * scale - left;
  const wide = Math.abs(ghost.to - ghost.from) * scale;
  context.globalAlpha = 0.6;
  context.fillStyle = ghost.adds ? colours.audio : colours.cut;
  context.fillRect(x, ghost.top, wide, ghost.height);
  context.globalAlpha = 1;
  context.fillStyle = colours.ink;
  const sign = ghost.adds ? "+" : "−";
  context.fillText(`${sign}${clock(Math.abs(ghost.to - ghost.from), true)}`, x + 4, ghost.top - 8 + 4);
}
