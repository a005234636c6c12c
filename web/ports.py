"""What the web edge needs from the rest of the service, as its user sees it. The store and the engine implement it."""

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from metering.export_columns import Audience
from monitor.rows import AgentRow, CallRow, EmergencyRow
from routing.answering_machine import MessageMail, VoiceMessage
from routing.directory import Directory
from routing.standing import AgentStanding
from store.audit import Author, Deed
from store.centre import Applied, Centre
from telephony.consents import ConsentWithdrawn
from telephony.emergencies import AgentAddress, EmergencySeen
from telephony.engine.ports import PartyRecord
from telephony.errors import FernamtError, Refusal
from telephony.events import AgentRequest, CallRequest, Envelope, Event
from telephony.identifiers import AgentId, CallId, ClientId, EventId, Instant, PartyId, ProjectId, UserId
from web.accounts import ApiToken, Delivery, Session, Subscription, User


class Intents(Protocol):
    """Takes what people ask for into the engine's one queue."""

    async def submit(self, request: AgentRequest | CallRequest, party: PartyRecord | None = None) -> Refusal | None:
        """The request was handled in its turn; None: done. A refusal changed nothing.

        `party` is whom the request names by an id that nobody knows yet. A call to them is permitted when this returns.
        """
        ...


class Notes(Protocol):
    """Takes what people tell about calls into the engine's one queue; it needs no answer."""

    def tell(self, said: EmergencySeen | ConsentWithdrawn) -> None:
        """Somebody looks after that emergency call, or the called party withdrew: journaled, and on the boards."""
        ...


class Addresses(Protocol):
    """Where agents work, encrypted."""

    async def of(self, agent_id: AgentId) -> AgentAddress | None: ...
    async def put(self, agent_id: AgentId, address: AgentAddress, *, by: Author | None = None) -> None:
        """It is the agent's address from now on. Raises `CentreRejected`."""
        ...

    async def remove(self, agent_id: AgentId, *, by: Author | None = None) -> bool: ...


class Users(Protocol):
    """People who may enter."""

    async def get(self, user_id: UserId) -> User | None: ...
    async def find(self, login: str) -> User | None: ...
    async def all(self) -> Sequence[User]: ...

    async def add(self, user: User, *, by: Author) -> bool:
        """False, and nothing written, where the login is taken. What is added or changed here is on record as `by` whom."""
        ...

    async def put(self, user: User, *, by: Author) -> None: ...

    async def spend_one_time(self, user_id: UserId, one_time_hash: str) -> bool:
        """The one-time secret is used up; False where somebody was faster. Two uses at once yield one True."""
        ...

    async def set_password(self, user_id: UserId, password_hash: str, *, by: Author) -> None:
        """The password is in force, `must_set_password` is off, an unused one-time login is void."""
        ...


class Sessions(Protocol):
    """Stays of people, by the hash of their secret."""

    async def add(self, session: Session) -> None: ...
    async def get(self, session_id: str) -> Session | None: ...
    async def touch(self, session_id: str, seen_at: Instant) -> None: ...
    async def remove(self, session_id: str) -> None: ...
    async def remove_of(self, user_id: UserId) -> None: ...


class Tokens(Protocol):
    """Proofs of programs, by the hash of their secret."""

    async def add(self, token: ApiToken) -> None: ...
    async def find(self, secret_hash: str) -> ApiToken | None: ...
    async def of(self, user_id: UserId | None) -> Sequence[ApiToken]:
        """The user's tokens; None: everybody's."""
        ...

    async def touch(self, token_id: str, used_at: Instant) -> None: ...
    async def remove(self, token_id: str) -> None: ...
    async def remove_of(self, user_id: UserId) -> None: ...


class DirectoryBook(Protocol):
    """Clients, projects, numbers and agents: read in memory, written to the store, then swapped in the engine."""

    @property
    def current(self) -> Directory:
        """The revision in force."""
        ...

    async def apply(self, centre: Centre, *, by: Author, removes_others: bool = False, is_dry_run: bool = False) -> Applied:
        """What is described holds, in the store and in the engine; each change is on record as `by` whom.

        Raises `CentreRejected`, and nothing has changed.
        """
        ...

    async def deactivate_client(self, client_id: ClientId, *, by: Author) -> Applied:
        """The client and its projects take no calls. Raises `CentreRejected` where there is none."""
        ...

    async def deactivate_project(self, project_id: ProjectId, *, by: Author) -> Applied:
        """The project takes no calls. Raises `CentreRejected` where there is none."""
        ...

    async def remove_team(self, team_id: str, *, by: Author) -> Applied:
        """The team is no more: its agents are in none, its leaders lead none. Raises `CentreRejected` where there was none."""
        ...

    async def remove_number(self, did: str, *, by: Author) -> Applied:
        """Calls to that number are unknown. Raises `CentreRejected` where it was not there."""
        ...


