"""The versions of the APIs, in one place each."""

from __future__ import annotations

# HubSpot's date-based paths: /crm/objects/2026-09/…
HUBSPOT_VERSION = "2026-09"
SALESFORCE_VERSION = "67.0"
