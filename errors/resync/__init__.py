"""Resync: at most 100 sync errors, retried together. The tables are the queue; tasks are nudges."""

from errors.resync.create import BatchCreated, create_batch, create_record_batch
from errors.resync.refusals import MAX_ERRORS, ResyncRefused

__all__ = ["MAX_ERRORS", "BatchCreated", "ResyncRefused", "create_batch", "create_record_batch"]
