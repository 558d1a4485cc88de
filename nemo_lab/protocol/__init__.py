"""The wire in types, with no I/O: what both the client and the local backend speak."""
