"""Commands, questions and edits told apart by words alone; the traps are what the rules are for."""

from __future__ import annotations

import pytest

from nemo_lab.protocol.plan import Export
from nemo_lab.protocol.router import export_wish, language_of, route, unquoted

PHRASES = {
    "export": [
        "export",
        "Export it please",
        "ok, export the video",
        "export 1080p MP4",
        "export it as a gif under 5 MB",
        "can you export this in 4K?",
        "please render the final video",
        "download the result",
        "send me the video",
        "Could you send me the finished file?",
        "save it as webm",
        "save as mov",
        "convert it to mp3",
        "turn this into a gif",
        "i'm done, give me the mp4",
        "great! now export it in the best quality",
        "export for TikTok",
        "compress it to 20MB",
        "导出",
        "导出 1080p MP4",
        "请帮我导出视频",
        "可以导出了吗？",
        "下载成片",
        "渲染成 4K",
        "把视频发给我",
        "保存为 gif",
        "好了，导出吧",
        "输出成webm格式",
    ],
    "credits": [
        "credits",
        "how many credits do I have left?",
        "what's my balance",
        "show my credits",
        "check the balance please",
        "积分还剩多少",
        "余额",
        "我还有多少积分？",
        "查一下余额",
        "额度还剩多少",
    ],
    "status": [
        "status",
        "show tracks",
        "show me the timeline",
        "what's on the timeline?",
        "list all tracks",
        "what is the current status",
        "状态",
        "查看状态",
        "显示轨道",
        "时间线上有什么？",
        "看看时间线",
    ],
    "upload": [
        "upload",
        "upload a file",
        "I want to upload another video",
        "upload ~/Videos/take2.mkv",
        "上传",
        "上传视频",
        "我要上传一个文件",
    ],
    "question": [
        "what does bitrate mean?",
        "how do I add captions?",
        "why is there no sound?",
        "can you explain what a keyframe is?",
        "how long is the video",
        "is the export finished?",
        "什么是码率？",
        "怎么导出？",
        "为什么没有声音",
        "视频有多长？",
        "码率是什么意思",
    ],
}
TRAPS = {
    "edit": [
        "add end credits",
        "add end credits 'A film by Ada'",
        "roll the credits at the end",
        "fix the white balance",
        "balance the colours",
        "add an export-style title",
        "add an upload date caption",
        "add a title 'Export'",
        'put "download now" at the bottom',
        'add the text "show tracks" at 0:05',
        "add a title “credits”",
        "cut the first 5 seconds and export it",
        "export it after you cut the first 5 seconds and add captions",
        "can you cut the first 5 seconds?",
        "how about cutting the intro",
        "why don't you mute the start",
        "make the status bar blurry",
        "show the title for 3 seconds",
        "cut the part where I upload the file",
        "remove the download button section",
        "export the first 10 seconds as a gif",
        "给视频加标题“导出”",
        "加片尾字幕“积分”",
        "删掉上传那一段",
        "去掉静音段并导出 GIF",
        "能不能把开头5秒剪掉？",
        "加上传日期字幕",
        "把积分榜那段剪掉",
        "把状态栏模糊掉",
        "剪掉静音后导出",
        "旋转90度然后下载",
    ],
    "question": [
        "what does bitrate mean? don't export yet",
        "how do I export it?",
        "先不要导出，解释一下什么是码率",
        "导出是什么意思？",
        "which format should I export to?",
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in PHRASES.items() for t in texts])
def test_phrase_goes_where_it_belongs(kind, text):
    assert route(text) == kind


@pytest.mark.parametrize(("kind", "text"), [(k, t) for k, texts in TRAPS.items() for t in texts])
def test_trap_is_seen(kind, text):
    assert route(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "don't export yet",
        "cut the intro but do not export",
        "without exporting, mute the start",
        "先不要导出",
        "先别导出，把开头剪掉",
        "不用下载",
        "add a title 'Export as mp4'",
        "make it vertical for TikTok",
        "add end credits",
        "how do I export?",
    ],
)
def test_no_export_is_wished(text):
    assert export_wish(text) is None


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("export", Export()),
        ("export 1080p MP4", Export(format="mp4", height=1080)),
        ("cut the intro and export it as webm", Export(format="webm")),
        ("make it vertical for TikTok and export as mp4", Export(format="mp4")),
        ("export it, 720p, high quality", Export(height=720, quality="high")),
        ("export for YouTube in 4K", Export(height=2160, preset="youtube")),
        ("export as a YouTube short", Export(preset="shorts")),
        ("save it as a gif under 5 MB", Export(format="gif", max_bytes=5_000_000)),
        ("export at 1920x1080, draft quality", Export(height=1080, quality="low")),
        ("export the audio only", Export(format="mp3")),
        ("export audio as wav", Export(format="wav")),
        ("save a thumbnail", Export(format="png")),
        ("compress it to 1.5 GB", Export(max_bytes=1_500_000_000)),
        ("export under 8 MiB", Export(max_bytes=8 * 2**20)),
        ("去掉静音段并导出 GIF", Export(format="gif")),
        ("导出最高画质的4K视频", Export(height=2160, quality="high")),
        ("导出到抖音，不超过20兆", Export(preset="tiktok", max_bytes=20_000_000)),
        ("只导出音频", Export(format="mp3")),
        ("剪掉静音后导出全高清mov", Export(format="mov", height=1080)),
    ],
)
def test_export_wish_is_read(text, wish):
    assert export_wish(text) == wish


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("cut the intro", "en"),
        ("把开头剪掉", "zh"),
        ("添加 captions", "zh"),
        ("add a title “欢迎来到演示”", "en"),
        ("加标题“Welcome to the show”", "zh"),
        ("remove every 嗯 from the clip", "en"),
        ("“你好”", "zh"),
        ("", "en"),
    ],
)
def test_language_is_that_of_the_words_outside_quotes(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize("text", ["don't stop", "it's the dog's", "the '90s"])
def test_an_apostrophe_opens_no_quote(text):
    assert unquoted(text) == text


def test_quotes_of_every_kind_are_masked():
    for quoted in (
        '"export"',
        "“export”",
        "'export'",
        "‘export’",
        "「导出」",
        "《export》",
        "`export`",
        "'don't export'",
    ):
        assert "export" not in unquoted(f"add {quoted} here")
        assert "导出" not in unquoted(f"添加{quoted}")


@pytest.mark.parametrize("text", ["", "   ", "?", "。。。", "'", "∎", "a" * 5000, "export" * 500])
def test_odd_input_has_a_route(text):
    assert route(text) in {"edit", "question", "export"}
