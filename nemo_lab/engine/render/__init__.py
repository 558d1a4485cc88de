"""Draft → file."""
