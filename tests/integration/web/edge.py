"""A real server on a free loopback port, and browsers and programs that talk to it."""

import json
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web
from argon2 import PasswordHasher
from prometheus_client import CollectorRegistry, Counter

from telephony.identifiers import AgentId, ClientId, Instant, UserId
from tests.integration.web import memory
from tests.integration.web.memory_aftercall import MemoryOrders, MemorySuggestions, MemorySurveys, PlayedCampaigns
from tests.integration.web.memory_audit import MemoryAudit
from tests.integration.web.memory_keeping import a_keeping
from tests.integration.web.memory_leads import (
    MemoryLeadCalls,
    MemoryLeadChecks,
    MemoryLeadClaims,
    MemoryLeadDecisions,
    MemoryLeadImports,
    MemoryLeadLists,
    PlayedLeadFiles,
)
from tests.integration.web.memory_levels import MemoryContests, MemoryLevels, PlayedStatements
from tests.integration.web.memory_messages import MemoryMessages
from tests.integration.web.memory_outbound import (
    MemoryAddresses,
    MemoryConsents,
    MemoryDoNotCall,
    MemoryRightDocuments,
    MemoryRights,
    PlayedNotes,
    PlayedPhoneUse,
)
from tests.integration.web.memory_quality import MemoryQualityForms, MemoryQualityReviews, PlayedAssigning
from tests.integration.web.memory_recording import (
    MemoryConsentTexts,
    MemorySamplingReports,
    MemorySealedSegments,
    NobodysAccess,
    Silence,
)
from tests.integration.web.memory_shifts import MemoryShifts, PlayedShiftFigures
from tests.integration.web.memory_telling import MemoryTelling
from tests.integration.web.memory_webhooks import MemoryWebhooks
from tests.integration.web.memory_what_ifs import MemoryWhatIfs
from web.accounts import ApiToken, User
from web.app import make_app
from web.deps import Deps
from web.first_words import closing_mute
from web.openapi import document
from web.passwords import TOKEN_PREFIX, Passwords, new_secret, secret_hash
from web.permissions import Role
from web.problems import CONTENT_TYPE
from web.settings import WebSettings
from web.throttle import LoginGate

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD_HASH = CHEAP.hash(PASSWORD)

PEOPLE: dict[str, dict[str, Any]] = {
    "anna": {"role": Role.AGENT, "agent_id": AgentId("anna")},
    "ben": {"role": Role.AGENT, "agent_id": AgentId("ben")},
    "carla": {"role": Role.AGENT, "agent_id": AgentId("carla")},
    "sven": {"role": Role.SUPERVISOR},
    "lena": {"role": Role.TEAM_LEADER, "team": "red"},
    "rita": {"role": Role.REVIEWER},
    "kurt": {"role": Role.CLERK},
    "root": {"role": Role.ADMIN},
    "acme": {"role": Role.CLIENT, "client_id": ClientId("acme")},
    "bolt": {"role": Role.CLIENT, "client_id": ClientId("bolt")},
}
"""One or more of each role, by login."""


