"""When a phone that said no goodbye was last heard. Pure."""

from dataclasses import dataclass

from telephony.identifiers import MS, SECOND, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long this node listens to nothing before it ends a leg: its own `rtp_timeout`, and our grace for a leg in doubt.

    Who is in doubt has left two probes in a row without an answer, or none: `probe_every_s` and `probe_timeout_s` are theirs.
    """

    rtp_timeout_s: int = 10
    rtp_hold_timeout_s: int = 300
    grace_ms: int = 0
    probe_every_s: int = 10
    probe_timeout_s: float = 3.0

    def is_left_to_switch(self, *, is_held: bool) -> bool:
        """Whether `rtp_timeout` ends a leg in doubt soon enough: it alone knows the second of the last packet.

        Soon enough is what a lost phone may take to be noticed by probes. A phone that holds sends nothing, as a rule, and its
        time limit is a long one: there the probe is the better witness.
        """
        return not is_held and self.rtp_timeout_s <= self.probe_every_s + self.probe_timeout_s

    @property
    def overdue_s(self) -> float:
        """Seconds of silence after which `rtp_timeout` must have ended a leg: it counts in whole seconds."""
        return self.rtp_timeout_s + 2.0

    def began_at(self, ended_at: Instant, *, is_held: bool) -> Instant:
        """The last proof of life of a leg that `rtp_timeout` ended: at most a second before the last packet, not after it.

        Asterisk (res_pjsip_sdp_rtp) counts in whole seconds of the clock, from the one in which the last packet came.
        """
        timeout_s = self.rtp_hold_timeout_s if is_held else self.rtp_timeout_s
        return Instant((ended_at // SECOND - timeout_s) * SECOND)

    def looked_at(self, ended_at: Instant) -> Instant:
        """The same of a leg we ended, because no packet came while we looked: the probe before the one left without an answer.

        At most the time between two probes before the last packet, not after it.
        """
        unanswered_us = int((self.probe_every_s + self.probe_timeout_s) * SECOND)
        return Instant(ended_at - self.grace_ms * MS - unanswered_us)