class Floor(Protocol):
    """The live state: a fold that follows the engine."""

    def agents(self) -> Sequence[AgentRow]: ...
    def agent(self, agent_id: AgentId) -> AgentRow | None: ...
    def calls(self) -> Sequence[CallRow]: ...
    def call(self, call_id: CallId) -> CallRow | None: ...
    def emergency(self, emergency_id: EventId) -> EmergencyRow | None: ...


class Standings(Protocol):
    """Where agents stand on the live floor."""

    def standing(self, agent_id: AgentId) -> AgentStanding:
        """The agent's standing at this moment."""
        ...


class JournalReader(Protocol):
    """Durable events, to read."""

    def read_call(self, call_id: CallId) -> AsyncIterator[Envelope]: ...
    def read_agent(self, agent_id: AgentId, since: int = 0) -> AsyncIterator[Envelope]: ...
    def read_since(self, seq: int, until: int | None = None, kinds: Sequence[type[Event]] = ()) -> AsyncIterator[Envelope]: ...
    def read_open(self) -> AsyncIterator[Envelope]: ...
    async def last_seq(self) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MinutesWanted:
    """Which minute lines, and for whose eyes: those that start in [from_at, to_at), of one client, of some agents or of all."""

    from_at: Instant
    to_at: Instant
    format: str
    audience: Audience
    client_id: ClientId | None = None
    agent_ids: frozenset[AgentId] | None = None
    """None: of all agents, and those of nobody."""


class ExportsBusy(FernamtError):
    """As many exports run as may run at once."""

    code = "exports_busy"


