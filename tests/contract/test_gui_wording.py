"""Rule W1: what speaks of buttons never reaches the user, and nothing else is lost."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nemo_lab.client.gui import sentences, translate
from nemo_lab.client.speech import Speech
from nemo_lab.protocol.events import Text

GUI = re.compile(
    r"click|\btap\b|press the|button|\bpanel|sidebar|toolbar|dropdown|drag|\bmenu|dashboard|preview window"
    r"|in the timeline|in the editor|billing page|account settings|corner of|点击|单击|按钮|面板|拖"
    r"|菜单|侧边栏|工具栏|右上角|预览窗口|弹窗|账单页|标签页",
    re.I,
)

# sentence, what must be kept, what must be advised
ENGLISH = [
    ("Click the Export button to download your video.", "", "export"),
    ("You can click 'Export' in the top-right corner of the screen.", "", "export"),
    ("Your video is ready, click Export to save it.", "Your video is ready, ", "export"),
    ("I added a title. Click on the preview button to see it.", "I added a title. ", "status"),
    ("Press the play button to preview.", "", "status"),
    ("Tap the download icon.", "", "export"),
    ("Double-click the clip to edit it.", "", "change"),
    ("Right-click the track and choose Delete.", "", "change"),
    ("Go to the Export tab and choose 1080p.", "", "export"),
    ("Open the Media panel to upload your own files.", "", "upload"),
    ("Open the effects panel to see more.", "", "status"),
    ("Use the toolbar at the top to trim.", "", "change"),
    ("Drag and drop your video here.", "", "change"),
    ("Drag the clip to the end.", "", "change"),
    ("You can drag the music track to move it.", "", "change"),
    ("Simply drag-and-drop files to import them.", "", "upload"),
    ("You can preview it in the timeline.", "", "status"),
    ("Check the result in the preview window.", "", "status"),
    ("I cut 12 s of silence; you can watch it in the player.", "I cut 12 s of silence; ", "status"),
    ("Please check your account to see the balance.", "", "credits"),
    ("Visit your billing page to top up.", "", "credits"),
    ("Go to your dashboard to find the project.", "", "status"),
    ("See the subscription settings page for plans.", "", "credits"),
    ("Select the Share menu to publish.", "", "export"),
    ("Hit the Render button when you are happy.", "", "export"),
    ("When you're happy, click Export.", "When you're happy, ", "export"),
    ("The music is at 35%, and you can click the speaker icon to mute it.", "The music is at 35%, ", ""),
    ("Find the sticker in the left sidebar.", "", "change"),
    ("- Click **Export** to finish", "- ", "export"),
    ("1. Click the Text tab", "1. ", "change"),
    ("Done! Tap Save.", "Done! ", "export"),
    ("Switch to the Audio tab to change it.", "", "change"),
    ("From the dropdown menu select 9:16.", "", "change"),
    ("Click here to continue.", "", "change"),
    ("Use the upload button to add a logo.", "", "upload"),
    ("To download, click Export in the upper right corner of the page.", "To download, ", "export"),
    ("If you want subtitles, open the Captions panel.", "If you want subtitles, ", "status"),
    ("Drop your files in the box.", "", "upload"),
    ("Review it in your browser, then click Publish.", "", "status"),
    ("The title is centred and you can click it to change the font.", "The title is centred", "change"),
]  # fmt: skip
CHINESE = [
    ("点击右上角的“导出”按钮即可下载视频。", "", "导出"),
    ("您的视频已准备好，请点击导出按钮。", "您的视频已准备好，", "导出"),
    ("已添加标题“城市之梦”。点击预览查看效果。", "已添加标题“城市之梦”。", "状态"),
    ("请拖拽素材到时间线。", "", "上传"),
    ("将音乐拖动到开头。", "", "要改什么"),
    ("打开素材面板上传文件。", "", "上传"),
    ("在时间线中预览效果。", "", "状态"),
    ("您可以在预览窗口查看视频。", "", "状态"),
    ("请前往账户页面查看余额。", "", "积分"),
    ("进入账单页面充值。", "", "积分"),
    ("单击文字即可修改。", "", "要改什么"),
    ("右键选择删除。", "", "要改什么"),
    ("请在左侧菜单选择字幕。", "", "要改什么"),
    ("使用工具栏中的剪刀。", "", "要改什么"),
    ("我删掉了12秒静音，您可以点击播放查看。", "我删掉了12秒静音，", "状态"),
    ("点击“保存”按钮。", "", "导出"),
    ("打开时间线窗口看看。", "", "状态"),
    ("双击片段可以调整速度。", "", "要改什么"),
    ("从下拉列表中选择1080p。", "", "要改什么"),
    ("切换到音频标签页。", "", "要改什么"),
    ("点击上传按钮添加水印。", "", "上传"),
    ("完成！点击下载。", "完成！", "导出"),
    ("界面右上角有更多选项。", "", "要改什么"),
    ("关闭弹窗后继续。", "", "要改什么"),
    ("把文件拖入编辑器。", "", "要改什么"),
    ("查看账单了解消费。", "", "积分"),
    ("背景音乐降到35%；点击喇叭静音。", "背景音乐降到35%；", "要改什么"),
    ("如果满意，点击导出。", "如果满意，", "导出"),
]
KEPT = [
    "I cut the boring parts and added two transitions.",
    "The title 'Click here to subscribe' is on screen for 3 s.",
    'Added the text "Press the red button" at 0:05.',
    "I added a click sound at every cut.",
    "A mouse click track lies under the intro.",
    "The keyboard clicks are quieter now.",
    "The dragon scene is now 4 s long.",
    "The control panel in the film is brighter now.",
    "The video is 12.5 s long. It has 3 clips, e.g. the city.",
    "Removed 14 silences (32 s in all): 0:03-0:05, 0:10-0:12.",
    "The menu card in the restaurant shot stays in focus.",
    "Say \"export\" and I save it.",
    "已删除3段静音，共12秒。",
    "标题“点击订阅”显示3秒。",
    "背景音乐已降低到35%。",
    "已在片尾加入淡出转场。",
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "kept", "advice"), ENGLISH)
def test_w1_english(sentence, kept, advice):
    result = translate(sentence, "en")
    assert not GUI.search(result.replace("drop", "")), result
    assert result.startswith(kept)
    assert advice in result[len(kept) :]
    assert result.strip()


@pytest.mark.parametrize(("sentence", "kept", "advice"), CHINESE)
def test_w1_chinese(sentence, kept, advice):
    result = translate(sentence, "zh")
    assert not GUI.search(result), result
    assert result.startswith(kept)
    assert advice in result[len(kept) :]


@pytest.mark.parametrize("sentence", KEPT)
def test_w1_content_is_kept_word_for_word(sentence):
    assert translate(sentence, "zh" if "。" in sentence else "en") == sentence


def test_w1_advice_is_given_once_a_sentence():
    assert translate("Click Export, then click Download.") == 'Say "export" and the video is saved as a file.'


@given(st.text())
def test_sentences_joined_are_the_text(text):
    assert "".join(sentences(text)) == text


@given(st.text(alphabet="ab.,!? \n。，", max_size=60), st.lists(st.integers(0, 60)))
def test_pieces_cut_anywhere_say_the_same(text, cuts):
    edges = sorted({0, len(text), *(min(cut, len(text)) for cut in cuts)})
    speech, whole, shown = Speech("en"), Speech("en"), []
    for start, end in itertools.pairwise(edges):
        shown += speech.hear(Text(text[start:end], partial=True))
    shown += speech.hear(Text(""))
    whole.hear(Text(text))
    assert speech.text == whole.text
    if text.strip():
        assert "".join(piece.text for piece in shown) == text