@dataclass
class World:
    """What a test can look at and turn."""

    app: web.Application
    url: str
    deps: Deps
    clock: memory.StepClock
    users: Any
    sessions: Any
    tokens: Any
    directory: Any
    intents: memory.PlayedIntents
    floor: memory.PlayedFloor
    standings: memory.PlayedStandings
    journal: memory.MemoryJournal
    minutes: memory.PlayedMinutes
    what_ifs: MemoryWhatIfs
    parties: Any
    telling: MemoryTelling
    callers: Any
    do_not_call: Any
    shown_rights: Any
    right_documents: Any
    lead_lists: Any
    lead_imports: Any
    lead_decisions: Any
    lead_claims: MemoryLeadClaims
    lead_calls: MemoryLeadCalls
    lead_checks: MemoryLeadChecks
    lead_files: PlayedLeadFiles
    addresses: Any
    notes: PlayedNotes
    consents: Any
    consent_texts: MemoryConsentTexts
    keeping: Any
    sampling: MemorySamplingReports
    sealed_segments: Any
    recording_access: Any
    recording_sound: Any
    campaigns: PlayedCampaigns
    orders: Any
    surveys: Any
    suggestions: Any
    quality_forms: MemoryQualityForms
    quality_reviews: MemoryQualityReviews
    quality_assigning: PlayedAssigning
    phone_use: PlayedPhoneUse
    shifts: Any
    shift_figures: PlayedShiftFigures
    levels: Any
    contests: Any
    statements: PlayedStatements
    messages: Any
    webhooks: Any
    readiness: memory.PlayedReadiness
    audit: Any
    client: aiohttp.ClientSession
    observed: list[tuple[str, str, int, float]] = field(default_factory=list)
    problems: dict[tuple[str, str, int, str], None] = field(default_factory=dict)
    """Method, route, status and code: each has to be in the document."""
    first_users: tuple[User, ...] = ()

    def token(self, login: str, *, role: Role | None = None, lasts_s: int = 3_600) -> str:
        """A token of that user, made past the API."""
        user = next(u for u in self.users.rows.values() if u.login == login)
        secret = TOKEN_PREFIX + new_secret()
        token = ApiToken(
            token_id=f"token-{login}-{len(self.tokens.rows)}",
            secret_hash=secret_hash(secret),
            user_id=user.user_id,
            name="test",
            role=role or user.role,
            created_at=self.clock.at,
            expires_at=Instant(self.clock.at + lasts_s * 1_000_000),
        )
        self.tokens.rows[token.token_id] = token
        return secret

    def user(self, login: str) -> User:
        return next(u for u in self.users.rows.values() if u.login == login)

    def user_of(self, login: str) -> User:
        """The user as they were at the beginning."""
        return next(u for u in self.first_users if u.login == login)

    async def ask(
        self, method: str, path: str, *, by: str | None = None, headers: dict[str, str] | None = None, **more: Any
    ) -> tuple[int, Any]:
        """Status and decoded body; `by` asks with a token of that login."""
        sent = dict(headers or {})
        if by is not None:
            sent["Authorization"] = f"Bearer {self.token(by)}"
        async with self.client.request(method, self.url + path, headers=sent, **more) as response:
            is_json = response.content_type.endswith(("/json", "+json"))
            return response.status, await response.json() if is_json else await response.read()

    def browser(self) -> "Browser":
        return Browser(self)


