/** Part 3: questions with options. */

/** Return the panel in which questions are answered; the agent's default is marked. */
function questionPanel(page) {
  const el = h("div", { class: "nemo-questions" });
  let asked = [];
  let chosen = [];

  function answer() {
    page.send({ type: "answer", labels: chosen.map((labels) => [...labels]) });
    draw([]);
  }

  /** A single question with one answer is answered by a click; others wait for the button. */
  function choose(number, label, node) {
    const question = asked[number];
    if (question.multiple && chosen[number].has(label)) chosen[number].delete(label);
    else {
      if (!question.multiple) chosen[number].clear();
      chosen[number].add(label);
    }
    if (asked.length === 1 && !question.multiple) return answer();
    for (const button of node.parentElement.children) {
      button.setAttribute("aria-pressed", String(chosen[number].has(button.dataset.label)));
    }
    el.querySelector(".nemo-answer").disabled = chosen.some((labels) => !labels.size);
  }

  function option(number, label) {
    const isDefault = label === asked[number].default;
    const node = h("button", {
      class: `nemo-chip nemo-option${isDefault ? " nemo-default" : ""}`,
      dir: "auto", text: label, "aria-pressed": "false", onclick: () => choose(number, label, node),
    });
    node.dataset.label = label;
    return node;
  }

  function draw(questions) {
    if (JSON.stringify(questions) === JSON.stringify(asked)) return;
    asked = questions;
    chosen = questions.map(() => new Set());
    const several = questions.length > 1 || questions.some((question) => question.multiple);
    el.replaceChildren(
      ...questions.map((question, number) =>
        h("div", { class: "nemo-question", role: "group", "aria-label": question.prompt },
          h("div", { dir: "auto", text: question.prompt }),
          h("div", { class: "nemo-chips" }, ...question.options.map((entry) => option(number, entry.label)))),
      ),
      ...(several ? [h("button", { class: "nemo-answer", text: "Answer", disabled: true, onclick: answer })] : []),
    );
  }

  return { el, draw };
}
