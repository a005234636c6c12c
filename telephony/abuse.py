"""The button against abuse: a call that its agent ends because of how the caller treats them."""

from telephony.events import HangUpRequested


class AbusiveCallEnded(HangUpRequested, frozen=True, kw_only=True):
    """The agent, who has talked with the caller, ends the call for abuse. It counts for nothing of the agent's."""
