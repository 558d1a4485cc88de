/** Part 2: the conversation. */

const HINT = "Say what you want: cut the boring parts, add transitions …";

/** Return the panel with the conversation and the box to type into. */
function chatPanel(page) {
  const { model } = page;
  const log = h("div", {
    class: "nemo-log", role: "log", "aria-live": "polite", "aria-label": "Conversation", tabindex: "0",
  });
  const live = h("div", { class: "nemo-live", hidden: true });
  const chips = h("div", { class: "nemo-chips", role: "group", "aria-label": "Suggestions" });
  const box = h("textarea", {
    class: "nemo-box", rows: "2", dir: "auto", "aria-label": "Message", placeholder: HINT, maxlength: "10000",
  });
  const send = h("button", { class: "nemo-send", text: "Send", onclick: say });
  const stop = h("button", { class: "nemo-stop", text: "Stop", onclick: () => page.send({ type: "stop" }) });
  const past = recall(box, () => model.get("messages"));
  let shown = [];

  function say() {
    const text = box.value.trim();
    if (!text) return;
    page.send({ type: "say", text });
    box.value = "";
    past.reset();
    box.focus();
  }

  box.addEventListener("keydown", (event) => {
    // While an input method composes, Enter chooses a character and arrows choose candidates.
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      say();
    } else past.key(event);
  });

  /** Draw what is new; messages that stand already are left alone, so that nothing is read out twice. */
  function draw() {
    const messages = model.get("messages") || [];
    const keys = messages.map((message) => JSON.stringify(message));
    let same = 0;
    while (same < shown.length && shown[same] === keys[same]) same += 1;
    while (log.children.length > same) log.lastChild.remove();
    log.append(...messages.slice(same).map(bubble));
    shown = keys;
    follow();
    drawChips(messages);
  }

  function follow() {
    log.scrollTop = log.scrollHeight;
  }

  function drawChips(messages) {
    const last = messages.at(-1);
    const before = messages.findLast((message) => message.role === "agent");
    const offered = last?.role === "error" ? [] : before?.suggestions || [];
    chips.replaceChildren(
      ...offered.slice(0, 4).map((text) =>
        h("button", { class: "nemo-chip", dir: "auto", text, onclick: () => page.send({ type: "say", text }) }),
      ),
    );
    questions.draw(last?.role === "agent" ? last.questions || [] : []);
  }

  function drawLive() {
    const now = model.get("live") || {};
    live.hidden = !now.text && !now.stage;
    if (live.hidden) return live.replaceChildren();
    const parts = [];
    if (now.text) parts.push(h("div", { class: "nemo-text", dir: "auto", text: now.text }));
    if (now.stage) parts.push(gauge(now.stage, now.fraction));
    live.replaceChildren(...parts);
    live.scrollTop = live.scrollHeight;
  }

  const questions = questionPanel(page);
  page.on("change:messages", draw);
  page.on("change:live", drawLive);
  const buttons = h("div", { class: "nemo-row" }, send, stop);
  return h("section", { class: "nemo-chat", "aria-label": "Chat" },
    log, live, questions.el, chips, box, buttons);
}

/** One message. */
function bubble(message) {
  const role = ["user", "agent", "hand", "error", "note"].includes(message.role) ? message.role : "note";
  const names = { user: "You", agent: "Nemo", hand: "By hand", error: "Error", note: "" };
  const node = h("div", { class: `nemo-msg nemo-${role}` });
  if (names[role]) node.append(h("span", { class: "nemo-who", text: names[role] }));
  node.append(h("span", { class: "nemo-text", dir: "auto", text: String(message.text ?? "") }));
  if (message.remedy) node.append(h("span", { class: "nemo-remedy", dir: "auto", text: message.remedy }));
  return node;
}

/** How far something is, in words and as a bar. */
function gauge(stage, fraction) {
  const known = typeof fraction === "number";
  const percent = known ? ` ${Math.round(fraction * 100)} %` : " …";
  const bar = h("progress", { max: "1", "aria-label": stage, ...(known ? { value: String(fraction) } : {}) });
  return h("div", { class: "nemo-gauge" }, h("span", { text: stage + percent }), bar);
}

/** Up and down go through what was said before. */
function recall(box, messages) {
  let place = 0;
  let draft = "";
  const said = () => (messages() || []).filter((message) => message.role === "user").map((m) => m.text);
  return {
    reset() {
      place = 0;
    },
    key(event) {
      const step = event.key === "ArrowUp" ? 1 : event.key === "ArrowDown" ? -1 : 0;
      if (!step || event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
      const edge = step > 0 ? box.value.slice(0, box.selectionStart) : box.value.slice(box.selectionEnd);
      const list = said();
      const next = place + step;
      if (edge.includes("\n") || next < 0 || next > list.length) return;
      event.preventDefault();
      if (!place) draft = box.value;
      place = next;
      box.value = place ? list[list.length - place] : draft;
      box.setSelectionRange(box.value.length, box.value.length);
    },
  };
}
