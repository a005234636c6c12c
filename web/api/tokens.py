"""API tokens: proofs for programs, made by people who are logged in."""

from telephony.identifiers import SECOND, Instant
from web.accounts import ApiToken
from web.auth import may_carry
from web.passwords import TOKEN_PREFIX, secret_hash
from web.permissions import Action, Resource, Scope
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Needs, route
from web.schemas.accounts import NewToken, TokenList, TokenMade
from web.schemas.types import Nothing, instant
from web.views import token_shown

MOST_TOKENS = 50


@route("GET", "/tokens", access=Needs(resource=Resource.TOKEN, action=Action.READ), summary="List tokens", answer=TokenList)
async def list_tokens(ask: Ask[Nothing, Nothing]) -> TokenList:
    """One's own tokens; an administrator sees everybody's."""
    tokens = await ask.deps.tokens.of(None if ask.rows.scope is Scope.ALL else ask.principal.user_id)
    return TokenList(items=[token_shown(t) for t in tokens])


@route(
    "POST",
    "/tokens",
    access=Needs(resource=Resource.TOKEN, action=Action.WRITE, needs_session=True),
    summary="Make a token",
    body=NewToken,
    answer=TokenMade,
    status=201,
)
async def make_token(ask: Ask[NewToken, Nothing]) -> TokenMade:
    """A token of one's own role, or less for an administrator's. It ends at the latest after a year; a token makes no tokens."""
    new, settings = ask.body, ask.deps.settings
    expires_at = instant(new.expires_at)
    faults = []
    if not may_carry(ask.principal.role, new.role):
        faults.append(FieldFault(at="/role", code="not_yours", detail="a token carries your own role"))
    if not ask.now < expires_at <= ask.now + settings.token_longest_s * SECOND:
        days = settings.token_longest_s // 86_400
        faults.append(FieldFault(at="/expires_at", code="out_of_range", detail=f"between now and {days} days from now"))
    if len(await ask.deps.tokens.of(ask.principal.user_id)) >= MOST_TOKENS:
        faults.append(FieldFault(at="", code="too_many", detail=f"at most {MOST_TOKENS} tokens: revoke one"))
    if faults:
        raise ProblemError("invalid", fields=faults)
    secret = TOKEN_PREFIX + ask.deps.new_secret()
    token = ApiToken(
        token_id=ask.deps.ids.new(ask.now),
        secret_hash=secret_hash(secret),
        user_id=ask.principal.user_id,
        name=new.name,
        role=new.role,
        created_at=Instant(ask.now),
        expires_at=expires_at,
    )
    await ask.deps.tokens.add(token)
    await ask.keep("token.made", token.token_id, token.role.value)
    return TokenMade(**token_shown(token).model_dump(), secret=secret)


@route(
    "DELETE",
    "/tokens/{token_id}",
    access=Needs(resource=Resource.TOKEN, action=Action.WRITE),
    summary="Revoke a token",
)
async def revoke_token(ask: Ask[Nothing, Nothing]) -> None:
    """The token is good for nothing from here on. Somebody else's is answered like one that does not exist."""
    known = await ask.deps.tokens.of(None if ask.rows.scope is Scope.ALL else ask.principal.user_id)
    if not any(t.token_id == ask.path["token_id"] and ask.rows.has_user(t.user_id) for t in known):
        raise ProblemError("not_found")
    await ask.deps.tokens.remove(ask.path["token_id"])
    await ask.keep("token.revoked", ask.path["token_id"])


ROUTES = (list_tokens, make_token, revoke_token)
