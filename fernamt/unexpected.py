"""What must never happen and has happened all the same: a line in the log, beside the journal's event and the figure."""

from collections.abc import Sequence

import structlog

from telephony.events import Envelope, UnexpectedHappened

_log = structlog.get_logger("fernamt.unexpected")


def log_unexpected(envelopes: Sequence[Envelope]) -> None:
    """Each is an error of ours to be reported: the call is named, and what it met."""
    for envelope in envelopes:
        event = envelope.event
        if not isinstance(event, UnexpectedHappened):
            continue
        told = {"call_id": event.call_id, "agent_id": event.agent_id, "state": event.state, "seq": envelope.seq}
        if event.machine == "turn":
            _log.error("what follows from an event never came to rest and was cut short", last=event.event, **told)
        elif event.machine == "timers":
            _log.error("due times led to due times without an end, and rest for a second", last=event.event, **told)
        else:
            _log.error("an event came that is impossible here", machine=event.machine, event_type=event.event, **told)
