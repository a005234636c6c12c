"""When a phone that said no goodbye was last heard. Pure."""

from dataclasses import dataclass

from telephony.identifiers import MS, SECOND, Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How long this node listens to nothing before it ends a leg: its own `rtp_timeout`, and our grace for a leg in doubt."""

    rtp_timeout_s: int = 20
    rtp_hold_timeout_s: int = 300
    grace_ms: int = 0

    def began_at(self, ended_at: Instant, *, is_held: bool) -> Instant:
        """The last proof of life of a leg that `rtp_timeout` ended: at most a second before the last packet, not after it.

        Asterisk (res_pjsip_sdp_rtp) counts in whole seconds of the clock, from the one in which the last packet came.
        """
        timeout_s = self.rtp_hold_timeout_s if is_held else self.rtp_timeout_s
        return Instant((ended_at // SECOND - timeout_s) * SECOND)

    def looked_at(self, ended_at: Instant) -> Instant:
        """The same of a leg we ended, because no packet came while we looked."""
        return Instant(ended_at - self.grace_ms * MS)
