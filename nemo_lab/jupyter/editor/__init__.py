"""The editor: a widget with a conversation on one side, timeline and video on the other."""

from nemo_lab.jupyter.editor.widget import Editor

__all__ = ["Editor"]
