"""What-ifs of the web edge's surroundings, in memory: a run ends when the test says so."""

from collections.abc import Sequence

from telephony.identifiers import Instant
from web.ports import WhatIf, WhatIfsBusy, WhatIfWanted


class MemoryWhatIfs:
    def __init__(self) -> None:
        self.runs: dict[str, WhatIf] = {}
        self.is_busy = False

    def start(self, wanted: WhatIfWanted, *, what_if_id: str, at: Instant) -> WhatIf:
        if self.is_busy:
            raise WhatIfsBusy("one what-if runs at a time")
        run = self.runs[what_if_id] = WhatIf(what_if_id=what_if_id, wanted=wanted, started_at=at)
        return run

    def get(self, what_if_id: str) -> WhatIf | None:
        return self.runs.get(what_if_id)

    def latest(self) -> Sequence[WhatIf]:
        return list(reversed(self.runs.values()))
