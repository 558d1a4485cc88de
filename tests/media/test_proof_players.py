"""What was spliced, in programs that are not ours: Chromium, the ffmpeg command, and a parser of boxes."""

from __future__ import annotations

import base64
import shutil
import subprocess
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from nemo_lab.engine.render import render
from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.report import RenderReport
from tests.jupyter.harness import CHROMIUM, chromium
from tests.media.boxes import tracks
from tests.media.clips import BITS, CELLS, Clip, make
from tests.media.drafts import piece, timeline

CUTS = ((700, 2300), (2900, 4100), (4900, 5300), (6100, 7900))
NUMBERS = [k for start, end in CUTS for k in range(round(start * 0.03), round(end * 0.03))]
"""Which frame of the source each frame of the result shows."""
JOINS = list(accumulate(round((end - start) * 0.03) for start, end in CUTS))[:-1]
MADE = {"exact": Export(), "compat": Export(compat=True), "encoded": Export(quality="low")}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("proof") / "talk.mp4", Clip(seconds=8))


@pytest.fixture(scope="module")
def results(source: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, RenderReport]]:
    folder = tmp_path_factory.mktemp("made")
    draft = timeline(*(piece(start, end) for start, end in CUTS))
    found = {}
    for name, settings in MADE.items():
        target = folder / f"{name}.mp4"
        found[name] = target, render(draft, {"a": source}, target, settings)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    with chromium() as found:
        yield found


OPEN = """async (data) => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const video = document.createElement('video');
    video.muted = true;
    video.src = URL.createObjectURL(new Blob([bytes], {type: 'video/mp4'}));
    document.body.append(video);
    await new Promise((done, fail) => {
        video.oncanplaythrough = done;
        video.onerror = () => fail(new Error('code ' + video.error.code + ' ' + video.error.message));
    });
    window.video = video;
    return [video.duration, video.videoWidth, video.videoHeight];
}"""
SEEK = """async ([time, cells]) => {
    const video = window.video;
    const shown = new Promise(done => video.requestVideoFrameCallback((now, facts) => done(facts.mediaTime)));
    const seeked = new Promise(done => video.addEventListener('seeked', done, {once: true}));
    video.currentTime = time;
    await Promise.all([seeked, shown]);
    const canvas = document.createElement('canvas');
    canvas.width = video.videoWidth; canvas.height = video.videoHeight;
    const paper = canvas.getContext('2d');
    paper.drawImage(video, 0, 0);
    const row = paper.getImageData(0, Math.floor(canvas.height / 16), canvas.width, 1).data;
    return Array.from({length: cells}, (_, k) => row[4 * Math.floor((k + 0.5) * canvas.width / cells) + 1]);
}"""
PLAY = """async () => {
    const video = window.video;
    const rewound = new Promise(done => video.addEventListener('seeked', done, {once: true}));
    video.currentTime = 0;
    await rewound;
    video.playbackRate = 4;
    const ended = new Promise((done, fail) => { video.onended = done; video.onerror = fail; });
    await video.play();
    await ended;
    const quality = video.getVideoPlaybackQuality();
    return [video.currentTime, quality.totalVideoFrames, quality.corruptedVideoFrames];
}"""


def number_in(cells: list[int]) -> int:
    bits = [cell > 128 for cell in cells[2 : 2 + BITS]]
    return sum(1 << place for place, bit in enumerate(bits) if bit)


@pytest.mark.parametrize("name", MADE)
def test_chromium_plays_it_and_seeks_to_the_right_frames(
    results: dict[str, tuple[Path, RenderReport]], browser: Browser, name: str
) -> None:
    path, _ = results[name]
    page = browser.new_page()
    page.set_content("<body></body>")
    length, width, height = page.evaluate(OPEN, base64.b64encode(path.read_bytes()).decode())
    assert (width, height) == (320, 180)
    assert length == pytest.approx(len(NUMBERS) / 30, abs=0.05)
    for at in sorted({0, len(NUMBERS) - 1, *(join + near for join in JOINS for near in (-2, -1, 0, 1, 5))}):
        cells = page.evaluate(SEEK, [(at + 0.5) / 30, CELLS])
        assert number_in(cells) == NUMBERS[at], (at, cells)
    end, _, corrupted = page.evaluate(PLAY)
    assert end == pytest.approx(length, abs=0.1)
    assert corrupted == 0
    page.close()


@pytest.mark.parametrize("name", MADE)
def test_the_ffmpeg_command_has_nothing_to_complain_of(
    results: dict[str, tuple[Path, RenderReport]], name: str
) -> None:
    command = shutil.which("ffmpeg")
    if command is None:
        pytest.skip("ffmpeg is not installed (apt-get install ffmpeg)")
    arguments = ["-v", "warning", "-i", str(results[name][0]), "-map", "0", "-f", "null", "-"]
    done = subprocess.run([command, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("name", MADE)
def test_a_parser_of_its_own_finds_the_tables_right(
    results: dict[str, tuple[Path, RenderReport]], name: str
) -> None:
    path, report = results[name]
    picture, sound = tracks(path)
    assert (picture.handler, sound.handler) == (b"vide", b"soun")
    assert picture.entries == [b"avc1"]
    assert len(picture.sizes) == report.frames == len(NUMBERS)
    shown = sorted(picture.shown)
    step = picture.timescale // 30
    assert [time - shown[0] for time in shown] == [step * k for k in range(len(NUMBERS))]
    assert picture.keys[0] == 0
    assert (report.frames_copied > 70) == (name != "encoded")
    if report.frames_copied:
        assert set(picture.keys) & {join + near for join in JOINS for near in range(-3, 4)}
    assert sound.timescale == 48_000
    assert sound.decode[-1] + 1024 >= report.duration_ms * 48
    assert picture.edits <= 1
