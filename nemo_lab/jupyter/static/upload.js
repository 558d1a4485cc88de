/** Part 10: files come in. By HTTP in parts straight to disk, where our server extension is; else by messages. */

const PART = 8 * 1024 * 1024;
const SMALL_PART = 1024 * 1024;
const WINDOW = 4;
const TRIES = 5;
const ACCEPTED = ".mp4,.mov,.avi,.webm,.mkv,.jpg,.jpeg,.png,.gif,.webp,.mp3,.wav,.m4a,.aac";

/** A name for a file that is the same when it is chosen again, so that an upload goes on where it ended. */
async function idOf(file) {
  const text = new TextEncoder().encode(`${file.name}\n${file.size}\n${file.lastModified}`);
  // Plain http to another machine has no crypto.subtle.
  const digest = crypto.subtle ? new Uint8Array(await crypto.subtle.digest("SHA-256", text)) : weak(text);
  return [...digest.slice(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Four runs of FNV-1a with different seeds: enough to tell one's own files apart. */
function weak(text) {
  const out = new Uint8Array(16);
  for (let run = 0; run < 4; run += 1) {
    let hash = 2166136261 ^ (run * 0x9e3779b9);
    for (const byte of text) hash = Math.imul(hash ^ byte, 16777619);
    new DataView(out.buffer).setInt32(run * 4, hash);
  }
  return out;
}

/** Return the list of uploads that run, and what starts them. */
function uploads(page) {
  const list = h("div", { class: "nemo-uploads" });
  const input = h("input", { type: "file", multiple: true, accept: ACCEPTED, class: "nemo-file",
    "aria-label": "Choose recordings", tabindex: "-1", onchange: () => {
      add([...input.files]);
      input.value = "";
    } });
  let chain = Promise.resolve();

  /** Files are sent one after the other, in order; each has a line of its own. */
  function add(files) {
    for (const file of files) {
      const job = line(file);
      chain = chain.then(() => run(job));
    }
  }

  function line(file) {
    const job = { file, stopped: new AbortController(), sent: 0 };
    job.bar = h("progress", { max: "1", value: "0", "aria-label": `Upload of ${file.name}` });
    job.text = h("span", { class: "nemo-text", dir: "auto", text: `${file.name} · waiting` });
    job.cancel = h("button", { text: "Cancel", "aria-label": `Cancel upload of ${file.name}`, onclick: () => {
      job.stopped.abort();
      job.el.remove();
    } });
    job.again = h("button", { text: "Resume", hidden: true, onclick: () => {
      job.again.hidden = true;
      chain = chain.then(() => run(job));
    } });
    job.el = h("div", { class: "nemo-upload" }, job.text, job.bar, job.again, job.cancel);
    list.append(job.el);
    return job;
  }

  function progress(job, sent) {
    job.sent = sent;
    job.bar.value = job.file.size ? sent / job.file.size : 1;
    job.text.textContent = `${job.file.name} · ${bytes(sent)} of ${bytes(job.file.size)}`;
  }

  async function run(job) {
    if (job.stopped.signal.aborted) return;
    try {
      if (!job.file.size) throw new Error("is empty");
      job.id ??= await idOf(job.file);
      const server = await page.server;
      if (server) {
        const path = await overHttp(job, server.chunk || PART);
        page.send({ type: "add", sources: [path] });
      } else await overMessages(job);
      job.el.remove();
    } catch (error) {
      if (job.stopped.signal.aborted) return;
      job.text.textContent = `${job.file.name}: ${error.message}`;
      job.again.hidden = false;
    }
  }

  async function overHttp(job, part) {
    const base = address(`nemo/upload/${job.id}`);
    const state = await ask(base, { headers: xsrf(), signal: job.stopped.signal });
    let offset = limit(state.received || 0, 0, job.file.size);
    if (state.path && offset === job.file.size) return state.path;
    progress(job, offset);
    for (let failed = 0; ;) {
      const body = job.file.slice(offset, offset + part);
      const query = new URLSearchParams({ name: job.file.name, offset: String(offset), total: String(job.file.size) });
      try {
        const reply = await ask(`${base}?${query}`, { method: "PUT", headers: xsrf(), body, signal: job.stopped.signal });
        failed = 0;
        offset = reply.received;
        progress(job, offset);
        if (reply.path) return reply.path;
      } catch (error) {
        // The server knows best how much it has; a network that comes and goes is waited for.
        if (error.refused || job.stopped.signal.aborted || (failed += 1) > TRIES) throw error;
        await new Promise((wake) => setTimeout(wake, 500 * 2 ** failed));
        const there = await ask(base, { headers: xsrf(), signal: job.stopped.signal }).catch(() => null);
        if (there) offset = limit(there.received || 0, 0, job.file.size);
      }
    }
  }

  async function ask(url, options) {
    const reply = await fetch(url, options);
    if (reply.ok) return reply.json();
    const said = await reply.json().catch(() => ({}));
    const error = new Error(said.message || `the server said ${reply.status}`);
    error.refused = reply.status >= 400 && reply.status < 500 && reply.status !== 409 && reply.status !== 408;
    throw error;
  }

  /** A few parts are on their way at once; each is acknowledged, for one that got lost makes no noise. */
  async function overMessages(job) {
    let wake = () => {};
    let state = null;
    const off = page.on("received", (message) => {
      if (message.id === job.id) state = message;
      wake();
    });
    const refused = page.on("refused", (message) => {
      if (message.id === job.id) state = { refused: true };
      wake();
    });
    const news = () => new Promise((resolve, reject) => {
      wake = resolve;
      setTimeout(() => reject(new Error("the kernel does not answer")), 60_000);
    });
    try {
      page.send({ type: "resume", id: job.id });
      await news();
      let offset = limit(state.received, 0, job.file.size - 1);
      while (!state?.done) {
        if (job.stopped.signal.aborted) return;
        if (state?.refused) throw new Error("could not be kept");
        if (offset < job.file.size && offset - state.received < WINDOW * SMALL_PART) {
          const body = await job.file.slice(offset, offset + SMALL_PART).arrayBuffer();
          page.send({ type: "chunk", id: job.id, name: job.file.name, offset, total: job.file.size }, [body]);
          offset += body.byteLength;
        } else await news();
        progress(job, state?.received ?? 0);
      }
    } finally {
      off();
      refused();
    }
  }

  /** Whatever is dropped or pasted anywhere on the editor. */
  function receive(root) {
    const files = (data) => [...(data?.files ?? [])];
    root.addEventListener("dragover", (event) => {
      if (![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
      event.preventDefault();
      event.stopPropagation();
      root.classList.add("nemo-drop");
    });
    root.addEventListener("dragleave", (event) => {
      if (!root.contains(event.relatedTarget)) root.classList.remove("nemo-drop");
    });
    root.addEventListener("drop", (event) => {
      root.classList.remove("nemo-drop");
      if (!files(event.dataTransfer).length) return;
      event.preventDefault();
      event.stopPropagation();
      add(files(event.dataTransfer));
    });
    root.addEventListener("paste", (event) => {
      if (!files(event.clipboardData).length) return;
      event.preventDefault();
      event.stopPropagation();
      add(files(event.clipboardData));
    });
  }

  return { list, input, receive, choose: () => input.click() };
}
