"""A batch that is refused as a whole because of some of its rows is cut until the others have gone through."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from integrations.clients.results import CallRefused, CrmFault, TransientFault, WriteResult, refused
from integrations.metering import AllotmentSpent

Send = Callable[[Sequence[int]], Sequence[WriteResult]]
# Which of these rows the refusal points at; none when it does not say.
Suspects = Callable[[CallRefused, Sequence[int]], list[int]]


def nobody(fault: CallRefused, rows: Sequence[int]) -> list[int]:
    return []


class BatchWrite:
    """The rows of one batch write by their positions, and what is known of each so far.

    `send` sends the rows at some positions in one call and answers their results in that order, or raises. A
    fault leaves with `results` and `uncertain` filled in, so that what was written is not written again.
    """

    def __init__(
        self, size: int, send: Send, *, most_calls: int, suspects: Suspects = nobody
    ) -> None:
        self.results: list[WriteResult | None] = [None] * size
        self._send = send
        self._most_calls = most_calls
        self._suspects = suspects

    def write(self, rows: Sequence[int]) -> None:
        """Send `rows` in one call, and in more only when they are refused together.

        After `most_calls` calls what is left of a refused batch gets the refusal itself.
        """
        waiting, calls = [list(rows)], 0
        while waiting:
            part = waiting.pop()
            calls += 1
            try:
                answers = self._send(part)
            except CallRefused as fault:
                if (
                    len(part) == 1
                    or fault.status not in (400, 409, 413, 414)
                    or calls >= self._most_calls
                ):
                    for row in part:
                        self.results[row] = refused(fault.failures)
                else:
                    waiting += self._cut(fault, part)
                continue
            except (CrmFault, AllotmentSpent) as fault:
                fault.results = self.results
                if isinstance(fault, TransientFault) and fault.maybe_applied:
                    fault.uncertain = part
                raise
            for row, answer in zip(part, answers, strict=True):
                self.results[row] = answer

    def _cut(self, fault: CallRefused, part: list[int]) -> list[list[int]]:
        named = self._suspects(fault, part)
        if 0 < len(named) < len(part):
            return [[row for row in part if row not in named], named]
        half = len(part) // 2
        return [part[half:], part[:half]]

    def finished(self) -> list[WriteResult]:
        """The results, once each row has one."""
        missing = [row for row, result in enumerate(self.results) if result is None]
        if missing:
            raise RuntimeError(f"rows without a result: {missing[:5]}")
        return [result for result in self.results if result is not None]
