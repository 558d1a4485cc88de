"""The extension of the Jupyter server: big files to and from the browser, past the kernel.

Under ``<base url>nemo/``: ``ping``, ``upload/<id>`` and ``media/<token>``. It is optional: where it is
missing, the widget finds other ways.
"""
