"""The editor's page by itself: a plain page in a real Chromium, with a model that only remembers."""

from __future__ import annotations

from pathlib import Path

from tests.jupyter.plain import Tab, cut_view, state_of

# Conversation


def test_enter_sends_and_shift_enter_does_not(tab: Tab) -> None:
    tab.open()
    tab.page.fill("textarea", "cut it")
    tab.page.press("textarea", "Shift+Enter")
    assert not tab.said("say")
    tab.page.press("textarea", "Enter")
    assert tab.said("say") == [{"type": "say", "text": "cut it"}]
    assert tab.page.input_value("textarea") == ""


def test_enter_that_chooses_a_character_sends_nothing(tab: Tab) -> None:
    tab.open()
    session = tab.page.context.new_cdp_session(tab.page)
    tab.page.focus("textarea")
    session.send("Input.imeSetComposition", {"text": "去掉", "selectionStart": 2, "selectionEnd": 2})
    tab.page.evaluate(
        """() => document.querySelector("textarea").dispatchEvent(
        new KeyboardEvent("keydown", {key: "Enter", isComposing: true, bubbles: true, cancelable: true}))"""
    )
    assert not tab.said("say")
    session.send("Input.insertText", {"text": "去掉停顿"})
    tab.page.press("textarea", "Enter")
    assert tab.said("say") == [{"type": "say", "text": "去掉停顿"}]


def test_up_and_down_go_through_what_was_said(tab: Tab) -> None:
    messages = [
        {"role": "user", "text": "first"},
        {"role": "agent", "text": "ok"},
        {"role": "user", "text": "second"},
    ]
    tab.open(state_of(cut_view(), messages=messages))
    tab.page.fill("textarea", "draft")
    seen = []
    for key in ("ArrowUp", "ArrowUp", "ArrowUp", "ArrowDown", "ArrowDown"):
        tab.page.press("textarea", key)
        seen.append(tab.page.input_value("textarea"))
    assert seen == ["second", "first", "first", "second", "draft"]


def test_a_reply_streams_and_the_last_state_stands(tab: Tab) -> None:
    tab.open()
    tab.page.evaluate("m.set('live', {text: 'Removed', stage: 'analysing', fraction: 0.4})")
    assert "analysing 40 %" in tab.page.inner_text(".nemo-live")
    tab.page.evaluate("m.set('live', {}); m.set('messages', [{role: 'agent', text: 'Removed 3 pauses'}])")
    assert tab.page.is_hidden(".nemo-live")
    assert "Removed 3 pauses" in tab.page.inner_text(".nemo-log")


def test_suggestions_stop_and_errors(tab: Tab) -> None:
    agent = {"role": "agent", "text": "done", "suggestions": ["add transitions"]}
    tab.open(state_of(cut_view(), messages=[agent]))
    tab.page.click("text=add transitions")
    assert tab.said("say")[-1]["text"] == "add transitions"
    tab.page.click("button:has-text('Stop')")
    assert tab.said("stop")
    fault = {"role": "error", "text": "nothing to redo", "remedy": "Undo something first."}
    tab.page.evaluate("(fault) => m.set('messages', [fault])", fault)
    assert tab.page.inner_text(".nemo-error") == "Error\nnothing to redo\nUndo something first."


def test_questions_are_answered_by_clicks(tab: Tab) -> None:
    options = [{"id": "1", "label": "all"}, {"id": "2", "label": "the first"}]
    one = {"prompt": "Which?", "number": 1, "multiple": False, "options": options, "default": "all"}
    tab.open(state_of(cut_view(), messages=[{"role": "agent", "text": "Which?", "questions": [one]}]))
    tab.page.click(".nemo-option:has-text('the first')")
    assert tab.said("answer") == [{"type": "answer", "labels": [["the first"]]}]
    several = [one, one | {"prompt": "How?", "number": 2, "multiple": True}]
    tab.page.evaluate("(q) => m.set('messages', [{role: 'agent', text: 'x', questions: q}])", several)
    assert tab.page.is_disabled(".nemo-answer")
    tab.page.click(".nemo-option:has-text('all') >> nth=0")
    for label in ("all", "the first"):
        tab.page.click(f"[aria-label='How?'] .nemo-option:has-text('{label}')")
    tab.page.click(".nemo-answer")
    assert tab.said("answer")[-1]["labels"] == [["all"], ["all", "the first"]]


# Player


