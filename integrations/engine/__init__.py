"""The sync engine: records in, outcomes out. Planning is pure; `to_salesforce` and `to_hubspot` spend the calls."""

from integrations.engine.pages import EnginePage
from integrations.engine.retry import RetryTarget, retry_pages
from integrations.engine.sync import sync_pages

__all__ = ["EnginePage", "RetryTarget", "retry_pages", "sync_pages"]
