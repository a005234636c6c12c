"""What a call asks of its agent beyond a certificate: skills, a language, and how both are relaxed while the caller waits."""

import msgspec

from telephony.faults import FaultCode, Wrong
from telephony.identifiers import MS, Instant

LOWEST_GRADE, HIGHEST_GRADE = 1, 5
PRIORITY_MS_LIMIT = 900_000
"""No priority is worth more than a quarter of an hour of waiting: what came earlier than that is never overtaken by it."""

_LANGUAGE = "language:"


class SkillNeed(msgspec.Struct, frozen=True, kw_only=True):
    """A skill from a grade on, 1 to 5. One that is not required is preferred: it chooses among the free, nobody waits for it."""

    skill: str
    grade: int = LOWEST_GRADE
    is_required: bool = True


class CallDemand(msgspec.Struct, frozen=True, kw_only=True):
    """What one call asks for, from its project, a key menu, a caller list, or a person; `language` None: the project's own.

    `priority_ms` counts as waiting time, up to `PRIORITY_MS_LIMIT`.
    """

    language: str | None = None
    skills: tuple[SkillNeed, ...] = ()
    priority_ms: int = 0


class RelaxationStep(msgspec.Struct, frozen=True, kw_only=True):
    """From `after_ms` of waiting on, until `until_ms` where given: these minima are lower, these skills are not asked for.

    `language` of a call is lowered and dropped under the name that `language_skill` gives it. Certificates are no skills.
    """

    after_ms: int
    until_ms: int | None = None
    lower: tuple[SkillNeed, ...] = ()
    drop: tuple[str, ...] = ()


class Matching(msgspec.Struct, frozen=True, kw_only=True):
    """How a project's calls find their agent, as it was when the call came in. Durations in milliseconds."""

    language: str | None = None
    """The project's own, which its certificate covers."""
    demand: CallDemand = CallDemand()
    """What every call of the project asks for."""
    relaxation: tuple[RelaxationStep, ...] = ()
    preference_ms: int = 20_000
    """What is preferred counts while the caller has waited no longer."""
    sticky_ms: int = 0
    """How long a caller waits for the agent they talked to last, where on duty; 0: not at all."""


def language_skill(language: str) -> str:
    """The name a language has among the skills."""
    return _LANGUAGE + language


def language_of(skill: str) -> str | None:
    """The language whose name among the skills that is; None for another skill."""
    return skill.removeprefix(_LANGUAGE) if skill.startswith(_LANGUAGE) else None


def needs_of(demand: CallDemand, own_language: str | None = None) -> tuple[SkillNeed, ...]:
    """Everything asked for, a language that is not the project's own included; of two needs of one skill the higher grade."""
    needs: dict[tuple[str, bool], SkillNeed] = {}
    asked = demand.skills
    if demand.language is not None and demand.language != own_language:
        asked = (*asked, SkillNeed(skill=language_skill(demand.language)))
    for need in asked:
        key = (need.skill, need.is_required)
        if key not in needs or needs[key].grade < need.grade:
            needs[key] = need
    return tuple(needs[key] for key in sorted(needs))


def merged(before: CallDemand, more: CallDemand) -> CallDemand:
    """Both together: the later language, all skills, and priorities added up, never more than the limit."""
    return CallDemand(
        language=more.language or before.language,
        skills=before.skills + tuple(need for need in more.skills if need not in before.skills),
        priority_ms=min(max(before.priority_ms + more.priority_ms, 0), PRIORITY_MS_LIMIT),
    )


def relaxed(needs: tuple[SkillNeed, ...], steps: tuple[RelaxationStep, ...], waited_ms: int) -> tuple[SkillNeed, ...]:
    """What is still asked for after that much waiting. Several steps at once: all of them, and the lowest minimum."""
    for step in steps:
        if step.after_ms <= waited_ms and (step.until_ms is None or waited_ms < step.until_ms):
            minima = {lower.skill: lower.grade for lower in step.lower}
            needs = tuple(
                SkillNeed(skill=n.skill, grade=min(n.grade, minima.get(n.skill, n.grade)), is_required=n.is_required)
                for n in needs
                if n.skill not in step.drop
            )
    return needs


def stages(matching: Matching) -> tuple[int, ...]:
    """Every waiting time, in milliseconds, at which what is asked for changes; 0 first."""
    return (0, *sorted(_changes(matching.relaxation) - {0}))


def next_change_at(steps: tuple[RelaxationStep, ...], since: Instant, now: Instant) -> Instant | None:
    """When a step begins or runs out next, for a caller who waits since then; None where none will."""
    return min((at for change in _changes(steps) if (at := Instant(since + change * MS)) > now), default=None)


def required(needs: tuple[SkillNeed, ...]) -> tuple[SkillNeed, ...]:
    """Those without which an agent does not get the call."""
    return tuple(need for need in needs if need.is_required)


def preferred(needs: tuple[SkillNeed, ...]) -> tuple[SkillNeed, ...]:
    """Those that choose among the free."""
    return tuple(need for need in needs if not need.is_required)


def stage_at(matching: Matching, waited_ms: int) -> int:
    """The place in `stages` of a caller who has waited so long."""
    return sum(at <= waited_ms for at in stages(matching)[1:])


def _changes(steps: tuple[RelaxationStep, ...]) -> set[int]:
    return {at for step in steps for at in (step.after_ms, step.until_ms) if at is not None}


def faults_of_demand(demand: CallDemand, steps: tuple[RelaxationStep, ...]) -> list[tuple[str, Wrong]]:
    """What cannot be meant: the key it stands at, and a sentence. Empty: it can be lived by."""
    faults = [
        ("demand", Wrong(FaultCode.BAD_GRADE_OF, grade=need.grade, skill=need.skill, lowest=LOWEST_GRADE, highest=HIGHEST_GRADE))
        for need in demand.skills
        if not LOWEST_GRADE <= need.grade <= HIGHEST_GRADE
    ]
    if not 0 <= demand.priority_ms <= PRIORITY_MS_LIMIT:
        faults.append(("demand", _beyond("priority_ms", demand.priority_ms, PRIORITY_MS_LIMIT)))
    for number, step in enumerate(steps, 1):
        if step.after_ms < 0 or (step.until_ms is not None and step.until_ms <= step.after_ms):
            faults.append(("relaxation", Wrong(FaultCode.STEP_NEVER_HOLDS, step=number)))
        if not step.lower and not step.drop:
            faults.append(("relaxation", Wrong(FaultCode.STEP_CHANGES_NOTHING, step=number)))
        faults += [
            ("relaxation", Wrong(FaultCode.STEP_BAD_GRADE, step=number, skill=low.skill, grade=low.grade))
            for low in step.lower
            if low.grade < 1
        ]
    return faults


def _beyond(key: str, value: int, highest: int) -> Wrong:
    return Wrong(FaultCode.OUT_OF_RANGE, key=key, value=value, lowest=0, highest=highest)
