"""Who is to be in which bridge, by the call's state: what a look at the switch is compared with."""

from telephony.call import to_switch
from telephony.call.model import Call, CallState, Leg
from telephony.commands import Command
from telephony.identifiers import BridgeId

Place = tuple[BridgeId, tuple[Leg, ...]]


def places_of(call: Call) -> tuple[Place, ...]:
    """The bridges of a call with a colleague, and the legs in each; empty for every other call."""
    if call.colleague is None:
        return ()
    caller, agent, colleague = call.caller, call.agent, call.colleague.leg
    if call.state is CallState.OUTSIDE:
        return ((call.bridge_id, (caller, colleague)),)
    if agent is None:
        return ()
    places: dict[CallState, tuple[Place, ...]] = {
        CallState.CONSULT_RINGING: ((call.consult_bridge_id, (agent,)),),
        CallState.CONSULTING: ((call.consult_bridge_id, (agent, colleague)),),
        CallState.SWAPPED: ((call.bridge_id, (caller, agent)), (call.consult_bridge_id, (colleague,))),
        CallState.CONFERENCE: ((call.conference_bridge_id, (caller, agent, colleague)),),
    }
    return places.get(call.state, ())


def put_in_place(call: Call, place: Place) -> tuple[Command, ...]:
    """The bridge is there and the legs are in it; what who is left hears is asked for anew."""
    bridge_id, legs = place
    music: tuple[Command, ...] = ()
    if call.state is CallState.CONSULT_RINGING:
        music = (to_switch.play_music(call),)
    elif call.state is CallState.CONSULTING:
        ringing = tuple(to_switch.stop_ringing(call, leg) for leg in legs if leg is call.agent)
        music = (*ringing, to_switch.play_music(call))
    elif bridge_id != call.consult_bridge_id:
        music = (to_switch.stop_music(call),)
    return (
        to_switch.create_bridge(call, bridge_id, mixes=bridge_id == call.conference_bridge_id),
        *(to_switch.join(call, leg.leg_id, bridge_id=bridge_id) for leg in legs),
        *music,
    )
