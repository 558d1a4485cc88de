"""nemo_lab in JupyterLab: the editor widget, and what serves it."""
