"""Whether this process lives, and whether it can serve: for supervisors and load balancers."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


def _database() -> str:
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return "migrations pending"
    except DatabaseError:
        logger.exception("The database does not answer.")
        return "no answer"
    return "ok"


def _cache() -> str:
    try:
        cache.set("healthz", "1", 5)
        return "ok" if cache.get("healthz") == "1" else "no answer"
    except Exception:  # each cache backend raises its own
        logger.exception("The cache does not answer.")
        return "no answer"


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """200 when the database is migrated and the cache answers, else 503; details in the log only."""
    checks = {"database": _database(), "cache": _cache()}
    fine = all(value == "ok" for value in checks.values())
    return JsonResponse({"ready": fine, **checks}, status=200 if fine else 503)
