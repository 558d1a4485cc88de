/** Part 4: what lies over and between the pictures: titles at their places, transitions, laid sounds. */

const [ASSET, FROM, TO, START, END, SPEED, VOLUME, LAYER, LOOP, KIND, BLEND] = Array(11).keys();
const DRIFT = 0.25;
const LETTER = 14; // The usual letter is this part of the picture's shorter side, as in the export.

/** The place in its file, in seconds, that an entry shows at a time of the timeline; beyond its ends too. */
const sourceOf = (entry, ms) => (entry[FROM] + (ms - entry[START]) * entry[SPEED]) / 1000;

/** The titles and captions of a time. */
function textsAt(view, ms) {
  return view.tracks.filter((track) => track.kind === "text").flatMap((track) => {
    const place = lastAtMost(track.segments, ms, (segment) => segment.start);
    const segment = track.segments[place];
    return segment?.label && ms < segment.start + segment.length ? [segment] : [];
  });
}

/** Show titles over the picture: where, how large and in which colour the export will have them. */
function createWords() {
  const el = h("div", { class: "nemo-words", "aria-hidden": "true" });
  let drawn = "";
  return {
    el,
    /** ``shape`` is the picture's width by its height: it may be narrower or lower than the stage. */
    show(segments, shape) {
      const key = JSON.stringify([segments, shape]);
      if (key === drawn) return;
      drawn = key;
      el.style.setProperty("--nemo-shape", String(shape || 16 / 9));
      el.replaceChildren(...segments.map(({ label, position, size, color, box }) => {
        const word = h("div", { class: `nemo-word${box ? " nemo-boxed" : ""}`, dir: "auto", text: label });
        const place = position ?? "center";
        word.style.justifySelf = /left|right/.exec(place)?.[0] ?? "center";
        word.style.alignSelf = { top: "start", bottom: "end" }[/top|bottom/.exec(place)?.[0]] ?? "center";
        word.style.textAlign = word.style.justifySelf;
        word.style.fontSize = `${((size ?? 1) * 100) / LETTER}cqmin`;
        if (/^#[0-9a-f]{6}$/i.test(color ?? "")) word.style.color = color;
        return word;
      }));
    },
  };
}

/** Whether a transition shows both pictures; a fade to a colour shows one after the other. */
const needsTwo = (kind) => !kind.startsWith("fade_");

/**
 * The transition in which a time of the timeline lies: half before the cut, half after it, or null.
 * ``partner`` is the entry on the other side, ``newer`` whether the entry itself is the new one, ``share``
 * how much of the new one is shown.
 */
function blendAt(list, at, ms) {
  const [before, entry, after] = [list[at - 1], list[at], list[at + 1]];
  const [out, into] = [entry?.[BLEND], before?.[BLEND]];
  if (out && after && ms >= entry[END] - out / 2) {
    const share = (ms - entry[END] + out / 2) / out;
    return { partner: after, newer: false, kind: entry[KIND], two: needsTwo(entry[KIND]), share };
  }
  if (into && ms < entry[START] + into / 2) {
    const share = 0.5 + (ms - entry[START]) / into;
    return { partner: before, newer: true, kind: before[KIND], two: needsTwo(before[KIND]), share };
  }
  return null;
}

/** Draw a transition between two videos that lie one over the other; without a blend, draw none. */
function mixPictures(veil, front, other, blend) {
  const styles = [front, other].map((video) => video.style);
  for (const style of styles) style.opacity = style.clipPath = style.transform = style.zIndex = "";
  veil.style.opacity = blend && !blend.two ? String(1 - Math.abs(2 * blend.share - 1)) : "0";
  veil.style.background = blend?.kind === "fade_white" ? "#fff" : "#000";
  const two = Boolean(blend?.two) && other.readyState >= 2 && !other.seeking;
  front.classList.remove("nemo-partner");
  other.classList.toggle("nemo-partner", two);
  if (!two) return;
  const [older, newer] = blend.newer ? [styles[1], styles[0]] : styles;
  const rest = 1 - blend.share;
  newer.zIndex = "1";
  const left = blend.kind.endsWith("left");
  if (blend.kind.startsWith("wipe_")) newer.clipPath = left ? `inset(0 0 0 ${rest * 100}%)` : `inset(0 ${rest * 100}% 0 0)`;
  else if (blend.kind.startsWith("slide_")) {
    newer.transform = `translateX(${(left ? 1 : -1) * rest * 100}%)`;
    older.transform = `translateX(${(left ? -1 : 1) * blend.share * 100}%)`;
  } else newer.opacity = String(blend.share);
}

/** Play music and other layers beside the picture; those that are no longer wanted stop. */
function createLayers(urlOf) {
  const running = new Map();
  return {
    mute(muted) {
      for (const audio of running.values()) audio.muted = muted;
    },
    play(wanted, ms, rate, muted) {
      for (const [entry, audio] of running) {
        if (!wanted.includes(entry)) {
          audio.pause();
          running.delete(entry);
        }
      }
      for (const entry of wanted) {
        let audio = running.get(entry);
        if (!audio) {
          audio = new Audio(urlOf(entry[ASSET]));
          audio.loop = Boolean(entry[LOOP]);
          running.set(entry, audio);
          audio.play().catch(() => running.delete(entry));
        }
        audio.volume = limit(entry[VOLUME], 0, 1);
        audio.muted = muted;
        audio.playbackRate = limit(rate, 0.0625, 16);
        let target = sourceOf(entry, ms);
        if (entry[LOOP] && audio.duration) target %= audio.duration;
        if (audio.readyState >= 1 && Math.abs(audio.currentTime - target) > DRIFT) audio.currentTime = target;
      }
    },
  };
}
