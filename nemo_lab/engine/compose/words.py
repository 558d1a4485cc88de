"""Every sentence that composing says, in English and Chinese."""

from __future__ import annotations

from nemo_lab.protocol.draft import Milliseconds
from nemo_lab.protocol.plan import Language, RemoveTarget
from nemo_lab.protocol.summary import seconds

_DONE = {
    "cut": (
        "Removed {range} ({gone} s): {before} → {after}",
        "已删除 {range}（{gone} 秒）：{before} → {after}",
    ),
    "kept": ("Kept {range}: {before} → {after}", "已保留 {range}：{before} → {after}"),
    "protected": ("Protected {range}", "已保护 {range}"),
    "silence_cut": (
        "Removed {count} pauses, {gone} s in all: {before} → {after}",
        "已删除 {count} 处停顿，共 {gone} 秒：{before} → {after}",
    ),
    "silence_cut_one": (
        "Removed 1 pause of {gone} s: {before} → {after}",
        "已删除 1 处停顿（{gone} 秒）：{before} → {after}",
    ),
    "silence_sped": (
        "Hurried through {count} pauses at {factor}x: {before} → {after}",
        "{count} 处停顿以 {factor} 倍速播放：{before} → {after}",
    ),
    "silence_sped_one": (
        "Hurried through 1 pause at {factor}x: {before} → {after}",
        "1 处停顿以 {factor} 倍速播放：{before} → {after}",
    ),
    "shown_sped": (
        "Hurried through {count} silent stretches that show something, at {factor}x: {before} → {after}",
        "{count} 处无人说话但画面有变化的部分以 {factor} 倍速播放：{before} → {after}",
    ),
    "condensed": ("Shortened the pauses: {before} → {after}", "已缩短停顿：{before} → {after}"),
    "condensed_dropped": (
        "Shortened the pauses and left out the {count} stretches that matter least ({gone} s: {places}): "
        "{before} → {after}",
        "已缩短停顿，并删去最不重要的 {count} 段（{gone} 秒：{places}）：{before} → {after}",
    ),
    "highlights": (
        "Kept the best {count} stretches ({kept}): {before} → {after}",
        "已保留最精彩的 {count} 段（{kept}）：{before} → {after}",
    ),
    "captions": ("Added {count} captions", "已添加 {count} 条字幕"),
    "captions_aside": (
        "Wrote {count} captions, kept beside the picture",
        "已生成 {count} 条字幕，未嵌入画面",
    ),
    "fillers_cut": (
        "Removed {count} filler words ({gone} s: {places}): {before} → {after}",
        "已删除 {count} 处口头语（{gone} 秒：{places}）：{before} → {after}",
    ),
    "fillers_muted": ("Silenced {count} filler words: {places}", "已静音 {count} 处口头语：{places}"),
    "said_cut": (
        "Removed “{words}” at {places} ({gone} s): {before} → {after}",
        "已删除“{words}”：{places}（{gone} 秒）：{before} → {after}",
    ),
    "chapters": (
        "Marked {count} chapters, for the video's description:\n{text}",
        "已标记 {count} 个章节，可用于视频简介：\n{text}",
    ),
    "marks_obeyed": (
        "Obeyed {count} marks that were set while recording: {names}",
        "已按录制时设置的 {count} 个标记处理：{names}",
    ),
    "marks_ignored": ("The marks of the recording are left alone", "不理会录像里的标记"),
    "split": ("Split into {count} clips", "已拆分为 {count} 段"),
    "merged": ("Joined {count} files: {names} ({after})", "已合并 {count} 个文件：{names}（{after}）"),
    "reordered": ("New order of the clips: {order}", "片段的新顺序：{order}"),
    "restored": (
        "Brought back {gained} s at {at}: {before} → {after}",
        "已在 {at} 处恢复 {gained} 秒：{before} → {after}",
    ),
    "sped": ("Speed {factor}x: {before} → {after}", "速度 {factor} 倍：{before} → {after}"),
    "sped_range": (
        "Speed {factor}x in {range}: {before} → {after}",
        "{range} 的速度 {factor} 倍：{before} → {after}",
    ),
    "transition": (
        "Added {count} {kind} transitions of {length} s",
        "已添加 {count} 处{kind}转场，每处 {length} 秒",
    ),
    "transition_one": ("Added 1 {kind} transition of {length} s", "已添加 1 处{kind}转场，{length} 秒"),
    "fade_in": ("Fade in over {length} s{what}", "开头淡入 {length} 秒{what}"),
    "fade_out": ("Fade out over {length} s{what}", "结尾淡出 {length} 秒{what}"),
    "title": ("Title “{text}” at {range}", "标题“{text}”：{range}"),
    "music": ("Music: {name} at {percent}%", "背景音乐：{name}，音量 {percent}%"),
    "volume": ("Volume of {what}: {percent}%{where}", "{what}音量：{percent}%{where}"),
    "muted": ("Muted {what}{where}", "{what}已静音{where}"),
    "normalized_track": (
        "Loudness of audio track {track} brought to {lufs} LUFS",
        "第{track}条音轨的响度已调整为 {lufs} LUFS",
    ),
    "normalized": ("Loudness brought to {lufs} LUFS", "响度已调整为 {lufs} LUFS"),
    "denoised": ("Noise reduction on the recording's sound", "已为原声降噪"),
    "canvas": ("{what}: {before} → {after}", "{what}：{before} → {after}"),
    "look": ("{what}{where}", "{what}{where}"),
    "watermark": ("Watermark: {name}, {position}", "水印：{name}，{position}"),
    "removed": ("Taken out again: {what}", "已去掉：{what}"),
    "removed_title": ("Taken out again: title “{text}”", "已去掉标题“{text}”"),
    "removed_count": ("Taken out again: {what} ({count})", "已去掉{what}（{count} 处）"),
}
_NOTES = {
    "not_there": ("there is nothing of the kind to take out: {what}", "没有可以去掉的{what}"),
    "no_such": ("{what}: only {count} on the timeline", "{what}只有 {count} 个"),
    "empty": ("the range {range} is empty", "时间范围 {range} 为空"),
    "outside": (
        "{range} is not on the timeline, which is {length} long",
        "{range} 不在时间线上，时间线总长 {length}",
    ),
    "clamped": (
        "{range} reaches beyond the timeline ({length}); the part inside it was used.",
        "{range} 超出时间线（{length}），只处理了其中的部分。",
    ),
    "everything": ("that would remove everything", "这样会删除全部内容"),
    "everything_remedy": ("Say a shorter range.", "请指定更短的范围。"),
    "already_gone": ("{range} was removed already", "{range} 已被删除"),
    "guarded": ("{range} is protected", "{range} 受到保护"),
    "too_short": ("{range} is shorter than one frame", "{range} 不足一帧"),
    "nothing_to_cut": ("everything is kept already", "已保留全部内容"),
    "no_sound": ("there is no sound to listen to, so no pauses were looked for", "没有声音，无法查找停顿"),
    "no_marks": (
        "the recording carries no marks that ask for anything (cut, keep, highlight, speed 4x, title: X)",
        "录像里没有表示要求的标记（删除、保留、高光、4倍速、标题：X）",
    ),
    "marks_waiting": (
        "The recording carries {count} marks that ask for something: {names}. "
        "Say “apply the markers” to obey them.",
        "录像里有 {count} 个表示要求的标记：{names}。说“按标记剪辑”即可执行。",
    ),
    "marks_take_all": (
        "The marks ask to cut all of {range}, so nothing was cut because of them.",
        "标记要求删除全部 {range}，因此未按标记删除。",
    ),
    "marks_count": (
        "{count} marked highlights count for more than anything else.",
        "{count} 处高光标记优先保留。",
    ),
    "mute_recording": (
        "the sound is silent all through, so nothing was removed",
        "整段声音都是静音，因此没有删除任何内容",
    ),
    "no_silence": ("no pause of {pause} s or longer was found", "没有找到 {pause} 秒以上的停顿"),
    "only_silence": (
        "the timeline holds only silence, so nothing was removed",
        "时间线上只有静音，因此没有删除任何内容",
    ),
    "not_analysed": ("{name} was not analysed, so its pauses were left", "{name} 尚未分析，保留其中的停顿"),
    "short_enough": ("it is {length} long already", "时长已经是 {length}"),
    "not_reached": (
        "{target} was not reached: what is protected stays; it is {length} long. "
        "Say what else may go, for example “cut 1:00 to 2:00”.",
        "未能达到 {target}：受保护的内容不会删除；现长 {length}。"
        "请指出还可以删除的部分，例如“删除1:00到2:00”。",
    ),
    "fell_short": (
        "It ends {short} s below {target}: the next stretch is {needed} s long, and no word is cut in half.",
        "比 {target} 短 {short} 秒：下一段长 {needed} 秒，不会把话切断。",
    ),
    "too_little": (
        "nothing that is said as a whole fits into {target}",
        "没有任何完整的话能放进 {target}",
    ),
    "shown_kept": (
        "{count} silent stretches stay, since the picture moves there ({length} s).",
        "保留了 {count} 处无人说话但画面有变化的部分（{length} 秒）。",
    ),
    "no_chapters": (
        "it is too short, or has too few pauses, for {least} chapters of {length} s",
        "时长太短或停顿太少，无法分出 {least} 个至少 {length} 秒的章节",
    ),
    "no_words": (
        "nothing has been written down of what is said. {reason}",
        "讲话内容尚未转写。{reason}",
    ),
    "not_written": ("nothing has been written down of what is said", "讲话内容尚未转写"),
    "nothing_said": ("nobody says anything that could be a caption", "没有可以作为字幕的讲话"),
    "caption_style": (
        "There is no caption style “{style}”; there are: {known}.",
        "没有字幕样式“{style}”；可用：{known}。",
    ),
    "no_fillers": ("no filler words were found", "没有找到口头语"),
    "not_said": ("“{words}” is said nowhere", "没有找到“{words}”这句话"),
    "split_how": ("say where to split, or every how many seconds", "请说明在哪里拆分，或每隔几秒拆分"),
    "nothing_hidden": ("nothing was cut out at {at}", "{at} 处没有被剪掉的内容"),
    "split_nowhere": ("there is nothing to split there", "该处无法拆分"),
    "one_file": (
        "there is only one file to join; upload another one",
        "只有一个文件，无法合并，请再上传一个",
    ),
    "all_joined": (
        "all files are on the timeline already, one after the other",
        "所有文件已依次位于时间线上",
    ),
    "no_file": ("there is no file “{name}”; there are: {names}", "没有文件“{name}”；现有：{names}"),
    "cannot_join": ("{name} cannot be joined to this timeline", "{name} 无法合并到此时间线"),
    "bad_order": (
        "the order {order} does not fit {count} clip(s)",
        "顺序 {order} 与 {count} 段片段不符",
    ),
    "same_order": ("the clips are in this order already", "片段已经是这个顺序"),
    "speed_limit": ("the speed stays between 0.05x and 100x", "速度须在 0.05 到 100 倍之间"),
    "same_speed": ("a speed of 1x changes nothing", "1 倍速不会带来变化"),
    "no_cuts": ("there are no cuts to put a transition at", "没有可添加转场的剪切点"),
    "short_clips": (
        "{count} cut(s) stay as they are: a clip beside them is shorter than the transition ({length} s).",
        "{count} 处剪切保持不变：旁边的片段短于转场（{length} 秒）。",
    ),
    "handles": (
        "{count} clip(s) were trimmed ({gone} s in all) so that there is picture to blend.",
        "为了留出转场画面，修剪了 {count} 段（共 {gone} 秒）。",
    ),
    "dropped_transitions": (
        "{count} transition(s) no longer fit and were taken out.",
        "{count} 处转场已不再适用，已移除。",
    ),
    "fade_clamped": (
        "The fade was shortened to the timeline, {length} s.",
        "淡入淡出已缩短为时间线长度 {length} 秒。",
    ),
    "no_picture": ("there is no picture, only sound", "没有画面，只有声音"),
    "no_track": (
        "the recording has no such audio track ({track}); it has {count}",
        "录像里没有这条音轨（{track}），共有{count}条",
    ),
    "no_audio": ("there is no sound", "没有声音"),
    "title_gone": ("Title “{text}” went with what was cut.", "标题“{text}”随被删除的部分一起移除。"),
    "title_clamped": (
        "Title “{text}” was shortened to end with the timeline.",
        "标题“{text}”已缩短至时间线结尾。",
    ),
    "music_how": (
        "no music comes with this version: upload an audio file and say “use FILE as background music”",
        "本版本不自带音乐：请上传音频文件，然后说“用 文件名 作背景音乐”",
    ),
    "music_style": (
        "There is no “{style}” music here; the audio file that was uploaded was used: {name}.",
        "这里没有“{style}”音乐，已使用上传的音频文件：{name}。",
    ),
    "no_music": ("there is no music on the timeline", "时间线上没有音乐"),
    "music_short": ("{name} is only {length} long and is not repeated.", "{name} 仅长 {length}，不会循环。"),
    "volume_how": ("say how loud, for example “volume 50%”", "请说明音量，例如“音量50%”"),
    "bad_aspect": ("{aspect} is no aspect ratio", "{aspect} 不是画面比例"),
    "same_size": ("the picture is {size} already", "画面已经是 {size}"),
    "resize_how": ("say the new height, for example 720", "请说明新的高度，例如 720"),
    "look_how": ("say what to change about the colours", "请说明要调整的颜色"),
    "watermark_how": (
        "upload the picture of the watermark and say “use FILE as watermark”",
        "请上传水印图片，然后说“用 文件名 作水印”",
    ),
    "still_taken": ("{name} was taken off the end of the timeline.", "{name} 已从时间线上移除。"),
    "not_yet": (
        "this version of the local engine cannot do this: {what}",
        "本地引擎的此版本尚不支持：{what}",
    ),
}
_WORDS = {
    "why_asked": ("as asked", "按要求"),
    "why_not_kept": ("not in what was to be kept", "不在要保留的范围内"),
    "why_mark": ("mark “{name}” at {at}", "标记“{name}”（{at}）"),
    "why_pause": ("pause of {length} s", "停顿 {length} 秒"),
    "why_shown": ("nobody speaks, but the picture moves", "无人说话，但画面有变化"),
    "why_filler": ("filler “{text}”", "口头语“{text}”"),
    "why_said": ("“{text}” is said", "说到“{text}”"),
    "why_rank": ("rank {rank} of {count}: {signs}", "第 {rank}/{count} 位：{signs}"),
    "why_must": ("protected", "受保护"),
    "sign_average": ("nothing stands out", "没有特别之处"),
    "sign_talk+": ("much is said around it", "前后讲话密集"),
    "sign_talk-": ("little is said around it", "前后讲话稀少"),
    "sign_loud+": ("a lively voice", "声音有力"),
    "sign_loud-": ("a soft voice", "声音较轻"),
    "sign_motion+": ("the picture moves", "画面有变化"),
    "sign_motion-": ("a still picture", "画面静止"),
    "sign_scene+": ("a new picture", "出现新画面"),
    "sign_scene-": ("no new picture", "没有新画面"),
    "sign_brief-": ("but a word", "只有一两个字"),
    "sign_mark+": ("marked as a highlight", "标记为高光"),
    "sign_edge+": ("the beginning or the end", "开头或结尾"),
    "chapter": ("Part {number}", "第{number}部分"),
    "all": ("everything", "全部声音"),
    "track": ("audio track {track}", "第{track}条音轨"),
    "voice": ("the recording's sound", "原声"),
    "music": ("the music", "音乐"),
    "video": (", picture only", "（仅画面）"),
    "audio": (", sound only", "（仅声音）"),
    "both": ("", ""),
    "where": (", {range}", "，{range}"),
    "whole": ("", ""),
    "reframe": ("Aspect {aspect} ({mode})", "画面比例 {aspect}（{mode}）"),
    "resize": ("Size", "尺寸"),
    "rotate": ("Rotated by {degrees}°", "已旋转 {degrees}°"),
    "flip_horizontal": ("Mirrored left to right", "已左右翻转"),
    "flip_vertical": ("Mirrored top to bottom", "已上下翻转"),
    "color": ("Colour: {values}", "颜色：{values}"),
    "blur": ("Blur", "模糊"),
    "zoom": ("Zoom {factor}x", "放大 {factor} 倍"),
    "brightness": ("brightness {value}", "亮度 {value}"),
    "contrast": ("contrast {value}", "对比度 {value}"),
    "saturation": ("saturation {value}", "饱和度 {value}"),
    "temperature": ("temperature {value}", "色温 {value}"),
    "crossfade": ("crossfade", "交叉淡化"),
    "fade_black": ("fade-through-black", "黑场过渡"),
    "fade_white": ("fade-through-white", "白场过渡"),
    "wipe_left": ("wipe-left", "向左擦除"),
    "wipe_right": ("wipe-right", "向右擦除"),
    "slide_left": ("slide-left", "向左滑动"),
    "slide_right": ("slide-right", "向右滑动"),
    "crop": ("cropped", "裁剪"),
    "pad": ("padded", "留边"),
    "blurred": ("blurred borders", "模糊边框"),
}
_REMOVABLE = {
    "title": ("titles", "标题"),
    "captions": ("captions", "字幕"),
    "chapters": ("chapter marks", "章节标记"),
    "music": ("music", "背景音乐"),
    "transition": ("transitions", "转场"),
    "fade": ("fades", "淡入淡出"),
    "fade_in": ("the fade in", "淡入"),
    "fade_out": ("the fade out", "淡出"),
    "color": ("colour adjustments", "调色"),
    "blur": ("blur", "模糊"),
    "zoom": ("zoom", "放大"),
    "speed": ("changes of speed", "变速"),
    "volume": ("changes of volume", "音量调整"),
    "normalize": ("loudness normalisation", "响度标准化"),
    "denoise": ("noise reduction", "降噪"),
    "watermark": ("the watermark", "水印"),
    "reframe": ("the changed aspect ratio", "画面比例调整"),
    "resize": ("the changed size", "尺寸调整"),
    "rotate": ("rotation", "旋转"),
    "flip": ("mirroring", "翻转"),
}
_SENTENCES = {**_DONE, **_NOTES}


