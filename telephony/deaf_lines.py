"""A line on which the agent hears nothing, though the switch sees nothing wrong: who is there has to say so."""

from telephony.events import CallRequest


class RingAnewRequested(CallRequest, frozen=True, kw_only=True):
    """The agent, or the page that is their phone, hears nothing of the caller: the line counts as lost, and is rung anew."""
