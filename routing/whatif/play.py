"""Plays the journaled callers once more under a directory: the real floor decides, agents work the hours they worked. Pure.

What is drawn for a caller (patience, how offers go, talk and wrap-up) hangs on the replay and the caller alone, so two rules are
given the same. A missed offer rests the agent as the centre's rules say; a forced pause is not played, the journaled ones are in
the hours. Key menus are not played: callers stand in the queue when they did, for what they chose; of one who hung up over it,
how long the choice would have taken is drawn. Whom a rule, a menu or a key asks whether to be called back says what callers said,
and an attempt to reach them comes to what attempts came to. Overflow, limits of waiting, relaxation, preferences and last agents
follow the directory played; closing times are for those who come, and for callbacks.
"""

from collections.abc import Mapping
from heapq import heapify, heappop, heappush

from routing.directory import Directory
from routing.estimate import Pace
from routing.floor import Floor
from routing.hours import is_open, next_change_at
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget, Situation, look_again_in_ms, overflow_of
from routing.queueing import rank_of
from routing.whatif.caller import Caller, place_of
from routing.whatif.chance import unit
from routing.whatif.demand import ANSWERED, Demand, Mark
from routing.whatif.figures import Tally
from routing.whatif.observe import MISSES
from routing.whatif.patience import Patience
from routing.whatif.promised import AGREES, DECLINES, IN_VAIN, NEVER, REACHED
from routing.whatif.roster import Roster
from telephony.agent.model import AgentRules
from telephony.decisions import DecisionTaken
from telephony.demands import stages
from telephony.identifiers import MS, AgentId, Instant, ProjectId, after_ms

