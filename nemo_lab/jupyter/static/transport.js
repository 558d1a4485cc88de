/** Part 6: what stands around the player: buttons, times, before and after, the finished film. */

/** Return the panel with the player. */
function playerPanel(page) {
  const player = createPlayer(page);
  page.player = player;
  const time = h("span", { class: "nemo-time", "aria-hidden": "true" });
  const film = h("video", { class: "nemo-film", controls: true, preload: "metadata",
    "aria-label": "Finished video", hidden: true });
  const facts = h("div", { class: "nemo-facts", hidden: true });
  const empty = h("div", { class: "nemo-empty", text: "Drop a recording anywhere here, or take Upload." });
  player.stage.append(empty);
  const missing = h("span", {});
  const hint = h("div", { class: "nemo-facts nemo-hint", hidden: true }, missing,
    h("button", { text: "Render a preview", onclick: () => page.askPreview() }));
  const playing = tool("Play", ICONS.play, () => player.toggle(), "Space");
  const sound = tool("Mute", ICONS.sound, () => {
    player.muted = !player.muted;
    draw();
  });
  const modes = { before: "Before", edited: "Edited", preview: "Preview", film: "Finished" };
  const tabs = Object.entries(modes).map(([mode, name]) =>
    h("button", { class: "nemo-tab", "aria-pressed": "false", text: name, onclick: () => choose(mode) }));
  let shown = "edited";
  let icons = "";

  function choose(mode) {
    shown = mode;
    if (mode !== "film") {
      film.pause();
      player.mode = mode;
    } else player.pause();
    draw();
  }

  function draw() {
    const view = page.view();
    time.textContent = `${clock(page.time, true)} / ${clock(player.length(), true)}` +
      (player.rate !== 1 && player.playing ? ` · ${player.rate}×` : "");
    const state = `${player.playing}${player.muted}`;
    if (state !== icons) {
      icons = state;
      swap(playing, player.playing ? "Pause" : "Play", player.playing ? ICONS.pause : ICONS.play, "Space");
      swap(sound, player.muted ? "Unmute" : "Mute", player.muted ? ICONS.mute : ICONS.sound);
    }
    tabs.forEach((tab, number) => {
      const mode = Object.keys(modes)[number];
      tab.setAttribute("aria-pressed", String(mode === shown));
      tab.hidden = (mode === "film" && !page.media.film) || (mode === "preview" && !page.media.preview) ||
        (mode === "before" && !view.files.length);
    });
    player.stage.hidden = shown === "film";
    empty.hidden = view.files.length > 0;
    film.hidden = facts.hidden = shown !== "film";
    hint.hidden = shown !== "edited" || !view.effects.length;
    missing.textContent = `Not shown here, but in the export: ${view.effects.join(", ").replaceAll("_", " ")}.`;
  }

  function swap(button, name, path, keys) {
    button.replaceChildren(icon(path));
    button.setAttribute("aria-label", name);
    button.title = keys ? `${name} (${keys})` : name;
  }

  /** Show what was exported: it is played by the browser itself, which asks for the parts that it needs. */
  function drawFilm() {
    const facts_ = page.model.get("film") || {};
    const url = page.media.film;
    if (!facts_.name || !url) {
      if (shown === "film") choose("edited");
      return draw();
    }
    const isNew = film.nemoUrl !== url;
    if (isNew) film.src = film.nemoUrl = url;
    const length = facts_.length || (film.duration ? film.duration * 1000 : 0);
    facts.replaceChildren(
      h("span", { text: [facts_.name, bytes(facts_.size), length ? clock(length) : ""].filter(Boolean).join(" · ") }),
      h("a", { href: downloadOf(url), download: facts_.name, text: "Download" }),
    );
    if (isNew && page.exported) choose("film");
    page.exported = false;
    draw();
  }

  const downloadOf = (url) => `${url}${url.includes("?") ? "&" : "?"}download=1`;

  /** Who uses the timeline or its keys wants to see the timeline. */
  page.leaveFilm = () => shown === "film" && choose("edited");
  film.addEventListener("loadedmetadata", drawFilm);
  player.onTime(draw);
  page.on("change:view", () => {
    // An edit has made a rendered preview untrue, and is what is to be seen now.
    if (shown === "preview" || shown === "film") choose("edited");
    player.load();
    draw();
  });
  page.on("media", () => {
    drawFilm();
    if (page.media.preview && page.wantsPreview) {
      page.wantsPreview = false;
      choose("preview");
    } else player.load();
    draw();
  });
  page.on("change:film", drawFilm);
  const bar = h("div", { class: "nemo-row nemo-transport", role: "toolbar", "aria-label": "Player" },
    tool("Previous cut", ICONS.back, () => page.toCut(-1), "["),
    tool("Frame back", ICONS.frameBack, () => player.step(-1), ","),
    playing,
    tool("Frame forward", ICONS.frameOn, () => player.step(1), "."),
    tool("Next cut", ICONS.forward, () => page.toCut(1), "]"),
    sound, time, h("span", { class: "nemo-gap" }), h("span", { class: "nemo-tabs" }, ...tabs));
  bar.addEventListener("click", (event) => event.target.closest(".nemo-tool") && page.leaveFilm(), true);
  return h("section", { class: "nemo-player", "aria-label": "Player" }, player.stage, film, facts, hint, bar);
}
