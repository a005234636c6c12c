"""A project's terms: the settings a call lives by."""

from enum import StrEnum

import msgspec

from telephony.demands import Matching
from telephony.identifiers import ClientId, ProjectId, WrapUpCode
from telephony.recording_signs import NO_SIGN, RecordingSign


class MachineRule(StrEnum):
    """What a project does about answering machines that take the calls of its agents."""

    IGNORE = "ignore"
    """Nobody listens for them."""
    TELL = "tell"
    """The agent is told, and decides."""
    END = "end"
    """The call ends, and the agent is told why. So it is with all advertising where anybody listens."""


class ProjectTerms(msgspec.Struct, frozen=True, kw_only=True):
    """The project's settings a call lives by, as they were when it came in: replays do not depend on today's settings."""

    project_id: ProjectId
    client_id: ClientId
    name: str
    answers_early: bool
    music: str
    ring_timeout_ms: int
    recovery_ms: int
    wait_limit_ms: int | None
    priority_weight: float
    wrap_up_limit_ms: int
    wrap_up_extension_ms: int
    wrap_up_codes: tuple[WrapUpCode, ...]
    closes_to_machine: bool = True  # where the project closes for good while the caller waits: machine, or the call is ended
    matching: Matching = Matching()
    machines: MachineRule = MachineRule.IGNORE
    machine_after_ms: int = 4_000  # who speaks for so long without a pause when answering is no person
    recording_sign: RecordingSign = NO_SIGN
