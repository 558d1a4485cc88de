"""The command line: `nemo`."""
