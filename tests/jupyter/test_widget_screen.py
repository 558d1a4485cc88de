"""What the player shows over and between the pictures: titles at their places, transitions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.jupyter.plain import DARK, Tab, cut_view, state_of

LOOK = """() => [...document.querySelectorAll(".nemo-stage video")].map(video => ({
    seconds: video.currentTime, shown: getComputedStyle(video).visibility === "visible",
    opacity: Number(getComputedStyle(video).opacity), clip: video.style.clipPath,
    moved: video.style.transform, paused: video.paused, front: video.classList.contains("nemo-front"),
})).sort((one, two) => one.seconds - two.seconds)"""
WATCH = f"""() => {{
    window.seen = [];
    const look = () => {{
        seen.push(({LOOK})());
        requestAnimationFrame(look);
    }};
    look();
}}"""
READY = "document.querySelector('.nemo-front')?.readyState >= 2"
SETTLED = """[...document.querySelectorAll('.nemo-stage video.nemo-front, .nemo-stage video.nemo-partner')]
    .filter(video => video.readyState >= 2 && !video.seeking).length === """


def open_at_first_cut(tab: Tab, blend: str) -> None:
    """Open the editor and go to the first cut, at 2 s of the timeline."""
    tab.open(state_of(cut_view(blend=blend)))
    tab.until(READY)
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press("]")
    tab.until(f"{SETTLED} {1 if blend.startswith('fade') else 2}")


def look(tab: Tab) -> list[dict[str, Any]]:
    return list(tab.page.evaluate(LOOK))


@pytest.mark.parametrize(
    ("position", "across", "down"),
    [("center", 0.5, 0.5), ("top-left", 0.06, 0.06), ("bottom-right", 0.94, 0.94), ("bottom", 0.5, 0.94)],
)
def test_a_title_stands_where_the_export_will_have_it(
    tab: Tab, position: str, across: float, down: float
) -> None:
    tab.open(state_of(cut_view(position=position, size=1.5, color="#ff8800", box=True)))
    tab.until(READY)
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press(".")
    tab.until("document.querySelector('.nemo-word')")
    x, y, wide, high, letter, colour, short = tab.page.evaluate(
        """() => { const word = document.querySelector(".nemo-word"), style = getComputedStyle(word);
        const box = word.getBoundingClientRect(), video = document.querySelector(".nemo-front");
        const stage = video.getBoundingClientRect(), shape = video.videoWidth / video.videoHeight;
        const width = Math.min(stage.width, stage.height * shape), height = width / shape;
        const left = stage.left + (stage.width - width) / 2, top = stage.top + (stage.height - height) / 2;
        return [(box.left - left) / width, (box.top - top) / height, box.width / width, box.height / height,
            parseFloat(style.fontSize), style.color, Math.min(width, height)]; }"""
    )
    assert abs(x + wide * (0 if across < 0.5 else 1 if across > 0.5 else 0.5) - across) < 0.02
    assert abs(y + high * (0 if down < 0.5 else 1 if down > 0.5 else 0.5) - down) < 0.02
    assert abs(letter - 1.5 * short / 14) < 1
    assert colour == "rgb(255, 136, 0)"


def test_a_hostile_colour_or_place_changes_nothing_but_the_title(tab: Tab) -> None:
    tab.open(state_of(cut_view(position="x; background: url(//evil)", color="red; top: 0", size="9em")))
    tab.until(READY)
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press(".")
    tab.until("document.querySelector('.nemo-word')")
    style = tab.page.get_attribute(".nemo-word", "style") or ""
    assert "evil" not in style
    assert "red" not in style


def test_a_crossfade_shows_both_sides_of_the_cut(tab: Tab) -> None:
    open_at_first_cut(tab, "crossfade")
    older, newer = look(tab)
    assert older["shown"]
    assert newer["shown"]
    assert abs(older["seconds"] - 2) < 0.05, "the old picture goes on beyond its end"
    assert abs(newer["seconds"] - 3) < 0.05
    assert abs(newer["opacity"] - 0.5) < 0.05
    assert older["opacity"] == 1
    tab.page.keyboard.press("Home")
    tab.until(f"{SETTLED} 1")
    assert sum(video["shown"] for video in look(tab)) == 1


@pytest.mark.parametrize(("kind", "sign"), [("slide_left", 1), ("slide_right", -1), ("wipe_left", 0)])
def test_slides_and_wipes_move_to_their_side(tab: Tab, kind: str, sign: int) -> None:
    open_at_first_cut(tab, kind)
    older, newer = look(tab)
    if sign:
        assert newer["moved"] == f"translateX({50 * sign}%)"
        assert older["moved"] == f"translateX({-50 * sign}%)"
    else:
        assert newer["clip"] == "inset(0px 0px 0px 50%)"


def test_a_fade_to_white_covers_the_cut(tab: Tab) -> None:
    open_at_first_cut(tab, "fade_white")
    veil = "getComputedStyle(document.querySelector('.nemo-veil'))"
    assert tab.page.evaluate(f"[{veil}.opacity, {veil}.backgroundColor]") == ["1", "rgb(255, 255, 255)"]
    tab.page.keyboard.press("Home")
    tab.until(f"{veil}.opacity === '0'")


def test_it_plays_through_transitions_and_ends_with_one_picture(tab: Tab) -> None:
    tab.open(state_of(cut_view(blend="crossfade")))
    tab.until(READY)
    tab.page.evaluate(WATCH)
    tab.page.focus(".nemo-scroller")
    tab.page.keyboard.press(" ")
    tab.until("Number(document.querySelector('.nemo-scroller').getAttribute('aria-valuenow')) >= 5900", 60)
    tab.until("document.querySelector('[aria-label=\"Play\"]')")
    seen = tab.page.evaluate("seen")
    assert any(sum(video["shown"] and not video["paused"] for video in both) == 2 for both in seen)
    assert all(sum(video["front"] for video in both) == 1 for both in seen[3:])
    last = look(tab)
    assert [video["paused"] for video in last] == [True, True]
    assert sum(video["shown"] for video in last) == 1


def test_the_timeline_follows_a_theme_whose_colours_come_late(tab: Tab) -> None:
    tab.open()
    tab.until(READY)
    corner = """() => [...document.querySelector(".nemo-canvas").getContext("2d")
        .getImageData(3, 3, 1, 1).data].slice(0, 3)"""
    tab.page.wait_for_function(f"() => ({corner})().join() === '255,255,255'")
    tab.page.evaluate("document.body.dataset.jpThemeLight = 'false'")
    tab.page.wait_for_timeout(100)  # as JupyterLab does: the style sheet is loaded after it was announced
    for name, value in DARK.items():
        tab.page.evaluate("([name, value]) => document.body.style.setProperty(name, value)", [name, value])
    tab.page.wait_for_function(f"() => ({corner})().every(value => value < 60)")


def test_what_the_player_does_not_show_is_named(tab: Tab) -> None:
    tab.open(state_of(cut_view() | {"effects": ["rotate", "color"]}))
    tab.until(READY)
    assert "in the export: rotate, color" in tab.page.inner_text(".nemo-hint")
    tab.page.click(".nemo-hint >> text=Render a preview")
    assert tab.said("proxy")
    tab.page.evaluate("view => m.set('view', view)", cut_view())
    assert tab.page.is_hidden(".nemo-hint")
