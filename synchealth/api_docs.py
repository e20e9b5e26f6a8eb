"""The OpenAPI file and the pages that show it, both served from here."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.renderers import BaseRenderer, JSONRenderer, TemplateHTMLRenderer


class SchemaView(SpectacularAPIView):
    """Open to all: it describes the calls and holds no data."""

    authentication_classes: list[Any] = []


@method_decorator(
    # Swagger UI draws its icons from data: addresses; script and style stay strict.
    csp_update({"img-src": ["data:"]}),
    name="dispatch",
)
class DocsView(SpectacularSwaggerSplitView):
    """Swagger UI with its script at an address of its own, as the CSP allows no inline script."""

    authentication_classes: list[Any] = []
    renderer_classes: list[type[BaseRenderer]] = [TemplateHTMLRenderer, JSONRenderer]
    url_name = "api:schema"
    url_self = None
