"""Talks to a backend: conversation rules written once, under a sync and an async face."""
