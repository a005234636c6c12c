"""Plays the journaled callers once more under a directory: the real floor decides, agents work the hours they worked. Pure.

What is drawn for a caller (patience, how offers go, talk and wrap-up) hangs on the replay and the caller alone, so two rules are
given the same. A missed offer rests the agent as the centre's rules say; a forced pause is not played, the journaled ones are in
the hours. Key menus are not played: callers stand in the queue when they did, for what they chose. Nor are callbacks: nobody
is asked, and who agreed to one counts as sent elsewhere. Overflow, limits of waiting,
relaxation, preferences and last agents follow the directory played; closing times are for those who come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from routing.directory import Directory, Project
from routing.eligibility import ineligible
from routing.entry import priority_of
from routing.estimate import Pace
from routing.floor import Floor
from routing.hours import is_open
from routing.overflow import OverflowReason, OverflowTarget, Situation, look_again_in_ms, overflow_of
from routing.queueing import WaitingCall, rank_of
from routing.whatif.chance import unit
from routing.whatif.demand import ANSWERED, Demand, Mark
from routing.whatif.figures import Tally
from routing.whatif.observe import MISSES
from routing.whatif.patience import Patience
from telephony.agent.model import AgentRules
from telephony.decisions import DecisionTaken
from telephony.demands import CallDemand, merged, needs_of, preferred, relaxed, required, stage_at, stages
from telephony.identifiers import MS, SECOND, AgentId, CallId, Instant, ProjectId, after_ms

_FREED, _OFF, _ON, _ANSWERS, _MISSES, _RESTED, _LOOK, _GIVES_UP = range(8)
_PATIENCE, _OFFER, _WORK = range(3)

LONGEST_PAUSE_US = 3_600 * SECOND
"""Who was away for longer had gone home, and comes back by the clock."""


@dataclass(slots=True)
class _Caller:
    number: int
    came: Instant
    seeks_since: Instant
    """When they stood in the queue: what is asked for wears off from there, as in the service; a key menu is no waiting."""
    mark: Mark
    project: Project
    offers: int = 0
    rings_at: AgentId | None = None
    level: int = 1
    stage: int = 0
    is_sticky: bool = False
    has_queued: bool = False


class Replay:
    """One day under one directory, with the chance of one seed. `run` once."""

    def __init__(
        self,
        demand: Demand,
        directory: Directory,
        rules: AgentRules,
        *,
        seed: int,
        threshold_ms: int,
        patience: Mapping[ProjectId, Patience] | None = None,
        works_like: Mapping[AgentId, AgentId] | None = None,
    ) -> None:
        """`works_like`: agents without a journaled day work, and are, like others on the same hours."""
        self.tally = Tally(demand.from_at, demand.to_at, threshold_ms * MS)
        self._demand = demand
        self._directory = directory
        self._rules = rules
        self._seed = seed
        self._patience = demand.patience() if patience is None else patience
        self._like = works_like or {}
        self._floor = Floor(directory)
        self._events: list[tuple[int, int, str, int]] = []
        self._callers: dict[str, _Caller] = {}
        self._on_duty: dict[AgentId, Instant] = {}
        """Since when, of those who are."""
        self._leaving: dict[AgentId, int] = {}
        """Who goes after the call they have, and the number of the spell on duty that ends then."""
        self._busy: dict[AgentId, bool] = {}
        self._idle_since: dict[AgentId, Instant] = {}
        self._staffed: dict[ProjectId, int] = {}
        self._paces: dict[ProjectId, Pace] = {}

    def run(self) -> Tally:
        """Every caller of the day has been served, or has left."""
        self._plan_duty()
        events = self._events
        for number, came, queued, mark in self._demand.callers():
            while events and events[0][0] <= came:
                self._happen(*heappop(events))
            self._arrive(number, came, queued, mark)
        while events:
            self._happen(*heappop(events))
        return self.tally

    # -- agents ------------------------------------------------------------------------------------------------------------

    def _plan_duty(self) -> None:
        for agent_id, profile in self._directory.agents.items():
            spells = self._spells(agent_id)
            if spells and profile.is_active:
                self._events.append((spells[0][0], _ON, agent_id, 0))
        heapify(self._events)

    def _spells(self, agent_id: AgentId) -> Sequence[tuple[Instant, Instant]]:
        return self._demand.duty.get(self._model(agent_id), ())

    def _model(self, agent_id: AgentId) -> AgentId:
        return self._like.get(agent_id, agent_id)

    def _turns_up(self, agent_id: AgentId, spell: int, now: Instant) -> None:
        self._on_duty[agent_id] = now
        self._staff(agent_id, 1)
        self._free(agent_id, now, now)
        heappush(self._events, (max(self._spells(agent_id)[spell][1], now), _OFF, agent_id, spell))

    def _goes(self, agent_id: AgentId, spell: int, now: Instant) -> None:
        """Who has a caller goes after the call, as the service has it."""
        self._leaving[agent_id] = spell
        if not self._busy.get(agent_id):
            self._is_gone(agent_id, now)

    def _is_gone(self, agent_id: AgentId, now: Instant) -> None:
        """Off duty. A pause lasts as long as it did, though it begins later; who had gone home comes when they came."""
        spell, spells = self._leaving.pop(agent_id), self._spells(agent_id)
        self._floor.agent_away(agent_id)
        self._staff(agent_id, -1)
        self.tally.staffed(self._directory.agents[agent_id].level, self._on_duty.pop(agent_id), now)
        if spell + 1 < len(spells):
            away_us = spells[spell + 1][0] - spells[spell][1]
            back_at = now + away_us if away_us <= LONGEST_PAUSE_US else max(spells[spell + 1][0], now)
            heappush(self._events, (back_at, _ON, agent_id, spell + 1))

    def _staff(self, agent_id: AgentId, change: int) -> None:
        profile = self._directory.agents[agent_id]
        for project_id in profile.certificates:
            if ineligible(profile, self._directory.projects.get(project_id)) is None:
                self._staffed[project_id] = self._staffed.get(project_id, 0) + change

    def _free(self, agent_id: AgentId, since: Instant, now: Instant) -> None:
        """The agent has nothing to do any more, idle since then; or leaves."""
        self._busy[agent_id] = False
        if agent_id in self._leaving:
            self._is_gone(agent_id, now)
            return
        self._idle_since[agent_id] = since
        self._floor.agent_available(agent_id, since)

    # -- callers -----------------------------------------------------------------------------------------------------------

    def _arrive(self, number: int, came: Instant, queued: Instant, mark: Mark) -> None:
        project_id = self._directory.numbers.get(mark.did, mark.project_id)
        project = self._directory.projects.get(project_id)
        if project is None or not is_open(project.hours, came):
            self.tally.turned_away += 1
            return
        caller = _Caller(number, came, queued, mark, project, is_sticky=project.sticky_ms > 0 and mark.last_agent_id is not None)
        self.tally.offered(project.project_id, came)
        self._callers[str(number)] = caller
        self._push(came + self._patience_of(mark.project_id, number), _GIVES_UP, number)
        if queued > came:
            self._push(queued, _LOOK, number)
        else:
            self._wait(caller, came, has_just_come=True)

    def _patience_of(self, project_id: ProjectId, number: int) -> int:
        return self._patience[project_id].after(unit(self._seed, number, _PATIENCE))

    def _wait(self, caller: _Caller, now: Instant, *, has_just_come: bool = False) -> None:
        """The caller is on the floor as it is now; whom somebody free may take has been offered; the others are looked after."""
        caller.has_queued = True
        self._file(caller, now)
        self._match(now)
        if caller.rings_at is None and str(caller.number) in self._callers:
            self._look_after(caller, now, has_just_come=has_just_come)

    def _file(self, caller: _Caller, now: Instant) -> None:
        project, mark = caller.project, caller.mark
        matching, sought_ms = project.matching, (now - caller.seeks_since) // MS
        demand = CallDemand(
            language=mark.demand.language,
            skills=mark.demand.skills,
            priority_ms=priority_of(self._directory, mark.caller_lists) if mark.caller_lists else mark.demand.priority_ms,
        )
        demand = merged(matching.demand, demand)
        caller.stage = stage_at(matching, sought_ms)
        caller.is_sticky = caller.is_sticky and not caller.offers and sought_ms < project.sticky_ms
        needs = relaxed(needs_of(demand, matching.language), matching.relaxation, stages(matching)[caller.stage])
        call = WaitingCall(
            call_id=CallId(str(caller.number)),
            project_id=project.project_id,
            client_id=project.client_id,
            waiting_since=caller.came,
            priority_weight=project.priority_weight,
            offers=caller.offers,
            needs=required(needs),
            preferred=preferred(needs),
            preferred_until=after_ms(caller.seeks_since, matching.preference_ms),
            relaxation_stage=caller.stage,
            priority_ms=demand.priority_ms,
            sticky_agent_id=mark.last_agent_id if caller.is_sticky else None,
            blocked_agents=mark.blocked_agents,
        )
        self._floor.call_waiting(call)

    def _look_after(self, caller: _Caller, now: Instant, *, has_just_come: bool = False) -> None:
        """Limits and overflow rules are looked at, and the next time to look is planned."""
        project, waited_ms = caller.project, (now - caller.came) // MS
        if project.wait_limit_ms is not None and waited_ms >= project.wait_limit_ms:
            self._leave(caller)
            return
        rules = [rule for rule in project.overflow if rule.target is not OverflowTarget.CALLBACK]
        if rules:
            rule = overflow_of(rules, self._situation(caller, now, has_just_come=has_just_come))
            if rule is not None:
                target = None if rule.project_id is None else self._directory.projects.get(rule.project_id)
                if rule.target is not OverflowTarget.PROJECT or target is None:
                    self._leave(caller)
                    return
                caller.project = target
                self._wait(caller, now, has_just_come=True)
                return
        times = [look_again_in_ms(rules, waited_ms)] if rules else []
        if project.wait_limit_ms is not None:
            times.append(project.wait_limit_ms - waited_ms)
        sought_ms = (now - caller.seeks_since) // MS
        later = [*stages(project.matching), *([project.sticky_ms] if caller.is_sticky else [])]
        times += [at - sought_ms for at in later if at > sought_ms]
        soonest = min((time for time in times if time is not None), default=None)
        if soonest is not None:
            self._push(after_ms(now, max(soonest, 1)), _LOOK, caller.number)

    def _situation(self, caller: _Caller, now: Instant, *, has_just_come: bool) -> Situation:
        project_id = caller.project.project_id
        estimated: int | None = None
        if any(rule.reason is OverflowReason.ESTIMATED_WAIT for rule in caller.project.overflow):
            waiting = sorted((c for c in self._floor.waiting if c.project_id == project_id), key=lambda c: rank_of(c, now))
            place = next((n for n, c in enumerate(waiting, 1) if c.call_id == str(caller.number)), None)
            pace = self._paces.get(project_id)
            if place is not None and pace is not None:
                estimated = pace.estimate_ms(place, now, waiting[0].waiting_since)
        return Situation(
            has_just_come=has_just_come,
            waited_ms=(now - caller.came) // MS,
            others_waiting=self._floor.waiting_in(project_id) - 1,
            staffed=self._staffed.get(project_id, 0),
            estimated_wait_ms=estimated,
        )

    def _leave(self, caller: _Caller) -> None:
        del self._callers[str(caller.number)]
        self._floor.call_gone(CallId(str(caller.number)))
        self.tally.sent_elsewhere(caller.mark.project_id, caller.came)

    # -- what happens --------------------------------------------------------------------------------------------------------

    def _match(self, now: Instant) -> None:
        for decision in self._floor.match(now):
            self._offer(decision, now)

    def _offer(self, decision: DecisionTaken, now: Instant) -> None:
        caller = self._callers[decision.call_id]
        caller.rings_at, caller.level = decision.agent_id, decision.level
        caller.offers += 1
        self._busy[decision.agent_id] = True
        chance = unit(self._seed, caller.number, _OFFER, caller.offers)
        outcome, rings_us = self._demand.offer_for(self._model(decision.agent_id), chance)
        what = _ANSWERS if outcome == ANSWERED else _MISSES
        heappush(self._events, (now + rings_us, what, decision.call_id, caller.offers << 8 | outcome))

    def _happen(self, at: int, what: int, who: str, token: int) -> None:
        now = Instant(at)
        if what in (_FREED, _RESTED):
            self._free(AgentId(who), now if what == _FREED else self._idle_since.get(AgentId(who), now), now)
        elif what == _ON:
            self._turns_up(AgentId(who), token, now)
        elif what == _OFF:
            self._goes(AgentId(who), token, now)
        else:
            caller = self._callers.get(who)
            if caller is not None:
                self._happen_to(caller, what, token, now)
        self._match(now)

    def _happen_to(self, caller: _Caller, what: int, token: int, now: Instant) -> None:
        agent_id = caller.rings_at
        if what == _GIVES_UP:
            del self._callers[str(caller.number)]
            self.tally.abandoned(caller.mark.project_id, caller.came)
            if agent_id is None:
                self._floor.call_gone(CallId(str(caller.number)))
            else:
                self._free(agent_id, self._idle_since.get(agent_id, now), now)
        elif what == _LOOK:
            if agent_id is None:
                self._wait(caller, now, has_just_come=not caller.has_queued)
        elif token >> 8 != caller.offers or agent_id is None:
            return
        elif what == _ANSWERS:
            self._answer(caller, agent_id, now)
        else:
            reason = MISSES[(token & 255) - 1]
            self._push_agent(after_ms(now, self._rules.rest_ms.get(reason, 0)), _RESTED, agent_id)
            caller.rings_at = None
            self._wait(caller, now)

    def _answer(self, caller: _Caller, agent_id: AgentId, now: Instant) -> None:
        del self._callers[str(caller.number)]
        project_id = caller.project.project_id
        self.tally.answered(caller.mark.project_id, caller.came, now, caller.level)
        if any(rule.reason is OverflowReason.ESTIMATED_WAIT for rule in caller.project.overflow):
            self._paces.setdefault(project_id, Pace()).served(now, caller.came)
        chance = unit(self._seed, caller.number, _WORK)
        talk_us, wrap_up_us = self._demand.work_for(caller.mark.project_id, self._model(agent_id), chance)
        self.tally.busy_us[self._directory.agents[agent_id].level - 1] += talk_us + wrap_up_us
        self._push_agent(now + talk_us + wrap_up_us, _FREED, agent_id)

    def _push(self, at: int, what: int, number: int) -> None:
        heappush(self._events, (at, what, str(number), 0))

    def _push_agent(self, at: int, what: int, agent_id: AgentId) -> None:
        heappush(self._events, (at, what, agent_id, 0))


def without_hours(directory: Directory, demand: Demand) -> Iterable[AgentId]:
    """Active agents of the directory for whom no journaled day is known: they would never be on duty."""
    for agent_id, profile in sorted(directory.agents.items()):
        if profile.is_active and agent_id not in demand.duty:
            yield agent_id