def test_it_plays_over_the_cuts_without_showing_what_is_gone(tab: Tab) -> None:
    tab.open()
    tab.until("document.querySelector('.nemo-front')?.readyState >= 2")
    tab.page.evaluate(
        """() => { window.seen = []; const look = () => {
        const video = document.querySelector(".nemo-front");
        if (!video.paused && !video.seeking) seen.push(video.currentTime);
        requestAnimationFrame(look); }; look(); }"""
    )
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press(" ")
    tab.until("seen.some((time) => time > 6.2)", 40)
    tab.page.keyboard.press("k")
    seen = tab.page.evaluate("seen")
    gone = [time for time in seen if 2.1 < time < 2.9 or 5.1 < time < 5.9]
    assert not gone
    assert any(3 <= time < 5 for time in seen)
    assert (
        abs(tab.at() - (tab.page.evaluate("document.querySelector('.nemo-front').currentTime") * 1000 - 2000))
        < 300
    )


def test_seeking_stepping_and_going_to_cuts(tab: Tab) -> None:
    tab.open()
    tab.until("document.querySelector('.nemo-front')?.readyState >= 2")
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press("]")
    assert tab.at() == 2000
    tab.until("Math.abs(document.querySelector('.nemo-front').currentTime - 3) < 0.05")
    tab.page.keyboard.press(".")
    assert 2033 <= tab.at() <= 2035
    tab.page.keyboard.press("End")
    assert tab.at() == 6000
    tab.page.keyboard.press("[")
    assert tab.at() == 4000
    box = tab.page.locator(".nemo-scroller").bounding_box()
    assert box is not None
    tab.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    assert 2900 < tab.at() < 3100
    tab.page.click("button:has-text('Before')")
    assert "9.00" in tab.page.inner_text(".nemo-time")


def test_titles_are_shown_while_they_last(tab: Tab) -> None:
    tab.open()
    assert tab.page.inner_text(".nemo-words") == "Evening"
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press("]")
    assert tab.page.inner_text(".nemo-words") == ""


def test_what_cannot_be_played_is_offered_as_a_preview(tab: Tab) -> None:
    tab.open(files={"a1": "files/gone.mp4"})
    tab.page.click(".nemo-trouble >> text=Render a preview")
    assert tab.said("proxy")
    tab.page.evaluate(
        "m.tell({type: 'media', files: {a1: 'files/gone.mp4'}, film: null, proxy: 'files/talk.mp4'})"
    )
    tab.until("document.querySelector('.nemo-front')?.src.endsWith('/base/files/talk.mp4')")
    tab.until("document.querySelector('.nemo-front').readyState >= 2")
    assert tab.page.is_hidden(".nemo-trouble")


def test_without_our_extension_a_preview_comes_as_bytes(tab: Tab) -> None:
    tab.site.extension = False
    tab.open(files={"a1": "nemo/media/token-token-token"})
    tab.page.click(".nemo-trouble >> text=Render a preview")
    tab.page.evaluate("m.tell({type: 'media', files: {}, film: null, proxy: 'nemo/media/other'})")
    tab.until("m.said('bytes').length")
    tab.page.evaluate(
        """async () => { const data = await (await fetch("/base/files/talk.mp4")).arrayBuffer();
        const half = data.byteLength >> 1;
        [[0, half], [half, data.byteLength]].forEach(([start, end]) => m.tell({type: "bytes", offset: start,
          total: data.byteLength, media_type: "video/mp4"}, [new DataView(data, start, end - start)])); }"""
    )
    tab.until("document.querySelector('.nemo-front')?.src.startsWith('blob:')")
    tab.until("document.querySelector('.nemo-front').readyState >= 2")


def test_the_finished_film_seeks_by_range(tab: Tab) -> None:
    film = {"name": "talk-edited.mp4", "size": 1234567, "length": 9000, "format": "mp4"}
    tab.open(state_of(cut_view(), film=film), film="files/talk.mp4?v=2")
    tab.page.click("button:has-text('Finished')")
    tab.until("document.querySelector('.nemo-film').readyState >= 1")
    assert "talk-edited.mp4 · 1.2 MB · 0:09" in tab.page.inner_text(".nemo-facts")
    assert tab.page.get_attribute(".nemo-facts a", "download") == "talk-edited.mp4"
    tab.page.evaluate("document.querySelector('.nemo-film').currentTime = 8")
    tab.until("!document.querySelector('.nemo-film').seeking")
    assert any(asked.startswith("bytes=") for _, _, asked in tab.site.asked)


