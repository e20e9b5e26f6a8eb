"""The OpenAPI file and the pages that show it, both served from here."""

from __future__ import annotations

from typing import Any

from csp.decorators import csp_update
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework import exceptions
from rest_framework.renderers import BaseRenderer, JSONRenderer, TemplateHTMLRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView


class RootView(APIView):
    """Where to begin: what else there is hangs below a connection."""

    @extend_schema(exclude=True)
    def get(self, request: Request) -> Response:
        names = ("connections", "schema", "docs")
        return Response(
            {name: request.build_absolute_uri(reverse(f"api:{name}")) for name in names}
        )


@extend_schema(exclude=True)
class NoSuchCallView(APIView):
    """An address below the API's that is no call: refused as every call refuses, in JSON."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise exceptions.NotFound(_("There is no such call. See the API's documentation."))


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