class Browser:
    """Keeps cookies and sends its origin, as a browser would."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.cookies: dict[str, str] = {}
        self.origin: str | None = world.url

    async def ask(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> tuple[int, Any]:
        sent = dict(headers or {})
        if self.origin is not None and "Origin" not in sent:
            sent["Origin"] = self.origin
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        async with self.world.client.request(method, self.world.url + path, headers=sent, **more) as response:
            for name, morsel in response.cookies.items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
            is_json = response.content_type.endswith(("/json", "+json"))
            return response.status, await response.json() if is_json else await response.read()

    async def log_in(self, login: str, password: str = PASSWORD) -> tuple[int, Any]:
        return await self.ask("POST", "/api/v1/session", json={"login": login, "password": password})


DOCUMENT = document()


def is_documented(method: str, route: str, status: int, code: str | None = None) -> bool:
    """Whether the API's document has this answer, and the problem's code. 499: the one who asked went away."""
    operation = DOCUMENT["paths"].get(route, {}).get(method.lower())
    if operation is None or status == 499:
        return True
    told = operation["responses"].get(str(status))
    return told is not None and (code is None or code in re.findall(r"\w+", told["description"]))


@asynccontextmanager
async def a_world(*, stored: Mapping[str, Any] | None = None, **settings: Any) -> AsyncIterator[World]:
    """A running edge with one user of each role and more; `stored` replaces parts in memory by real ones."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    clock = memory.StepClock()
    users = memory.MemoryUsers()
    for number, (login, facts) in enumerate(PEOPLE.items()):
        user = User(
            user_id=UserId(f"user-{number}"),
            login=login,
            display_name=login.title(),
            created_at=clock.at,
            password_hash=PASSWORD_HASH,
            **facts,
        )
        users.rows[user.user_id] = user
    registry = CollectorRegistry()
    Counter("fernamt_calls", "Calls.", registry=registry).inc()
    levels, forms = MemoryLevels(), MemoryQualityForms()
    parts: dict[str, Any] = {
        "users": users,
        "sessions": memory.MemorySessions(),
        "tokens": memory.MemoryTokens(),
        "directory": memory.MemoryDirectory(memory.a_directory()),
        "intents": memory.PlayedIntents(),
        "floor": memory.PlayedFloor(),
        "standings": memory.PlayedStandings(memory.a_directory()),
        "journal": memory.MemoryJournal(),
        "minutes": memory.PlayedMinutes(),
        "what_ifs": MemoryWhatIfs(),
        "parties": memory.MemoryParties(),
        "telling": MemoryTelling(),
        "callers": memory.MemoryCallers(),
        "do_not_call": MemoryDoNotCall(),
        "shown_rights": MemoryRights(),
        "right_documents": MemoryRightDocuments(),
        "lead_lists": MemoryLeadLists(),
        "lead_imports": MemoryLeadImports(),
        "lead_decisions": MemoryLeadDecisions(),
        "lead_claims": MemoryLeadClaims(),
        "lead_calls": MemoryLeadCalls(),
        "lead_checks": MemoryLeadChecks(),
        "lead_files": PlayedLeadFiles(),
        "addresses": MemoryAddresses(),
        "notes": PlayedNotes(),
        "consents": MemoryConsents(),
        "consent_texts": MemoryConsentTexts(),
        "sealed_segments": MemorySealedSegments(),
        "keeping": a_keeping(),
        "sampling": MemorySamplingReports(),
        "recording_access": NobodysAccess(),
        "recording_sound": Silence(),
        "campaigns": PlayedCampaigns(),
        "orders": MemoryOrders(),
        "surveys": MemorySurveys(),
        "suggestions": MemorySuggestions(),
        "quality_forms": forms,
        "quality_reviews": MemoryQualityReviews(forms, users.rows),
        "quality_assigning": PlayedAssigning(),
        "phone_use": PlayedPhoneUse(),
        "shifts": MemoryShifts(),
        "shift_figures": PlayedShiftFigures(),
        "levels": levels,
        "contests": MemoryContests(levels),
        "statements": PlayedStatements(),
        "messages": MemoryMessages(),
        "webhooks": MemoryWebhooks(),
        "readiness": memory.PlayedReadiness(),
        "audit": MemoryAudit(),
    }
    parts.update(stored or {})
    for user in users.rows.values():
        if parts["users"] is not users:
            await parts["users"].add(user)
    chosen = WebSettings(**{"origins": frozenset({url}), "is_tls": False, **settings})
    observed: list[tuple[str, str, int, float]] = []
    deps = Deps(
        settings=chosen,
        clock=clock,
        ids=memory.CountedIds(),
        new_secret=new_secret,
        passwords=Passwords(CHEAP),
        login_gate=LoginGate(tries_free=chosen.login_tries_free, longest_s=chosen.login_backoff_longest_s),
        registry=registry,
        observe=lambda *seen: observed.append(seen),
        **parts,
    )
    app = make_app(deps)
    problems: dict[tuple[str, str, int, str], None] = {}

    async def note_problem(request: web.Request, response: web.StreamResponse) -> None:
        resource = request.match_info.route.resource
        if response.content_type == CONTENT_TYPE and resource is not None and isinstance(response, web.Response):
            code = json.loads(response.body)["code"]  # type: ignore[arg-type]
            problems[request.method, resource.canonical, response.status, code] = None

    app.on_response_prepare.append(note_problem)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        async with closing_mute(runner), aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as client:
            yield World(
                app=app,
                url=url,
                deps=deps,
                clock=clock,
                client=client,
                observed=observed,
                problems=problems,
                first_users=tuple(users.rows.values()),
                **parts,
            )
        for method, route, status, _ in observed:
            assert is_documented(method, route, status), f"{method} {route} answered {status}: not in the document"
        for problem in problems:
            assert is_documented(*problem), f"{problem}: not in the document"
    finally:
        await runner.cleanup()