# Timeline


def test_edits_by_hand_are_exact_operations(tab: Tab) -> None:
    tab.open()
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press("]")
    tab.page.keyboard.press("ArrowRight")
    tab.page.keyboard.press("i")
    tab.page.keyboard.press("o")
    tab.page.keyboard.press("Delete")
    tab.page.keyboard.press("r")
    tab.page.keyboard.press("Control+z")
    tab.page.keyboard.press("Control+Shift+Z")
    assert [message["operation"] for message in tab.said("edit")] == [
        {"op": "cut", "start_ms": 2000, "end_ms": 3000},
        {"op": "cut", "start_ms": 3000, "end_ms": 4000},
        {"op": "cut", "start_ms": 2000, "end_ms": 4000},
        {"op": "restore", "at_ms": 2000, "right_ms": 1000},
    ]
    assert tab.said("undo")
    assert tab.said("redo")


def test_an_end_of_a_clip_can_be_dragged_in_and_out(tab: Tab) -> None:
    tab.open()
    box = tab.page.locator(".nemo-scroller").bounding_box()
    assert box is not None
    each, y = (box["width"] - 8) / 6000, box["y"] + 50
    for start, end in ((1997, 1000), (1997, 2500), (2003, 2600)):
        tab.page.mouse.move(box["x"] + start * each, y)
        tab.page.mouse.down()
        tab.page.mouse.move(box["x"] + (start + end) / 2 * each, y)
        tab.page.mouse.move(box["x"] + end * each, y)
        tab.page.mouse.up()
    first, second, third = (message["operation"] for message in tab.said("edit"))
    assert (first["op"], first["end_ms"]) == ("cut", 2000)
    assert abs(first["start_ms"] - 1000) < 30
    assert (second["op"], second["at_ms"]) == ("restore", 2000)
    assert abs(second.get("left_ms", second.get("right_ms", 0)) - 500) < 30
    assert third["op"] in {"cut", "restore"}


def test_titles_and_music_are_taken_out_by_hand(tab: Tab) -> None:
    tab.open()
    tab.page.focus(".nemo-scroller")
    for _ in range(4):
        tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Delete")
    tab.page.keyboard.press("ArrowDown")
    tab.page.keyboard.press("Delete")
    assert [message["operation"] for message in tab.said("edit")] == [
        {"op": "remove", "target": "music"},
        {"op": "remove", "target": "title", "number": 1},
    ]


def test_zoom_keeps_the_moment_under_the_pointer(tab: Tab) -> None:
    tab.open()
    box = tab.page.locator(".nemo-scroller").bounding_box()
    assert box is not None
    x = box["x"] + box["width"] * 0.7
    tab.page.mouse.move(x, box["y"] + 40)
    before = tab.page.inner_text(".nemo-hover").split(" ")[0]
    tab.page.keyboard.down("Control")
    for _ in range(5):
        tab.page.mouse.wheel(0, -120)
    tab.page.keyboard.up("Control")
    tab.until("document.querySelector('.nemo-spacer').offsetWidth >= 2990")
    tab.page.mouse.move(x + 1, box["y"] + 40)
    after = tab.page.inner_text(".nemo-hover").split(" ")[0]
    assert abs(float(before[2:]) - float(after[2:])) < 0.1


def test_who_has_not_zoomed_in_always_sees_the_whole(tab: Tab) -> None:
    tab.open()
    for view, width in ((cut_view(9), 1200), (cut_view(2), 700), (cut_view(5), 1000)):
        tab.page.set_viewport_size({"width": width, "height": 900})
        tab.page.evaluate("(view) => m.set('view', view)", view)
        box, all_of_it = (f"document.querySelector('.nemo-{name}')" for name in ("scroller", "spacer"))
        tab.until(f"Math.abs({all_of_it}.offsetWidth - {box}.clientWidth + 8) <= 1")


# Files


