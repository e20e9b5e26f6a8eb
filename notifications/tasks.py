"""Tasks of this app: thin, and safe to run twice, because the tables are the queue."""

from __future__ import annotations

from celery import shared_task

from common.nudges import nudge
from notifications import alerts, cutting, delivery

TICK = "notifications.tick"
DELIVER = "notifications.deliver"
REVIEW = "notifications.review_alerts"


@shared_task(name=TICK)
def tick() -> None:
    """Looks for news, cuts what is due, takes back what dead workers held, hands over what waits."""
    delivery.sweep()
    cutting.look_for_news()
    while cutting.cut_due() == cutting.BATCH:
        # There is more than one worker's round of it: let others hand over meanwhile.
        nudge(DELIVER)
    delivery.deliver_due()


@shared_task(name=DELIVER)
def deliver() -> None:
    delivery.deliver_due()


@shared_task(name=REVIEW)
def review_alerts(connection_id: int | None = None) -> None:
    if connection_id is None:
        alerts.review_all()
    else:
        alerts.review(connection_id=connection_id)
