"""What a route is: one record with its permission, its shapes and its handler. `web/api/` fills them, dispatch serves them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiohttp import web
from pydantic import BaseModel

from store.audit import Author
from telephony.errors import RefusalCode
from telephony.identifiers import Instant
from web.deps import Deps
from web.language import Language
from web.permissions import Action, Resource
from web.reach import Principal, Reach
from web.schemas.types import Nothing

Body = TypeVar("Body", bound=BaseModel)
Query = TypeVar("Query", bound=BaseModel)

PREFIX = "/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Public:
    """Open to everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """Open to everybody who is logged in. `even_without_password`: also right after a one-time login."""

    even_without_password: bool = False
    needs_session: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Open to the roles that the table in permissions.py gives this (resource, action)."""

    resource: Resource
    action: Action
    needs_session: bool = False


Access = Public | Entered | Needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[Body, Query]):
    """One request, proven and parsed. `who` and `reach` are None on public routes only: ask `principal` and `rows`."""

    http: web.Request
    deps: Deps
    now: Instant
    language: Language
    path: Mapping[str, str]
    body: Body
    query: Query
    who: Principal | None
    reach: Reach | None

    @property
    def principal(self) -> Principal:
        """Who asks."""
        if self.who is None:
            raise LookupError("a public route asked who asks")
        return self.who

    @property
    def rows(self) -> Reach:
        """What may be read and changed."""
        if self.reach is None:
            raise LookupError("a route without a permission asked for its reach")
        return self.reach

    @property
    def author(self) -> Author:
        """Who is to be named on record for what this request changes."""
        return Author(user_id=self.principal.user_id, at=self.now)

    async def keep(self, deed: str, subject: str, reason: str = "") -> None:
        """Who did that, and when, is on lasting record."""
        await self.deps.audit.record(at=self.now, user_id=self.principal.user_id, deed=deed, subject=subject, reason=reason)


Answer = BaseModel | web.StreamResponse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One operation of the API."""

    method: str
    path: str
    """Below the prefix, with `{name}` for path parameters of `web/schemas/types.py`."""
    name: str
    """The operation's id."""
    summary: str
    description: str
    tag: str
    access: Access
    body: type[BaseModel]
    query: type[BaseModel]
    answer: type[BaseModel] | None
    media: tuple[str, ...]
    """Content types where the answer is a stream instead of a model."""
    status: int
    problems: tuple[str, ...]
    refusals: tuple[RefusalCode, ...]
    has_large_body: bool
    upload: tuple[str, ...]
    """Content types of a body that the handler takes by itself, piece by piece."""
    handler: Callable[[Ask[BaseModel, BaseModel]], Awaitable[Answer]]

    @property
    def takes_body(self) -> bool:
        """Whether a JSON body is expected."""
        return self.body is not Nothing


def route(
    method: str,
    path: str,
    *,
    access: Access,
    summary: str,
    body: type[Body] = Nothing,  # type: ignore[assignment]  # a default for a type variable
    query: type[Query] = Nothing,  # type: ignore[assignment]
    answer: type[BaseModel] | None = None,
    media: tuple[str, ...] = (),
    status: int | None = None,
    problems: tuple[str, ...] = (),
    refusals: tuple[RefusalCode, ...] = (),
    has_large_body: bool = False,
    upload: tuple[str, ...] = (),
) -> Callable[[Callable[[Ask[Body, Query]], Awaitable[Answer]]], Route]:
    """Makes a `Route` of a handler; its docstring is the description in the OpenAPI document."""

    def decorate(handler: Callable[[Ask[Body, Query]], Awaitable[Answer]]) -> Route:
        return Route(
            method=method,
            path=path,
            name=handler.__name__,
            summary=summary,
            description=" ".join((handler.__doc__ or "").split()),
            tag=path.strip("/").split("/")[0],
            access=access,
            body=body,
            query=query,
            answer=answer,
            media=media,
            status=status or (200 if answer is not None or media else 204),
            problems=problems,
            refusals=refusals,
            has_large_body=has_large_body,
            upload=upload,
            handler=handler,  # type: ignore[arg-type]  # dispatch hands over what `body` and `query` say
        )

    return decorate
