"""Every address of the product, walked: who gets in, who does not."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from errors.models import BulkJob, ResyncBatch, SavedView, SyncError
from integrations.models import Connection, ObjectMapping, PropertyMapping
from notifications.models import Channel, Subscription
from notifications.notices import send_test

LogIn = Callable[[str], Client]

# Open to everybody, or with a way of its own to say who it is.
PUBLIC = {"unsubscribe", "login", "set_language", "healthz", "healthz-ready"}

# What everybody who sees a connection chooses for themselves.
OWN = {"notifications", "test-notification", "digest-again"}


def _patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    """The pages. What has a namespace is the REST API, which answers in JSON and has its own tests."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield entry
        elif not entry.namespace:
            yield from _patterns(entry)


def _parameters(name: str) -> set[str]:
    found = get_resolver().reverse_dict.getlist(name)
    return {
        parameter for possibility in found for _path, names in possibility[0] for parameter in names
    }


def _pages() -> list[str]:
    names = {entry.name for entry in _patterns(get_resolver()) if entry.name}
    return sorted(names - PUBLIC)


@pytest.fixture
def address(connection: Connection) -> Callable[[str], str]:
    mapping = ObjectMapping.objects.create(
        connection=connection,
        hubspot_object="contacts",
        hubspot_object_type_id="0-1",
        salesforce_object="Contact",
        label="Contacts",
    )
    pair = PropertyMapping.objects.create(
        object_mapping=mapping, hubspot_property="a", salesforce_field="B"
    )
    error = SyncError.objects.filter(connection=connection).first()
    assert error is not None
    batch = ResyncBatch.objects.create(
        connection=connection, idempotency_key="k", selection_digest="d", total=1
    )
    job = BulkJob.objects.create(
        connection=connection,
        kind="resync",
        idempotency_key="k",
        request={"filters": {}, "last_id": 0},
    )

    record = error.records.get()

    view = SavedView.objects.create(connection=connection, name="Partners", error=error, total=0)
    channel = Channel.objects.create(connection=connection, kind="webhook", name="Hook", host="h")
    reader = Subscription.objects.create(connection=connection, channel=channel)
    digest = send_test(subscription=reader)

    def of(name: str) -> str:
        values: dict[str, Any] = {
            "connection_id": connection.pk,
            "error_type": "picklists",
            "error_id": error.pk,
            "batch_id": batch.public_id,
            "record_id": record.pk,
            "job_id": job.public_id,
            "mapping_id": pair.pk
            if name in {"change-property-mapping", "edit-property-mapping"}
            else mapping.pk,
            "system": "hubspot",
            "token_id": 1,
            "public_id": digest.public_id,
            "channel_id": channel.pk,
            "view_id": view.public_id,
        }
        wanted = _parameters(name)
        unknown = wanted - values.keys()
        assert not unknown, f"{name}: tell this test what to put for {unknown}"
        return reverse(name, kwargs={key: values[key] for key in wanted})

    return of


@pytest.mark.parametrize("name", _pages())
def test_who_is_not_logged_in_is_sent_to_the_login(
    name: str, address: Callable[[str], str]
) -> None:
    if name == "logout":
        pytest.skip("logging out is for everybody")
    url = address(name)
    answers = [Client().get(url), Client().post(url)]

    # A page that takes only the other method says so before it asks who is there.
    seen = {answer.status_code for answer in answers} - {405}
    assert seen == {302}
    assert all("/login/" in a.headers["Location"] for a in answers if a.status_code == 302)


@pytest.mark.parametrize(
    "name", [name for name in _pages() if "connection_id" in _parameters(name)]
)
def test_stranger_finds_nothing_there(
    name: str, address: Callable[[str], str], as_user: LogIn
) -> None:
    client = as_user("stranger")
    url = address(name)

    assert {client.get(url).status_code, client.post(url).status_code} - {405} == {404}


@pytest.mark.parametrize(
    "name", [name for name in _pages() if "connection_id" in _parameters(name) and name not in OWN]
)
def test_viewer_changes_nothing(name: str, address: Callable[[str], str], as_user: LogIn) -> None:
    assert as_user("viewer").post(address(name)).status_code in {403, 405}


@pytest.mark.parametrize(
    "name",
    [
        "connection-pause",
        "connection-resume",
        "connection-credential",
        "mapping",
        "switch-object-mapping",
        "add-property-mapping",
        "change-property-mapping",
        "edit-property-mapping",
    ],
)
def test_operator_does_not_administer(
    name: str, address: Callable[[str], str], as_user: LogIn
) -> None:
    client = as_user("operator")
    url = address(name)

    assert {client.get(url).status_code, client.post(url).status_code} - {405} == {403}


@pytest.mark.parametrize("name", _pages())
def test_every_page_has_one_main_heading(
    name: str, address: Callable[[str], str], as_user: LogIn
) -> None:
    answer = as_user("admin").get(address(name))

    if answer.status_code != 200 or "html" not in answer.headers["Content-Type"]:
        pytest.skip("not a page")
    page = answer.content.decode()
    if "<html" in page:
        assert page.count("<h1") == 1
        assert "style=" not in page
        assert " onclick=" not in page


def test_error_or_batch_of_another_connection_is_not_there(
    connection: Connection, as_user: LogIn
) -> None:
    other = Connection.objects.exclude(pk=connection.pk).get()
    error = SyncError.objects.filter(connection=connection).first()
    assert error is not None
    client = as_user("stranger")

    assert client.get(f"/connections/{other.pk}/errors/{error.pk}/about/").status_code == 404
    assert client.get(f"/connections/{other.pk}/errors/{error.pk}/records/").status_code == 404
    assert client.get(f"/connections/{other.pk}/resync/{uuid.uuid4()}/").status_code == 404
