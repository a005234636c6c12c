"""What people ask for a waiting call: another priority, skills, a language."""

from telephony.demands import SkillNeed
from telephony.events import CallRequest


class DemandRequested(CallRequest, frozen=True, kw_only=True):
    """Somebody says what the waiting call is to ask for beside what its project does; None leaves that part as it is."""

    language: str | None = None
    skills: tuple[SkillNeed, ...] | None = None
    priority_ms: int | None = None
