"""The minute line of somebody outside who was dialled in a call: what the carrier is paid for, by the class of their number."""

from metering.intervals import length
from metering.lines import CallRecord, Category, Direction, MinuteLine
from metering.sweep import LegLife
from telephony.events import NumberFacts
from telephony.identifiers import Instant


def outside_line(record: CallRecord, number: int, leg: LegLife, dialled: NumberFacts) -> MinuteLine:
    """From answer to end counts for the client, on whatever it was spent: asked, waiting with music, with the caller.

    Nobody is paid for it: what an agent had of the call stands on the agent's own line, and asking is consultation there.
    """
    talk = leg.intervals(Category.TALK)
    ring_ms = length(leg.intervals(Category.RING))
    return MinuteLine(
        call_id=record.call_id,
        line_number=number,
        started_at=record.started_at,
        client_id=record.client_id,
        project_id=record.project_id,
        agent_id=None,
        direction=Direction.OUTBOUND,
        number_class=dialled.number_class,
        country=dialled.country,
        attempts=1,
        ring_ms=ring_ms,
        wait_ms=0,
        talk_ms=length(talk),
        hold_ms=length(leg.intervals(Category.HOLD)),
        unknown_hold_ms=0,
        consult_ms=length(leg.intervals(Category.CONSULT)),
        announcement_ms=0,
        machine_ms=0,
        paid_ms=0,
        billed_ms=sum(end - start for _, start, end in leg.pieces) - ring_ms,
        talked_from_at=Instant(talk[0][0] * 1_000) if talk else None,
        ended_at=record.ended_at,
        end_reason=record.end_reason,
        release_reason=None,
        is_estimated=leg.is_estimated,
        is_hold_unknown=False,
        conference_ms=0,
        engine_version=record.engine_version,
        rule_version=record.rule_version,
    )
