"""The only place that opens a media file: safely, and to say what is in it."""

from nemo_lab.engine.media.files import FORMATS, hash_file, open_media, reading
from nemo_lab.engine.media.info import AudioStream, MediaInfo
from nemo_lab.engine.media.probe import probe

__all__ = ["FORMATS", "AudioStream", "MediaInfo", "hash_file", "open_media", "probe", "reading"]
