"""The demo's connection: made as a person would make it, and one mapping that outlived its field."""

from __future__ import annotations

from accounts.models import User
from integrations.connections import CredentialInput, create_connection
from integrations.models import Connection, Credential, ObjectMapping, PropertyMapping
from synchealth.demo import simulators

NAME = "Demo: HubSpot and Salesforce simulators"
# HubSpot still has the score of the CRM before; somebody removed its field from Salesforce and left the mapping.
OUTLIVED = ("contacts", "legacy_score", "Legacy_Score__c")


def make_connection(*, user: User) -> Connection:
    """Connect the two simulators of the settings. Raises ConnectionRefused, ConnectionFault, TransientFault.

    A connection that an interrupted start left behind is taken up, not made twice."""
    connection = Connection.objects.filter(name=NAME, state=Connection.State.ACTIVE).first()
    if connection is None:
        connection = create_connection(
            name=NAME,
            hubspot_credential=CredentialInput(
                kind=Credential.Kind.HUBSPOT_SERVICE_KEY,
                secret={"key": simulators.HUBSPOT_SERVICE_KEY},
            ),
            salesforce_credential=CredentialInput(
                kind=Credential.Kind.SALESFORCE_CLIENT_CREDENTIALS,
                secret={
                    "client_id": simulators.SALESFORCE_CLIENT_ID,
                    "client_secret": simulators.SALESFORCE_CLIENT_SECRET,
                },
            ),
            user=user,
        )
    hubspot_object, hubspot_property, salesforce_field = OUTLIVED
    PropertyMapping.objects.get_or_create(
        object_mapping=ObjectMapping.objects.get(
            connection=connection, hubspot_object=hubspot_object
        ),
        hubspot_property=hubspot_property,
        salesforce_field=salesforce_field,
        defaults={"hubspot_type": "number", "salesforce_type": "double"},
    )
    return connection