_DUTY = 3
"""Below it: what the roster plans."""
_FREED, _RESTED, _ANSWERS, _MISSES, _CALLED, _LOOK, _GIVES_UP, _PRESSES, _SAYS, _EXPIRES, _HANDED = range(_DUTY, _DUTY + 11)
_PATIENCE, _OFFER, _WORK, _MENU, _KEY, _QUESTION, _ATTEMPT, _OUT = range(8)


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
        self._uncounted = Tally(demand.from_at, demand.to_at, threshold_ms * MS)
        """Of callers who were handed on."""
        self._demand = demand
        self._directory = directory
        self._rules = rules
        self._seed = seed
        self._patience = demand.patience() if patience is None else patience
        self._keys = demand.keys_pressed()
        self._answers = demand.answers_given(self._patience) if demand.answers else {}
        self._offers, self._offers_of_all = demand.offers_made()
        self._done = demand.work_done()
        self._floor = Floor(directory)
        self._events: list[tuple[int, int, str, int]] = []
        self._callers: dict[str, Caller] = {}
        self._roster = Roster(demand, directory, self._floor, self.tally, self._push_agent)
        for agent_id, other in (works_like or {}).items():
            self._roster.liken(agent_id, other)
        self._paces: dict[ProjectId, Pace] = {}

    def run(self) -> Tally:
        """Every caller of the day has been served, or has left."""
        events = self._events
        events += self._roster.plan()
        first = len(self._demand)
        events += [(at, _HANDED, str(number), number - first) for number, (at, _, _) in enumerate(self._demand.handed_on, first)]
        heapify(events)
        for number, came, queued, mark in self._demand.callers():
            while events and events[0][0] <= came:
                self._happen(*heappop(events))
            self._arrive(number, came, queued, mark)
        while events:
            self._happen(*heappop(events))
        return self.tally

    # -- callers -----------------------------------------------------------------------------------------------------------

    def _arrive(self, number: int, came: Instant, queued: Instant, mark: Mark) -> None:
        project_id = self._directory.numbers.get(mark.did, mark.project_id)
        project = self._directory.projects.get(project_id)
        if project is None or not is_open(project.hours, came):
            self.tally.turned_away += 1
            return
        if number in self._demand.left_in_menu:
            queued = Instant(came + self._demand.menu_for(mark.project_id, queued - came, unit(self._seed, number, _MENU)))
        is_sticky = project.sticky_ms > 0 and mark.last_agent_id is not None
        caller = Caller(number, came, queued, mark, project, came, is_sticky=is_sticky)
        self.tally.offered(project.project_id, came)
        self._callers[str(number)] = caller
        self._push(came + self._patience[mark.project_id].after(unit(self._seed, number, _PATIENCE)), _GIVES_UP, number)
        self._plan_key(caller)
        if queued > came:
            self._push(queued, _LOOK, number)
        else:
            self._wait(caller, came, has_just_come=True)

    def _arrive_again(self, number: int, waited_us: int, mark: Mark, now: Instant) -> None:
        """Whom an agent hands on waits in the other project, where that is there and open, with what they had waited kept."""
        project = self._directory.projects.get(mark.project_id)
        if project is None or not is_open(project.hours, now):
            return
        came = Instant(now - waited_us)
        caller = Caller(number, came, now, mark, project, now, has_queued=True, is_handed_on=True)
        self._callers[caller.call_id] = caller
        self._push(now + self._patience[mark.project_id].after(unit(self._seed, number, _PATIENCE)), _GIVES_UP, number)
        self._wait(caller, now, has_just_come=True)

    def _plan_key(self, caller: Caller) -> None:
        """When the caller would press the key that asks to be called back, where the project names one."""
        project = caller.project
        keys = self._keys.get(project.project_id)
        has_key = project.announcements is not None and project.announcements.callback_key is not None
        if keys is not None and has_key and project.answers_early:
            after_us = keys.after(unit(self._seed, caller.number, _KEY))
            self._push(caller.seeks_since + after_us, _PRESSES, caller.number)

    def _wait(self, caller: Caller, now: Instant, *, has_just_come: bool = False) -> None:
        """The caller is on the floor as it is now; whom somebody free may take has been offered; the others are looked after."""
        if not caller.has_queued:
            caller.has_queued = True
            if caller.mark.wants_callback and caller.may_be_asked:
                self._ask(caller, now)
                return
        if caller.is_promised and caller.expires_at <= now:
            self._is_over(caller)
            return
        if caller.is_promised and not is_open(caller.project.hours, now):
            opens_at = next_change_at(caller.project.hours, now)
            self._rest(caller, caller.expires_at if opens_at is None else min(opens_at, caller.expires_at))
            return
        self._floor.call_waiting(place_of(caller, self._directory, now))
        self._match(now)
        if caller.rings_at is None and str(caller.number) in self._callers:
            self._look_after(caller, now, has_just_come=has_just_come)

    def _look_after(self, caller: Caller, now: Instant, *, has_just_come: bool = False) -> None:
        """Limits and overflow rules are looked at, and the next time to look is planned."""
        project, waited_ms = caller.project, (now - caller.came) // MS
        sought_ms = (now - caller.seeks_since) // MS
        later = [*stages(project.matching), *([project.sticky_ms] if caller.is_sticky else [])]
        times: list[int | None] = [at - sought_ms for at in later if at > sought_ms]
        if caller.is_promised:
            closes_at = next_change_at(project.hours, now)
            times += [] if closes_at is None else [(closes_at - now) // MS]
        else:
            limit_ms = None if project.wait_limit_ms is None else project.wait_limit_ms - (now - caller.limit_since) // MS
            if limit_ms is not None and limit_ms <= 0:
                self._leave(caller)
                return
            rules = [rule for rule in project.overflow if self._leads_somewhere(rule, caller, now)]
            rule = overflow_of(rules, self._situation(caller, now, has_just_come=has_just_come)) if rules else None
            if rule is not None:
                self._send_elsewhere(caller, rule, now)
                return
            times += [limit_ms, look_again_in_ms(rules, waited_ms) if rules else None]
        soonest = min((time for time in times if time is not None), default=None)
        if soonest is not None:
            self._push(after_ms(now, max(soonest, 1)), _LOOK, caller.number)

    def _leads_somewhere(self, rule: OverflowRule, caller: Caller, now: Instant) -> bool:
        """As the service has it: outside and to the question once, and to no project that is closed at this hour."""
        if rule.target is OverflowTarget.CALLBACK:
            return caller.may_be_asked
        target = None if rule.project_id is None else self._directory.projects.get(rule.project_id)
        is_spent = rule.target is OverflowTarget.NUMBER and caller.has_been_out
        return not is_spent and (target is None or is_open(target.hours, now))

    def _send_elsewhere(self, caller: Caller, rule: OverflowRule, now: Instant) -> None:
        if rule.target is OverflowTarget.CALLBACK:
            self._ask(caller, now)
            return
        if rule.target is OverflowTarget.NUMBER and self._is_kept_in_vain(caller, now):
            return
        target = None if rule.project_id is None else self._directory.projects.get(rule.project_id)
        if rule.target is not OverflowTarget.PROJECT or target is None:
            self._leave(caller)
            return
        caller.project, caller.limit_since = target, caller.seeks_since
        self._wait(caller, now, has_just_come=True)

    def _is_kept_in_vain(self, caller: Caller, now: Instant) -> bool:
        """Whether nobody outside takes them: they are back in a while, and wait on."""
        caller.has_been_out = True
        outcome, took_us = self._demand.outward_for(caller.mark.project_id, unit(self._seed, caller.number, _OUT))
        if outcome == REACHED:
            return False
        caller.is_asked = True
        self._floor.call_gone(caller.call_id)
        heappush(self._events, (now + took_us, _SAYS, str(caller.number), DECLINES))
        return True

    def _situation(self, caller: Caller, now: Instant, *, has_just_come: bool) -> Situation:
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
            staffed=self._roster.staffed.get(project_id, 0),
            estimated_wait_ms=estimated,
        )

    def _leave(self, caller: Caller) -> None:
        self._is_over(caller)
        self._tally_of(caller).sent_elsewhere(caller.mark.project_id, caller.came)

    def _tally_of(self, caller: Caller) -> Tally:
        return self._uncounted if caller.is_handed_on else self.tally

    def _is_over(self, caller: Caller) -> None:
        del self._callers[str(caller.number)]
        self._floor.call_gone(caller.call_id)

    # -- callbacks -----------------------------------------------------------------------------------------------------------

    def _ask(self, caller: Caller, now: Instant) -> None:
        """The question is put to the caller, and no agent gets them meanwhile."""
        caller.is_asked = caller.was_asked = True
        self._floor.call_gone(caller.call_id)
        answers = self._answers.get(caller.mark.project_id)
        said = None if answers is None else answers.draw(unit(self._seed, caller.number, _QUESTION))
        answer, took_us = said or (AGREES, 0)
        heappush(self._events, (now + took_us, _SAYS, str(caller.number), answer))

    def _has_said(self, caller: Caller, answer: int, now: Instant) -> None:
        """The caller waits on, or hangs up with the promise and keeps the place."""
        caller.is_asked = False
        if answer == AGREES:
            caller.is_promised = True
            caller.expires_at = after_ms(now, caller.project.callback.kept_ms)
            self._tally_of(caller).promised(caller.mark.project_id, caller.came)
            self._push(caller.expires_at, _EXPIRES, caller.number)
        self._wait(caller, now)

    def _rest(self, caller: Caller, until: Instant) -> None:
        self._floor.call_gone(caller.call_id)
        caller.rests_until = until
        self._push(until, _LOOK, caller.number)

    def _is_called(self, caller: Caller, agent_id: AgentId, outcome: int, now: Instant) -> None:
        """The caller has the agent on the line, or the agent is free again and the place rests, if anything is left to try."""
        if outcome == REACHED:
            self._is_over(caller)
            self._tally_of(caller).called_back(caller.mark.project_id, caller.came, caller.level)
            self._work(caller, agent_id, now)
            return
        caller.rings_at = None
        caller.attempts += outcome == IN_VAIN
        terms = caller.project.callback
        if outcome == NEVER or caller.attempts >= terms.attempts or caller.expires_at <= now:
            self._is_over(caller)
        else:
            self._rest(caller, after_ms(now, terms.retry_ms))
        self._roster.free(agent_id, self._roster.idle_since.get(agent_id, now), now)

    # -- what happens --------------------------------------------------------------------------------------------------------

    def _match(self, now: Instant) -> None:
        for decision in self._floor.match(now):
            self._offer(decision, now)

    def _offer(self, decision: DecisionTaken, now: Instant) -> None:
        caller = self._callers[decision.call_id]
        caller.rings_at, caller.level = decision.agent_id, decision.level
        caller.offers += 1
        self._roster.busy[decision.agent_id] = True
        chance = unit(self._seed, caller.number, _OFFER, caller.offers)
        offers = self._offers.get(self._roster.model(decision.agent_id), self._offers_of_all)
        outcome, rings_us = offers.draw(chance) or (ANSWERED, 0)
        what = _ANSWERS if outcome == ANSWERED else _MISSES
        if what == _ANSWERS and caller.is_promised:
            chance = unit(self._seed, caller.number, _ATTEMPT, caller.offers)
            outcome, rings_us = self._demand.attempt_for(caller.mark.project_id, chance)
            what = _CALLED
        heappush(self._events, (now + rings_us, what, decision.call_id, caller.offers << 8 | outcome))

    def _happen(self, at: int, what: int, who: str, token: int) -> None:
        now = Instant(at)
        if what < _DUTY:
            self._roster.happens(what, AgentId(who), token, now)
        elif what == _HANDED:
            _, waited_us, mark = self._demand.handed_on[token]
            self._arrive_again(int(who), waited_us, mark, now)
        elif what in (_FREED, _RESTED):
            since = now if what == _FREED else self._roster.idle_since.get(AgentId(who), now)
            self._roster.free(AgentId(who), since, now)
        else:
            caller = self._callers.get(who)
            if caller is not None:
                self._happen_to(caller, what, token, now)
        self._match(now)

    def _happen_to(self, caller: Caller, what: int, token: int, now: Instant) -> None:
        if what == _SAYS:
            self._has_said(caller, token, now)
        elif what == _GIVES_UP:
            self._give_up(caller, now)
        elif what in (_LOOK, _PRESSES, _EXPIRES):
            if caller.rings_at is None and not caller.is_asked:
                self._time_comes(caller, what, now)
        elif token >> 8 == caller.offers and caller.rings_at is not None:
            self._offer_ends(caller, caller.rings_at, what, token & 255, now)

    def _time_comes(self, caller: Caller, what: int, now: Instant) -> None:
        if what == _EXPIRES:
            self._is_over(caller)
        elif what == _PRESSES:
            if caller.may_be_asked and caller.has_queued and not caller.is_promised:
                self._ask(caller, now)
        elif caller.rests_until <= now:
            self._wait(caller, now, has_just_come=not caller.has_queued)

    def _give_up(self, caller: Caller, now: Instant) -> None:
        """They hang up; whoever rings for them is free again. Who is to be called back has hung up before."""
        if caller.is_promised:
            return
        agent_id = caller.rings_at
        self._is_over(caller)
        self._tally_of(caller).abandoned(caller.mark.project_id, caller.came)
        if agent_id is not None:
            self._roster.free(agent_id, self._roster.idle_since.get(agent_id, now), now)

    def _offer_ends(self, caller: Caller, agent_id: AgentId, what: int, outcome: int, now: Instant) -> None:
        if what == _ANSWERS:
            self._answer(caller, agent_id, now)
        elif what == _CALLED:
            self._is_called(caller, agent_id, outcome, now)
        else:
            self._push_agent(after_ms(now, self._rules.rest_ms.get(MISSES[outcome - 1], 0)), _RESTED, agent_id)
            caller.rings_at = None
            self._wait(caller, now)

    def _answer(self, caller: Caller, agent_id: AgentId, now: Instant) -> None:
        self._is_over(caller)
        project_id = caller.project.project_id
        self._tally_of(caller).answered(caller.mark.project_id, caller.came, now, caller.level)
        if any(rule.reason is OverflowReason.ESTIMATED_WAIT for rule in caller.project.overflow):
            self._paces.setdefault(project_id, Pace()).served(now, caller.came)
        self._work(caller, agent_id, now)

    def _work(self, caller: Caller, agent_id: AgentId, now: Instant) -> None:
        chance = unit(self._seed, caller.number, _WORK)
        talk_us, wrap_up_us = self._done.draw(caller.mark.project_id, self._roster.model(agent_id), chance)
        self.tally.busy_us[self._directory.agents[agent_id].level - 1] += talk_us + wrap_up_us
        self._push_agent(now + talk_us + wrap_up_us, _FREED, agent_id)

    def _push(self, at: int, what: int, number: int) -> None:
        heappush(self._events, (at, what, str(number), 0))

    def _push_agent(self, at: int, what: int, agent_id: AgentId, number: int = 0) -> None:
        heappush(self._events, (at, what, agent_id, number))
