"""Use of softphones, as it is reported, and the rules it is looked at by."""

from datetime import datetime
from typing import Annotated

from pydantic import StringConstraints

from routing.outbound.phone_use import Known, RemarkedUse
from web.schemas.types import NO_CONTROLS, Shape, Shown


class UseRulesShown(Shown):
    """From when on there is a remark. A remark is a question to a person, never a finding."""

    short_ms: int
    repeated_from: int
    least_calls: int
    vain_percent: int
    short_percent: int


class PhoneUseList(Shown):
    """All agents within reach who called, and the rules."""

    rules: UseRulesShown
    items: list[RemarkedUse]


class UnclearCallShown(Shown):
    """A call by hand whose end nobody saw: whether somebody was rung, a person finds out."""

    call_id: str
    agent_id: str
    project_id: str | None
    at: datetime
    number_class: str
    country: str | None
    reference_kind: str | None
    reference_id: str | None


class UnclearCalls(Shown):
    """Those within reach, the newest first."""

    items: list[UnclearCallShown]


class CallCleared(Shape):
    """What a person found out about a call whose end nobody saw."""

    known: Known
    note: Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_CONTROLS)]
