"""What this app tells the apps above it."""

from __future__ import annotations

from django.dispatch import Signal

# Sent after the commit, with connection_id, from_seq and to_seq: the events from_seq < seq <= to_seq are there
# now. A nudge and no more: a process that dies here sends none, so receivers also look by themselves.
events_recorded = Signal()
