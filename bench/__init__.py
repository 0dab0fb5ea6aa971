"""Measurements of the media path beside Chromium's own, in one run: `python -m bench`."""