def say(language: Language, key: str, **values: object) -> str:
    """Return a sentence in the user's language."""
    english, chinese = _SENTENCES[key]
    return (chinese if language == "zh" else english).format(**values)


def word(language: Language, key: str, **values: object) -> str:
    """Return the name of something, to be put into a sentence, in the user's language."""
    english, chinese = _WORDS[key]
    return (chinese if language == "zh" else english).format(**values)


def removable(language: Language, target: RemoveTarget) -> str:
    """Return the name of what can be taken out again, in the user's language."""
    english, chinese = _REMOVABLE[target]
    return chinese if language == "zh" else english


def sentence(text: str) -> str:
    """Return a reason as a sentence of its own."""
    chinese = any("\u4e00" <= char <= "\u9fff" for char in text)
    end = "" if text.endswith((".", "。")) else "。" if chinese else "."
    return text[:1].upper() + text[1:] + end


def clock(ms: Milliseconds) -> str:
    """Return ms as minutes and seconds, with a tenth only where there is one: ``2:21.8``, ``1:02:03``."""
    sign, tenths = ("-" if ms < 0 else ""), (abs(round(ms)) + 50) // 100
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours}:{minutes:02d}" if hours else str(minutes)
    return f"{sign}{text}:{rest // 10:02d}" + (f".{rest % 10}" if rest % 10 else "")


def amount(ms: Milliseconds) -> str:
    """Return ms as seconds with at most one decimal, or two where one would say 0."""
    short = f"{ms / 1000:.1f}".removesuffix(".0")
    return seconds(ms) if short == "0" else short


def number(value: float) -> str:
    """Return a factor without trailing zeros."""
    return f"{value:.2f}".rstrip("0").rstrip(".")
