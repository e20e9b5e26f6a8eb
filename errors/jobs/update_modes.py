"""The three things an update may do to a property."""

from __future__ import annotations

SET = "set"  # write a value
CLEAR = "clear"  # leave it without one
TOUCH = "touch"  # write each record's own value again
MODES = (SET, CLEAR, TOUCH)
