/** Part 4: the player. It plays the edit at once, by jumping over the recordings; nothing is rendered. */

const [ASSET, FROM, TO, START, END, SPEED, VOLUME, LAYER, LOOP] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const DRIFT = 0.25;
const BACKWARDS_EVERY = 80;

/** Return the player: two videos take turns, so that the next piece is ready when the cut comes. */
function createPlayer(page) {
  const videos = [0, 1].map(() => h("video", { class: "nemo-video", playsinline: true, preload: "auto",
    tabindex: "-1", "aria-hidden": "true" }));
  const picture = h("img", { class: "nemo-video", alt: "", hidden: true });
  const words = h("div", { class: "nemo-words", "aria-hidden": "true" });
  const trouble = h("div", { class: "nemo-trouble", hidden: true });
  const stage = h("div", { class: "nemo-stage" }, ...videos, picture, words, trouble);
  const layers = new Map();
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
  }

  const indexAt = (ms) => limit(lastAtMost(main(), ms, (entry) => entry[START]), 0, main().length - 1);
  const sourceOf = (entry, ms) => (entry[FROM] + (ms - entry[START]) * entry[SPEED]) / 1000;
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
    enter(list[at], sourceOf(list[at], page.time));
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
    if (url) point(other, url, next[FROM] / 1000);
  }

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
    if (!isStill(next) && waiting.nemoUrl === urlOf(next[ASSET]) && waiting.nemoAt === next[FROM] / 1000) {
      videos[front].pause();
      front = 1 - front;
    }
    enter(next, next[FROM] / 1000);
  }

  function tick() {
    if (!playing || reverse) return;
    const entry = main()[at];
    if (!entry) return;
    const ms = now();
    if (isStill(entry)) stillSince = performance.now();
    if (ms >= entry[END] - 4) cross();
    else page.time = limit(ms, entry[START], entry[END]);
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
    for (const [entry, audio] of layers) {
      if (!wanted.includes(entry)) {
        audio.pause();
        layers.delete(entry);
      }
    }
    for (const entry of wanted) {
      let audio = layers.get(entry);
      if (!audio) {
        audio = new Audio(urlOf(entry[ASSET]));
        audio.loop = Boolean(entry[LOOP]);
        layers.set(entry, audio);
        audio.play().catch(() => layers.delete(entry));
      }
      audio.volume = limit(entry[VOLUME], 0, 1);
      audio.muted = muted;
      audio.playbackRate = limit(rate, 0.0625, 16);
      let target = sourceOf(entry, page.time);
      if (entry[LOOP] && audio.duration) target %= audio.duration;
      if (audio.readyState >= 1 && Math.abs(audio.currentTime - target) > DRIFT) audio.currentTime = target;
    }
  }

  /** The browser cannot play it (another codec, or no way to the file): offer a small rendered preview. */
  function fail() {
    const waits = page.media.waiting && mode !== "preview";
    if (mode === "preview" && !page.media.blob) return page.send({ type: "bytes" });
    pause();
    trouble.hidden = false;
    trouble.replaceChildren(
      h("span", { text: waits ? "Looking for the recording …" : "This browser cannot play the recording itself." }),
      ...(waits ? [] : [h("button", { text: "Render a preview", onclick: () => page.askPreview() })]),
    );
  }

  function heal() {
    trouble.hidden = true;
  }

  function tell() {
    const texts = mode === "edited" ? textsAt(page.view(), page.time) : [];
    const joined = texts.join("\n");
    if (words.textContent !== joined) words.textContent = joined;
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
      for (const audio of layers.values()) audio.muted = value;
    },
    get muted() { return muted; },
    destroy() {
      pause();
      for (const video of videos) point(video, "", 0);
    },
  };
}

/** The titles and captions that stand over the picture at a time. */
function textsAt(view, ms) {
  return view.tracks.filter((track) => track.kind === "text").flatMap((track) => {
    const place = lastAtMost(track.segments, ms, (segment) => segment.start);
    const segment = track.segments[place];
    return segment?.label && ms < segment.start + segment.length ? [segment.label] : [];
  });
}
