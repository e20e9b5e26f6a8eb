"""A job in two lines, for lists of jobs: what it does, and to what. What its page says is in `errors.jobs.texts`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from errors.jobs import import_texts, resync_all, update_texts
from errors.jobs.named import Named
from errors.models import BulkJob


@dataclass(frozen=True, slots=True)
class Headline:
    title: str
    about: str  # which records or errors, and with what


def headlines(jobs: Sequence[BulkJob]) -> dict[int, Headline]:
    """The lines of some jobs of one connection, by job. Four queries at most, however many jobs."""
    named = Named.by(jobs)
    return {job.pk: _headline(job, named) for job in jobs}


def _headline(job: BulkJob, named: Named) -> Headline:
    request = job.request
    if job.kind == BulkJob.Kind.IMPORT:
        return Headline(import_texts.title(job, named), import_texts.chosen(job, named))
    if job.kind == BulkJob.Kind.UPDATE:
        written = update_texts.what_is_written(request["mode"], request["value"])
        about = f"{update_texts.records_of(job, named)} · {_('Value')}: {written}"
        return Headline(update_texts.title(job), about)
    if job.kind == BulkJob.Kind.LIST:
        view = named.views.get(request["view"])
        of = view.name if view else _("deleted since")
        about = f"{_('Name of the list')}: {request['name']} · {_('Saved view')}: {of}"
        return Headline(str(job.get_kind_display()), about)
    words = (f"{what}: {which}" for what, which in resync_all.chosen(job, named))
    return Headline(str(job.get_kind_display()), "; ".join(words))
