"""What people read of a job: its title, what was asked for, why it waits, what was refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common import clock
from errors.jobs.turn import LEASE_SECONDS
from errors.models import BulkJob, ResyncBatch

# The CRM's words are shown in part; the whole of them is with the error.
MOST_SAMPLES = 20
# Steps take seconds; a slow answer may take a minute.
_LONG_SILENCE = timedelta(seconds=90)


@dataclass(frozen=True, slots=True)
class Sample:
    """One refusal as an example: the record's name, the CRM's words, and where the record or error is shown."""

    label: str
    message: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job, in one respect; `note` says what that means where the label is too short for it."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class JobTexts:
    """A job in words, from its kind's `describe(job)`. All of it is plain text, escaped by the template.

    `chosen` says what was asked for as (label, value), `results` what came of it, `notes` what people should know
    beyond the numbers, `samples` the first refusals, `counts` what the numbers are of, "errors" or "records", `done_label` and `failed_label` what became of them where “Done” and “Failed” say too little,
    `batches` those that the job has queued, newest first, `links` where one sees what comes of it, as (label, address).
    """

    title: str
    chosen: Sequence[tuple[str, str]] = ()
    results: Sequence[Result] = ()
    notes: Sequence[str] = ()
    samples: Sequence[Sample | str] = ()
    counts: str = "records"
    done_label: str = ""
    failed_label: str = ""
    batches: Sequence[ResyncBatch] = ()
    links: Sequence[tuple[str, str]] = ()


# Each kind says its jobs by `describe(job) -> JobTexts`, apart from its `run(turn)`.
_DESCRIBES = {
    BulkJob.Kind.RESYNC: "errors.jobs.resync_all.describe",
    BulkJob.Kind.IMPORT: "errors.jobs.import_texts.describe",
    BulkJob.Kind.UPDATE: "errors.jobs.update_texts.describe",
    BulkJob.Kind.LIST: "errors.jobs.list_texts.describe",
}

_HOLDS = {
    "allotment_spent": gettext_lazy(
        "It waits for free API calls: bulk jobs stop well before the allotment is spent, so that what"
        " changes meanwhile still syncs."
    ),
    "allotment_too_small": gettext_lazy(
        "The allotment leaves no API call for bulk jobs. Raise “Allotted to HubSpot” on the tab."
    ),
    "pacing": gettext_lazy(
        "The next batch does not fit into the API calls that are left. It starts when enough old calls leave the 24"
        " hours that count."
    ),
    "limit_reached": gettext_lazy("A CRM's daily limit of API calls is reached."),
    "connection_suspended": gettext_lazy(
        "The connection is suspended. The work goes on once it is resumed."
    ),
    "connection_paused": gettext_lazy("The sync is paused. The work goes on once it is resumed."),
    "crm_unavailable": gettext_lazy("A CRM did not answer. The work tries again by itself."),
    "unexpected_error": gettext_lazy(
        "The last try stopped unexpectedly. The work tries again by itself."
    ),
}


def texts_of(job: BulkJob) -> JobTexts:
    """The job in words."""
    describe: Callable[[BulkJob], JobTexts] = import_string(_DESCRIBES[BulkJob.Kind(job.kind)])
    return describe(job)


def why_held(job: BulkJob) -> str:
    """Why a live job does not go on now; empty when it does, or only waits for its turn."""
    if job.state not in BulkJob.LIVE or not job.hold_reason:
        return ""
    return str(_HOLDS.get(job.hold_reason, ""))


def silent_until(job: BulkJob) -> datetime | None:
    """When another worker takes over at the latest, of a job whose worker has stored no step for a while: it may
    have died, or wait for a slow answer. None while steps come."""
    if job.state not in BulkJob.LIVE or job.lease_until is None:
        return None
    silence = timedelta(seconds=LEASE_SECONDS) - (job.lease_until - clock.now())
    return job.lease_until if silence > _LONG_SILENCE else None


def state_of(job: BulkJob) -> str:
    """The state as a word for people: a live job that is held is waiting, and an end without any success says so."""
    if job.state == BulkJob.State.FINISHED and job.failed and not job.done:
        return _("Finished: all failed")
    return _("Waiting") if why_held(job) else str(job.get_state_display())
