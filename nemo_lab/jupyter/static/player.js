/** Part 5: the player. It plays the edit at once, by jumping over the recordings; nothing is rendered. */

const BACKWARDS_EVERY = 80;
const NEAR = 0.1;

/** Return the player: two videos take turns, so that the next piece is ready when the cut comes. */
function createPlayer(page) {
  const videos = [0, 1].map(() => h("video", { class: "nemo-video", playsinline: true, preload: "auto",
    tabindex: "-1", "aria-hidden": "true" }));
  const picture = h("img", { class: "nemo-video", alt: "", hidden: true });
  const veil = h("div", { class: "nemo-veil", "aria-hidden": "true" });
  const words = createWords();
  const trouble = h("div", { class: "nemo-trouble", hidden: true });
  const stage = h("div", { class: "nemo-stage" }, ...videos, picture, veil, words.el, trouble);
  let front = 0;
  let entries = [];
  let sounds = [];
  let at = -1;
  let mode = "edited";
  let playing = false;
  let rate = 1;
  let muted = false;
  let stillSince = 0;
  let frame = 0;
  let reverse = 0;
  let partner = null;
  const listeners = [];

  const main = () => (mode === "before" ? original() : mode === "preview" ? rendered() : entries);
  const length = () => main().at(-1)?.[END] ?? 0;
  const kindOf = (asset) => page.view().files.find((file) => file.id === asset)?.kind;

  /** The recordings one after the other, as they were. */
  function original() {
    let start = 0;
    return page.view().files.filter((file) => file.length && file.kind === page.view().files[0]?.kind)
      .map((file) => {
        const entry = [file.id, 0, file.length, start, start + file.length, 1, 1, 0, 0];
        start += file.length;
        return entry;
      });
  }

  const rendered = () => [["preview", 0, page.view().length, 0, page.view().length, 1, 1, 0, 0]];
  const urlOf = (asset) => (asset === "preview" ? page.media.preview : page.media.files[asset]);

  const layers = createLayers(urlOf);

  /** Let a video show a moment of an address; before it knows its length, it remembers where to go. */
  function point(video, url, seconds) {
    video.nemoAt = seconds;
    if (video.nemoUrl !== url) {
      video.nemoUrl = url;
      if (url) video.src = url;
      else video.removeAttribute("src");
    } else if (video.readyState >= 1 && Math.abs(video.currentTime - seconds) > 0.0005) {
      video.currentTime = seconds;
    }
  }

  for (const video of videos) {
    video.addEventListener("loadedmetadata", () => {
      if (video.nemoAt) video.currentTime = video.nemoAt;
    });
    video.addEventListener("timeupdate", () => video === videos[front] && tick());
    video.addEventListener("ended", () => video === videos[front] && playing && cross());
    video.addEventListener("error", () => video === videos[front] && video.nemoUrl && fail());
    video.addEventListener("loadeddata", () => video === videos[front] && heal());
    for (const name of ["loadeddata", "seeked"]) {
      video.addEventListener(name, () => {
        // A still moment of a transition is drawn when both pictures are there.
        if (partner && !playing) mix();
      });
    }
  }

  const indexAt = (ms) => limit(lastAtMost(main(), ms, (entry) => entry[START]), 0, main().length - 1);
  const isStill = (entry) => kindOf(entry[ASSET]) === "image";

  /** Where the playhead is, by what the front video shows. */
  function now() {
    const entry = main()[at];
    if (!entry || !playing) return page.time;
    if (isStill(entry)) return page.time + (performance.now() - stillSince) * rate;
    const video = videos[front];
    return video.seeking || video.readyState < 2
      ? page.time
      : entry[START] + (video.currentTime * 1000 - entry[FROM]) / entry[SPEED];
  }

  /** Show a moment. */
  function seek(ms, quiet = false) {
    const list = main();
    page.time = limit(ms, 0, length());
    if (!list.length) return tell();
    at = indexAt(page.time);
    partner = null;
    enter(list[at], sourceOf(list[at], page.time));
    mix();
    if (!quiet) tell();
  }

  /** Let the front video show an entry, and the other one wait where the next jump goes. */
  function enter(entry, seconds) {
    const video = videos[front];
    picture.hidden = !isStill(entry);
    stillSince = performance.now();
    const url = urlOf(entry[ASSET]);
    if (isStill(entry)) {
      if (url && picture.nemoUrl !== url) picture.src = picture.nemoUrl = url;
      for (const other of videos) other.pause();
    } else {
      point(video, url, seconds);
      dress(video, entry);
      if (playing) start(video);
    }
    videos.forEach((other, number) => other.classList.toggle("nemo-front", number === front && !isStill(entry)));
    if (!url) fail();
    prepare();
  }

  /** Show the transition in which the playhead is: the other video shows what lies beyond the cut. */
  function mix() {
    const [video, other, entry] = [videos[front], videos[1 - front], main()[at]];
    const found = mode === "edited" ? blendAt(main(), at, page.time) : null;
    const blend = found && !isStill(entry) && !isStill(found.partner) ? found : null;
    const before = partner;
    partner = blend?.two ? blend.partner : null;
    if (partner && partner !== before) join(other, partner);
    mixPictures(veil, video, other, blend);
    if (partner) {
      const share = blend.newer ? blend.share : 1 - blend.share;
      video.volume = limit(entry[VOLUME] * share, 0, 1);
      other.volume = limit(partner[VOLUME] * (1 - share), 0, 1);
    } else if (before) {
      dress(video, entry);
      prepare();
    }
  }

  /** Let the other video play its side of a transition. */
  function join(other, entry) {
    const url = urlOf(entry[ASSET]);
    const seconds = Math.max(0, sourceOf(entry, page.time));
    if (!url) return;
    if (other.nemoUrl !== url || Math.abs((other.nemoAt ?? -1) - seconds) > NEAR) point(other, url, seconds);
    dress(other, entry);
    if (playing) start(other);
  }

  function dress(video, entry) {
    video.playbackRate = limit(entry[SPEED] * rate, 0.0625, 16);
    video.volume = limit(entry[VOLUME], 0, 1);
    video.muted = muted;
  }

  function prepare() {
    const next = main()[at + 1];
    const other = videos[1 - front];
    other.pause();
    if (!next || isStill(next) || follows(main()[at], next)) return;
    const url = urlOf(next[ASSET]);
    if (url) point(other, url, headOf(main()[at], next));
  }

  /** Where the next entry begins to be shown: at a transition, earlier than its cut. */
  const headOf = (one, next) => {
    const early = mode === "edited" && one[BLEND] && needsTwo(one[KIND]) ? one[BLEND] / 2 : 0;
    return Math.max(0, sourceOf(next, next[START] - early));
  };

  const follows = (one, next) =>
    one[ASSET] === next[ASSET] && Math.abs(one[TO] - next[FROM]) < 2 && one[SPEED] === next[SPEED];

  function start(video) {
    video.play().catch((error) => {
      if (error.name === "NotAllowedError") pause();
    });
  }

  /** Go over a cut. */
  function cross() {
    const list = main();
    const [one, next] = [list[at], list[at + 1]];
    if (!next) {
      page.time = length();
      pause();
      return;
    }
    at += 1;
    page.time = next[START];
    if (follows(one, next)) {
      dress(videos[front], next);
      return prepare();
    }
    const waiting = videos[1 - front];
    if (partner === next && waiting.readyState >= 2 && !waiting.seeking) {
      // It is being shown already, and the one that was in front goes on until the transition ends.
      front = 1 - front;
      partner = one;
      videos.forEach((video, number) => video.classList.toggle("nemo-front", number === front));
      return mix();
    }
    partner = null;
    if (!isStill(next) && waiting.nemoUrl === urlOf(next[ASSET]) && waiting.nemoAt === next[FROM] / 1000) {
      videos[front].pause();
      front = 1 - front;
    }
    enter(next, next[FROM] / 1000);
    mix();
  }

  function tick() {
    if (!playing || reverse) return;
    const entry = main()[at];
    if (!entry) return;
    const ms = now();
    if (isStill(entry)) stillSince = performance.now();
    if (ms >= entry[END] - 4) cross();
    else {
      page.time = limit(ms, entry[START], entry[END]);
      mix();
    }
    sing();
    tell();
  }

  function run() {
    cancelAnimationFrame(frame);
    if (!playing) return;
    tick();
    frame = requestAnimationFrame(run);
  }

  function play(speed = 1) {
    stopReverse();
    if (!main().length) return;
    rate = speed;
    if (page.time >= length() - 5) page.time = 0;
    playing = true;
    seek(page.time);
    run();
  }

  function pause() {
    stopReverse();
    if (playing) page.time = limit(now(), 0, length());
    playing = false;
    rate = 1;
    for (const video of videos) video.pause();
    sing();
    tell();
  }

  function stopReverse() {
    clearInterval(reverse);
    reverse = 0;
  }

  /** Browsers cannot play backwards, so it is shown picture by picture. */
  function rewind() {
    const speed = reverse ? limit(rate * 2, 1, 8) : 1;
    pause();
    rate = speed;
    reverse = setInterval(() => {
      if (page.time <= 0) return pause();
      seek(page.time - BACKWARDS_EVERY * rate);
    }, BACKWARDS_EVERY);
    tell();
  }

  /** Play music and other layers beside the picture. */
  function sing() {
    const wanted = mode === "edited" && playing && !reverse
      ? sounds.filter((entry) => entry[START] <= page.time && page.time < entry[END] && urlOf(entry[ASSET]))
      : [];
    layers.play(wanted, page.time, rate, muted);
  }

  /** The browser cannot play it (another codec, or no way to the file): offer a small rendered preview. */
  function fail() {
    const waits = page.media.waiting && mode !== "preview";
    if (mode === "preview" && !page.media.blob) return page.send({ type: "bytes" });
    pause();
    trouble.hidden = false;
    trouble.replaceChildren(
      h("span", { text: waits ? "Looking for the recording …" : urlOf(main()[at]?.[ASSET])
        ? "This browser cannot play the recording itself." : "This page cannot reach the recording itself." }),
      ...(waits ? [] : [h("button", { text: "Render a preview", onclick: () => page.askPreview() })]),
    );
  }

  function heal() {
    trouble.hidden = true;
  }

  function tell() {
    const texts = mode === "edited" ? textsAt(page.view(), page.time) : [];
    const shape = videos[front].videoWidth / videos[front].videoHeight;
    words.show(texts, shape);
    for (const listen of listeners) listen();
  }

  /** Take in another timeline, or other addresses; the playhead stays where it is. */
  function load() {
    const view = page.view();
    entries = view.edl.filter((entry) => !entry[LAYER]);
    sounds = view.edl.filter((entry) => entry[LAYER]);
    heal();
    seek(page.time);
  }

  return {
    stage, seek, play, pause, rewind, load,
    onTime: (listen) => listeners.push(listen),
    toggle: () => (playing || reverse ? pause() : play()),
    faster: () => play(playing && !reverse ? limit(rate * 2, 1, 8) : 1),
    step: (frames) => {
      pause();
      const [top, bottom] = page.view().rate.split("/").map(Number);
      const each = (1000 * (bottom || 1)) / (top || 30);
      seek((Math.round(page.time / each) + frames) * each + 0.5);
    },
    length,
    set mode(value) {
      pause();
      mode = value;
      load();
    },
    get mode() { return mode; },
    get playing() { return playing || Boolean(reverse); },
    get rate() { return reverse ? -rate : rate; },
    set muted(value) {
      muted = value;
      for (const video of videos) video.muted = value;
      layers.mute(value);
    },
    get muted() { return muted; },
    destroy() {
      pause();
      for (const video of videos) point(video, "", 0);
    },
  };
}
