/** Part 11: dialogues: files of the kernel's machine, addresses, export, recipe, code. */

/** Open a dialogue; it keeps the focus inside and gives it back, and Escape closes it. */
function openDialog(page, title, ...content) {
  const heading = h("h2", { text: title, id: page.id("dialog") });
  const dialog = h("dialog", { class: "nemo-dialog", "aria-labelledby": page.id("dialog") }, heading, ...content);
  dialog.addEventListener("close", () => dialog.remove());
  // What is typed here is no shortcut of the page around.
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  page.root.append(dialog);
  dialog.showModal();
  return dialog;
}

function field(label, control) {
  return h("label", { class: "nemo-field" }, h("span", { text: label }), control);
}

function choice(options) {
  return h("select", {}, ...Object.entries(options).map(([value, text]) => h("option", { value, text })));
}

function actions(page, name, act, getDialog) {
  return h("div", { class: "nemo-row nemo-actions" },
    h("button", { text: "Close", onclick: () => getDialog().close() }),
    h("button", { class: "nemo-main", text: name, onclick: act }));
}

/** Choose files that are on the kernel's machine already. */
function filesDialog(page) {
  const where = h("div", { class: "nemo-path", dir: "ltr" });
  const list = h("div", { class: "nemo-list", role: "group", "aria-label": "Files" });
  const marked = new Map();
  let dialog;

  function show({ path, parent, entries, more, error }) {
    where.textContent = path;
    const up = parent ? [h("button", { class: "nemo-entry", text: "⬑ up", onclick: () => look(parent) })] : [];
    list.replaceChildren(...up, ...entries.map((entry) => row(path, entry)),
      ...(entries.length ? [] : [h("p", { text: error ? "This folder cannot be read." : "No recordings here." })]),
      ...(more ? [h("p", { text: `… and ${more} more` })] : []));
  }

  function row(folder, entry) {
    const full = `${folder.replace(/\/$/, "")}/${entry.name}`;
    if (entry.folder) return h("button", { class: "nemo-entry", dir: "auto", text: `${entry.name}/`, onclick: () => look(full) });
    const box = h("input", { type: "checkbox", onchange: () => (box.checked ? marked.set(full, 1) : marked.delete(full)) });
    box.checked = marked.has(full);
    return h("label", { class: "nemo-entry" }, box, h("span", { dir: "auto", text: entry.name }),
      h("span", { class: "nemo-size", text: bytes(entry.size) }));
  }

  const look = (path) => page.send({ type: "list", path });
  const off = page.on("listing", show);
  dialog = openDialog(page, "Files on the server", where, list, actions(page, "Add", () => {
    if (marked.size) page.send({ type: "add", sources: [...marked.keys()] });
    dialog.close();
  }, () => dialog));
  dialog.addEventListener("close", off);
  look("");
}

/** Bring a recording in from the net. */
function urlDialog(page) {
  const input = h("input", { type: "url", placeholder: "https://…", autofocus: true });
  const act = () => {
    const url = input.value.trim();
    if (!/^https?:\/\/./.test(url)) return input.focus();
    page.send({ type: "add", sources: [url] });
    dialog.close();
  };
  input.addEventListener("keydown", (event) => event.key === "Enter" && act());
  const dialog = openDialog(page, "Add from an address", field("Address", input), actions(page, "Add", act, () => dialog));
}

function exportDialog(page) {
  const files = page.view().files;
  const stem = (files[0]?.name ?? "video").replace(/\.[^.]*$/, "");
  const pictures = page.view().tracks.some((track) => track.kind === "video");
  const format = choice(pictures
    ? { mp4: "MP4", mov: "MOV", webm: "WebM", mkv: "MKV", gif: "GIF", mp3: "MP3 (sound alone)", wav: "WAV (sound alone)", m4a: "M4A (sound alone)", png: "PNG (one picture)" }
    : { mp3: "MP3", wav: "WAV", m4a: "M4A" });
  const height = choice({ "": "As it is", 2160: "2160p", 1440: "1440p", 1080: "1080p", 720: "720p", 480: "480p" });
  const quality = choice({ "": "Best, fast: copies what was not edited", high: "High", medium: "Medium", low: "Low, small" });
  const preset = choice({ "": "None", youtube: "YouTube", tiktok: "TikTok", reels: "Reels", shorts: "Shorts" });
  const size = h("input", { type: "number", min: "1", placeholder: "no limit" });
  const name = h("input", { type: "text", value: `${stem}-edited.${format.value}`, maxlength: "200", dir: "auto" });
  const replace = h("input", { type: "checkbox" });
  format.addEventListener("change", () => {
    name.value = `${name.value.replace(/\.[^.]*$/, "")}.${format.value}`;
  });
  const dialog = openDialog(page, "Export",
    field("Format", format), field("Size", height), field("Quality", quality), field("Made for", preset),
    field("At most (MB)", size), field("File", name),
    h("label", { class: "nemo-check" }, replace, h("span", { text: "Replace a file of that name" })),
    actions(page, "Export", () => {
      const wish = { type: "export", format: format.value, replace: replace.checked };
      if (name.value.trim()) wish.name = name.value.trim();
      if (height.value) wish.height = Number(height.value);
      if (quality.value) wish.quality = quality.value;
      if (preset.value) wish.preset = preset.value;
      if (Number(size.value) > 0) wish.max_bytes = Math.round(Number(size.value) * 1e6);
      page.exported = true;
      page.send(wish);
      dialog.close();
    }, () => dialog));
}

function recipeDialog(page) {
  const input = h("input", { type: "text", value: "recipe.toml", maxlength: "200", autofocus: true });
  const replace = h("input", { type: "checkbox" });
  const dialog = openDialog(page, "Save as recipe",
    h("p", { text: "What was said here, to be run on other recordings: nemo recipe run recipe.toml other.mkv" }),
    field("File", input), h("label", { class: "nemo-check" }, replace, h("span", { text: "Replace a file of that name" })),
    actions(page, "Save", () => {
      if (!input.value.trim()) return input.focus();
      page.send({ type: "recipe", name: input.value.trim(), replace: replace.checked });
      dialog.close();
    }, () => dialog));
}

function codeDialog(page) {
  const code = h("pre", { class: "nemo-code", role: "region", tabindex: "0", "aria-label": "Code" });
  const off = page.on("code", ({ text }) => {
    code.textContent = text;
  });
  const dialog = openDialog(page, "The cell that does the same", code, actions(page, "Copy", () => {
    navigator.clipboard?.writeText(code.textContent).then(() => page.say("Copied."), () => select(code));
    if (!navigator.clipboard) select(code);
  }, () => dialog));
  dialog.addEventListener("close", off);
  page.send({ type: "code" });
}

function select(node) {
  const range = document.createRange();
  range.selectNodeContents(node);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
}
