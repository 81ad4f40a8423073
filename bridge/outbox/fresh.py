"""What was just journaled for a lane, handed on instead of being read back from the journal.

It is used only where it is all that is due: the lane has read everything before it, and nothing else has
happened since. Whatever else happens, all of it is let go, and the lane reads the journal.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from bridge.outbox.compose import Job

_MOST = 12_000  # kept for a lane that is slow: some ten megabytes
_MOST_CHARACTERS = 5_000_000  # of their texts


class Fresh:
    """Of one lane. New copies are handed in the order of their ids, which is that of their commits."""

    def __init__(self) -> None:
        self._jobs: deque[Job] = deque()  # all that was journaled for the lane since the first of them
        self._whole = False  # has the lane read all that is due before them?
        self._lost = False  # since the journal was last read
        self._upto = 0  # the latest posting that was read
        self._characters = 0

    def hand(self, job: Job) -> None:
        """It was journaled now, and is due."""
        if job.posting.id > self._upto:
            self._jobs.append(job)
            self._characters += _length(job)
            if len(self._jobs) > _MOST or self._characters > _MOST_CHARACTERS:
                self.lose()

    def lose(self) -> None:
        """Something else happened: what is due has to be read."""
        self._jobs.clear()
        self._characters = 0
        self._whole, self._lost = False, True

    def take(self, most: int) -> list[Job]:
        """The next that are due, in order; none where the journal has to be read."""
        return [self._next() for _ in range(min(most, len(self._jobs)))] if self._whole else []

    def reading(self) -> None:
        """The journal is about to be read."""
        self._lost = False

    def read(self, jobs: Sequence[Job], *, all_due: bool) -> None:
        """These were read, and are worked on next. ``all_due``: nothing else is due; else, nothing before
        the last of them."""
        self._upto = max([self._upto, *(job.posting.id for job in jobs)])
        reached = False
        while self._jobs and self._jobs[0].posting.id <= self._upto:
            self._next()
            reached = True
        self._whole = not self._lost and (all_due or reached)

    def _next(self) -> Job:
        job = self._jobs.popleft()
        self._characters -= _length(job)
        return job


def _length(job: Job) -> int:
    return len(job.said.text.plain) if job.said is not None else 0
