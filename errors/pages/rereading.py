"""Reading both sides' schemas again, as a person asks for it on a page: one call of each CRM."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import connection_view
from accounts.models import Role
from errors.jobs.update_requests import read_schemas_again
from errors.pages.listing import error_or_404
from integrations.clients.results import CrmFault
from integrations.metering import AllotmentSpent
from integrations.models import Connection, ObjectMapping


def read_again(request: HttpRequest, *, connection: Connection, mapping: ObjectMapping) -> None:
    """Does it, and leaves a message of how it went."""
    try:
        read_schemas_again(connection=connection, mapping=mapping)
        messages.success(request, _("Properties and fields have been read again."))
    except AllotmentSpent:
        messages.error(request, _("The API calls allotted to HubSpot are used up for now."))
    except CrmFault as fault:
        messages.error(
            request,
            _("They could not be read: %(why)s") % {"why": f"{fault.code}: {fault.message}"},
        )


@require_POST
@connection_view(needed=Role.OPERATOR)
def read_options(request: HttpRequest, connection: Connection, error_id: int) -> HttpResponse:
    """The options that an error is about, anew; leads to the page that compares them."""
    error = error_or_404(connection, error_id)
    mapping = ObjectMapping.objects.filter(
        connection=connection,
        hubspot_object=error.hubspot_object,
        salesforce_object=error.salesforce_object,
    ).first()
    if mapping is None:
        messages.error(request, _("These objects are not mapped any more."))
    else:
        read_again(request, connection=connection, mapping=mapping)
    return redirect("error-about", connection_id=connection.pk, error_id=error.pk)
