"""Jobs: work on more than a batch holds, in as many turns as it takes. The table is the queue.

A kind is a module with `run(turn)`, which does one step after another until nothing is left:

    def run(turn: Turn) -> None:
        while there is something left behind turn.job.position:
            turn.check()                      # raises when a person stopped it, or the turn's time is over
            …the CRMs are asked, outside of any transaction…
            with transaction.atomic():
                …what the step found is stored…
                turn.step(position=…, done=…, failed=…)   # raises TurnLost when the lease is another's

`run` returns when all is done. It lets the faults of the clients through: the runner holds the job until
calls are free, suspends the connection, or tries again later. A step may be repeated after a kill between the
CRM's answer and the commit, so each must be harmless to repeat.
"""

from errors.jobs.control import JobRefused, cancel_job, pause_job, resume_job
from errors.jobs.create import JobCreated, create_job
from errors.jobs.turn import CannotGoOn, Turn, Wait

__all__ = [
    "CannotGoOn",
    "JobCreated",
    "JobRefused",
    "Turn",
    "Wait",
    "cancel_job",
    "create_job",
    "pause_job",
    "resume_job",
]
