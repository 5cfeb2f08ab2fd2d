"""Measures rtseg from outside: a real server process, a real browser, a known camera."""
