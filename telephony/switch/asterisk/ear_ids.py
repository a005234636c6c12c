"""The ids by which who listens is known at Asterisk: a phone of theirs, and the snoop it hears by."""

from telephony.identifiers import LegId, call_of

EAR_MARK = ".ear."
_SPY = ".spy"


def spy_of(ear_id: str) -> str:
    """The id of the snoop by which that phone hears."""
    return f"{ear_id}{_SPY}"


def ear_of(unique_id: str) -> LegId | None:
    """Who listens by that channel, the phone or its snoop; None: nobody does."""
    ear_id = unique_id.removesuffix(_SPY)
    call_id = call_of(ear_id)
    is_ear = call_id is not None and ear_id.removeprefix(f"{call_id}{EAR_MARK}").isdecimal()
    return LegId(ear_id) if is_ear else None
