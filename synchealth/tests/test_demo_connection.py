"""The demo's connection, made against the running simulators."""

from __future__ import annotations

import pytest

from accounts.models import User
from integrations.models import Connection, PropertyMapping
from simulators.testing import Simulators
from synchealth.demo.connection import OUTLIVED, make_connection


@pytest.mark.django_db
def test_the_simulators_accept_the_demos_credentials_and_a_second_call_finds_the_first(
    simulators: Simulators,
) -> None:
    user = User.objects.create_user("admin@demo.example")
    connection = make_connection(user=user)
    assert connection.state == Connection.State.ACTIVE
    assert make_connection(user=user) == connection
    outlived = PropertyMapping.objects.filter(
        object_mapping__connection=connection, hubspot_property=OUTLIVED[1]
    )
    assert [mapping.salesforce_field for mapping in outlived] == [OUTLIVED[2]]
