"""The sync engine: records in, outcomes out. Planning is pure; `to_salesforce` and `to_hubspot` spend the calls."""

from integrations.engine.importing import ImportPage, Place, import_pages, records_to_import
from integrations.engine.links import salesforce_ids
from integrations.engine.pages import EnginePage
from integrations.engine.retry import RetryTarget, retry_pages
from integrations.engine.sync import sync_pages

__all__ = [
    "EnginePage",
    "ImportPage",
    "Place",
    "RetryTarget",
    "import_pages",
    "records_to_import",
    "retry_pages",
    "salesforce_ids",
    "sync_pages",
]