def upload(tab: Tab, size: int = 300_000) -> None:
    data = bytes(range(256)) * (size // 256)
    tab.page.set_input_files(
        "input[type=file]", {"name": "录像 1.mp4", "mimeType": "video/mp4", "buffer": data}
    )


def test_an_upload_goes_by_http_in_parts_and_survives_a_broken_connection(tab: Tab) -> None:
    tab.open()
    tab.site.breaks = [131072]
    upload(tab)
    tab.until("m.said('add').length", 40)
    assert tab.said("add") == [{"type": "add", "sources": ["/uploads/录像 1.mp4"]}]
    (data,) = tab.site.uploads.values()
    assert bytes(data) == bytes(range(256)) * (300_000 // 256)
    assert not tab.page.locator(".nemo-upload").count()


def test_an_upload_goes_on_where_it_ended(tab: Tab, tmp_path: Path) -> None:
    recording = tmp_path / "talk.mp4"
    recording.write_bytes(bytes(range(256)) * 1000)
    tab.open()
    tab.page.set_input_files("input[type=file]", recording)
    tab.until("m.said('add').length")
    (name,) = tab.site.uploads
    tab.site.uploads[name] = tab.site.uploads[name][:131072]
    tab.site.asked.clear()
    tab.open()  # as after a reload of the page
    tab.page.set_input_files("input[type=file]", recording)
    tab.until("m.said('add').length")
    assert bytes(tab.site.uploads[name]) == recording.read_bytes()
    assert [offset for method, _, offset in tab.site.asked if method == "PUT"] == ["131072", "196608"]


def test_an_upload_can_be_cancelled(tab: Tab) -> None:
    tab.open()
    tab.page.evaluate("() => { window.fetch = () => new Promise(() => {}); }")
    upload(tab)
    tab.page.click(".nemo-upload button:has-text('Cancel')")
    assert not tab.page.locator(".nemo-upload").count()
    assert not tab.said("add")


def test_without_our_extension_files_go_by_messages(tab: Tab) -> None:
    tab.site.extension = False
    tab.open()
    tab.page.evaluate(
        """() => { let received = 0; m.onsend = (message, buffers) => {
        if (message.type === "chunk") received = message.offset + buffers[0].byteLength;
        if (message.type === "chunk" || message.type === "resume") setTimeout(() => m.tell({type: "received",
          id: message.id, received, done: received >= (message.total ?? Infinity)})); }; }"""
    )
    upload(tab, 3_000_000)
    tab.until("m.said('chunk').length === 3 && !document.querySelector('.nemo-upload')")
    assert [message["offset"] for message in tab.said("chunk")] == [0, 1 << 20, 2 << 20]


def test_files_are_dropped_and_pasted(tab: Tab) -> None:
    tab.open()
    for kind in ("drop", "paste"):
        tab.page.evaluate(
            """(kind) => { const data = new DataTransfer();
            data.items.add(new File(["0123456789"], kind + ".mp4", {type: "video/mp4"}));
            const how = {dataTransfer: data, clipboardData: data, bubbles: true, cancelable: true};
            const event = kind === "drop" ? new DragEvent(kind, how) : new ClipboardEvent(kind, how);
            document.querySelector(".nemo-box").dispatchEvent(event); }""",
            kind,
        )
    tab.until("m.said('add').length === 2")
    assert [message["sources"] for message in tab.said("add")] == [
        ["/uploads/drop.mp4"],
        ["/uploads/paste.mp4"],
    ]


def test_files_on_the_server_are_chosen(tab: Tab) -> None:
    tab.open()
    tab.page.click("button:has-text('Server files')")
    entries = [{"name": "a", "folder": True, "size": 0}, {"name": "b.mp4", "folder": False, "size": 10}]
    tab.page.evaluate(
        "(e) => m.tell({type: 'listing', path: '/home/ann', parent: '/home', entries: e})", entries
    )
    tab.page.click(".nemo-entry:has-text('a/')")
    assert tab.said("list")[-1]["path"] == "/home/ann/a"
    tab.page.check(".nemo-entry:has-text('b.mp4') input")
    tab.page.click(".nemo-dialog button:has-text('Add')")
    assert tab.said("add") == [{"type": "add", "sources": ["/home/ann/b.mp4"]}]


def test_export_dialogue(tab: Tab) -> None:
    tab.open()
    tab.page.click("button:has-text('Export …')")
    tab.page.select_option(".nemo-field:has-text('Format') select", "webm")
    tab.page.select_option(".nemo-field:has-text('Size') select", "720")
    tab.page.click(".nemo-dialog button:has-text('Export')")
    wish = {"type": "export", "format": "webm", "replace": False, "name": "talk-edited.webm", "height": 720}
    assert tab.said("export") == [wish]
    tab.page.evaluate("m.set('busy', ['export']); m.set('film', {fraction: 0.25})")
    assert "export 25 %" in tab.page.inner_text(".nemo-rendering")
    tab.page.click("[aria-label='Cancel export']")
    assert tab.said("stop")
