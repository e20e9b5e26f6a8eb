"""Why a selection is not resynced, in words for people and as codes for programs."""

from __future__ import annotations

from django.utils.translation import gettext as _

from common.refusals import Refused

MAX_ERRORS = 100  # the limit of HubSpot's own Sync Health tab; the batch's CHECK holds it as well


class ResyncRefused(Refused):
    """`code` is one of no_errors, too_many_errors, unknown_errors, already_in_live_batch, key_reused,
    nothing_to_resync; `errors` are the ids that it is about."""

    def __init__(
        self, code: str, message: str, *, status_code: int = 400, errors: list[int] | None = None
    ) -> None:
        self.errors = errors or []
        fields = {"errors": self.errors} if self.errors else {}
        super().__init__(code, message, status_code=status_code, fields=fields)


def no_errors() -> ResyncRefused:
    return ResyncRefused("no_errors", _("Nothing is selected. Tick at least one error to resync."))


def too_many_errors(selected: int) -> ResyncRefused:
    return ResyncRefused(
        "too_many_errors",
        _(
            "%(selected)d errors are selected; at most %(limit)d can be resynced at once. For more there are three"
            " ways: Resync all matching, which queues as many batches as it takes; Import from Salesforce, which reads"
            " the records again; and Update a property that is mapped, on all of the records."
        )
        % {"selected": selected, "limit": MAX_ERRORS},
    )


def unknown_errors(ids: list[int]) -> ResyncRefused:
    return ResyncRefused(
        "unknown_errors",
        _(
            "These errors are not errors of this connection: %(ids)s. Reload the list and select again."
        )
        % {"ids": ", ".join(map(str, ids[:10])) + (", …" if len(ids) > 10 else "")},
        errors=ids,
    )


def already_in_live_batch(ids: list[int]) -> ResyncRefused:
    return ResyncRefused(
        "already_in_live_batch",
        _("Every selected error is being resynced already. Wait until that batch has finished."),
        status_code=409,
        errors=ids,
    )


def key_reused() -> ResyncRefused:
    return ResyncRefused(
        "key_reused",
        _(
            "This Idempotency-Key was used for another selection of errors. Send a new key with a new selection."
        ),
        status_code=409,
    )


def nothing_to_resync() -> ResyncRefused:
    return ResyncRefused(
        "nothing_to_resync",
        _("This record has no open error any more, so there is nothing to resync."),
        status_code=409,
    )