class MinutesExport(Protocol):
    """Minute lines as a file, piece by piece: memory stays flat however many there are."""

    def stream(self, wanted: MinutesWanted) -> AsyncGenerator[bytes]:
        """The file. Closing the generator frees its place. Raises `ExportsBusy` with the first piece where none is free."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatIfWanted:
    """Journaled callers of [from_at, to_at), once more under the centre of now as `centre` (TOML) changes it."""

    from_at: Instant
    to_at: Instant
    centre: str
    replays: int
    threshold_s: int
    language: str = "en"
    """Of the picture."""


@dataclass(slots=True, kw_only=True)
class WhatIf:
    """A run: going on while there is neither an answer nor a fault."""

    what_if_id: str
    wanted: WhatIfWanted
    started_at: Instant
    answer: dict[str, Any] | None = None
    picture: bytes | None = None
    fault: str | None = None
    detail: str | None = None


class WhatIfsBusy(FernamtError):
    """As many runs go on as may at once."""

    code = "what_ifs_busy"


class WhatIfs(Protocol):
    """Runs, in processes beside the service; the latest are remembered while it runs."""

    def start(self, wanted: WhatIfWanted, *, what_if_id: str, at: Instant) -> WhatIf:
        """The run goes on by itself. Raises `WhatIfsBusy`."""
        ...

    def get(self, what_if_id: str) -> WhatIf | None: ...

    def latest(self) -> Sequence[WhatIf]:
        """The newest first."""
        ...


class RevealedParty(Protocol):
    """A person in clear."""

    @property
    def number(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...


class ErasedPart(Protocol):
    """What became of one kind of records."""

    @property
    def what(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def became(self) -> str: ...
    @property
    def why(self) -> str: ...


class ErasureReceipt(Protocol):
    """Proof of an erasure."""

    @property
    def receipt_id(self) -> str: ...
    @property
    def erased_at(self) -> Instant: ...
    @property
    def party_ids(self) -> tuple[PartyId, ...]: ...
    @property
    def parts(self) -> Sequence[ErasedPart]: ...
    @property
    def has_found(self) -> bool: ...


class Parties(Protocol):
    """Numbers and names, encrypted under a key per person."""

    async def reveal(self, party_ids: Collection[PartyId]) -> Mapping[PartyId, RevealedParty]:
        """The people in clear; those erased or unknown are missing."""
        ...

    async def restrict(self, number: str, *, receipt_id: str, reason: str, by: Author) -> ErasureReceipt:
        """Whoever has that number is left alone from now on, and nothing of them is lost."""
        ...

    async def erase(
        self, *, at: Instant, receipt_id: str, reason: str, number: str | None = None, party_id: PartyId | None = None
    ) -> ErasureReceipt:
        """Every record of that person has lost its key; the receipt says which."""
        ...


class Telling(Protocol):
    """What is held about a person."""

    async def tell(self, number: str, *, by: Author) -> bytes:
        """All of it, as JSON; that it was told is on record. Raises `ExportsBusy`."""
        ...


class KnownCallers(Protocol):
    """Callers known by number: put down as keyed hashes, never shown."""

    async def counts(self) -> Mapping[str, int]:
        """How many numbers each list has."""
        ...

    async def put_on_list(self, list_name: str, number: str, *, by: Author) -> None: ...
    async def take_off_list(self, list_name: str, number: str, *, by: Author) -> None: ...
    async def block(self, agent_id: AgentId, number: str, *, by: Author) -> None: ...
    async def unblock(self, agent_id: AgentId, number: str, *, by: Author) -> None: ...


class Messages(Protocol):
    """Voice messages of the answering machine."""

    async def list(
        self,
        *,
        before: Instant | None,
        limit: int,
        project_ids: Collection[str] | None = None,
        is_done: bool | None = None,
        mailed_to: str | None = None,
    ) -> Sequence[VoiceMessage]:
        """The newest first; of these projects only, done or open ones only, mailed to that mailbox, where given."""
        ...

    async def open_count(self, project_ids: Collection[str] | None = None) -> int:
        """Messages nobody has seen to; of these projects only, where given."""
        ...

    async def get(self, message_id: str) -> VoiceMessage | None: ...

    async def mails(self, message_ids: Sequence[str]) -> Mapping[str, Sequence[MessageMail]]:
        """The mails of each of these messages."""
        ...

    async def set_done(self, message_id: str, *, is_done: bool, by: Author) -> bool: ...

    async def forward(self, mail: MessageMail, *, by: Author) -> MessageMail | None:
        """The mail waits, or the one to the same mailbox that waited already; None: there is no such message."""
        ...

    async def retry(self, message_id: str, *, by: Author) -> int | None:
        """How many given-up mails wait again."""
        ...

    async def delete(self, message_id: str, *, by: Author) -> str | None:
        """The message is gone with its mails; returns its sound's file name."""
        ...


class Webhooks(Protocol):
    """Subscriptions, and the outbox of what is on its way to them."""

    async def subscriptions(self) -> Sequence[Subscription]: ...
    async def subscription(self, subscription_id: str) -> Subscription | None: ...
    async def add(self, subscription: Subscription, *, by: Author) -> None: ...
    async def remove(self, subscription_id: str, *, by: Author) -> bool:
        """The subscription is gone, and with it what was still to be delivered; False: there was none."""
        ...

    async def cursor(self) -> int:
        """The journal's number up to which events are in the outbox."""
        ...

    async def enqueue(self, deliveries: Sequence[Delivery], *, cursor: int | None) -> None:
        """The deliveries wait in the outbox and the cursor stands there (None: where it stood): both or neither.

        A known id is not doubled.
        """
        ...

    async def due(self, now: Instant, limit: int) -> Sequence[Delivery]:
        """Deliveries whose time has come, oldest first."""
        ...

    async def delivered(self, delivery_id: str) -> None: ...
    async def failed(self, delivery: Delivery) -> None:
        """Kept with its new `attempts`, `due_at` and `last_error`."""
        ...

    async def given_up(self, delivery_id: str) -> None: ...


class Readiness(Protocol):
    """Whether calls can be served."""

    def checks(self) -> Mapping[str, bool]:
        """By name: switch reconciled, journal healthy, directory loaded."""
        ...


class Audit(Protocol):
    """A lasting record of who looked at or destroyed personal data and why, of who let whom in, and who changed the centre."""

    async def record(self, *, at: Instant, user_id: UserId, deed: str, subject: str, reason: str) -> None: ...

    async def latest(self, limit: int = 100, *, before: int | None = None) -> Sequence[Deed]:
        """The newest entries first: those of a smaller number than `before`, or of all."""
        ...
