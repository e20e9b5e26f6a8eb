"""Resync: at most 100 sync errors, retried together. The tables are the queue; tasks are nudges."""
