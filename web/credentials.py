"""What a request brings as proof of who asks, and how the session's cookie is set."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from web.auth import Entered, principal_of_session, principal_of_token
from web.deps import Deps
from web.problems import ProblemError
from web.reach import Principal
from web.settings import WebSettings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_SECRET = 256
MARKS_OF_A_PROXY = (
    *("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server"),
    *("X-Real-IP", "X-Client-IP", "True-Client-IP", "CF-Connecting-IP"),
)


async def authenticate(request: web.Request, deps: Deps) -> Principal:
    """Who asks. A bearer token goes before a cookie. Raises `ProblemError` `not_logged_in_here`, `foreign_origin`."""
    bearer = _bearer(request)
    if bearer is not None:
        principal = await principal_of_token(deps, bearer)
    else:
        secret = session_secret(request, deps.settings)
        principal = await principal_of_session(deps, secret) if secret is not None else None
        if principal is not None and request.method not in SAFE_METHODS:
            require_own_origin(request, deps.settings, is_absent_fine=False)
    if principal is None:
        raise ProblemError("not_logged_in_here", headers={"WWW-Authenticate": 'Bearer realm="fernamt"'})
    return principal


def _bearer(request: web.Request) -> str | None:
    header = request.headers.get("Authorization")
    if header is None:
        return None
    scheme, _, secret = header.partition(" ")
    return secret.strip()[:LONGEST_SECRET] if scheme.lower() == "bearer" else ""


def session_secret(request: web.Request, settings: WebSettings) -> str | None:
    """The secret in the session's cookie."""
    secret = request.cookies.get(settings.cookie_name)
    return secret if secret and len(secret) <= LONGEST_SECRET else None


def require_own_origin(request: web.Request, settings: WebSettings, *, is_absent_fine: bool) -> None:
    """Returns where the page that asks is ours (browsers always say so on what changes state). Raises `foreign_origin`."""
    origin = request.headers.get("Origin")
    if origin is None:
        if is_absent_fine or request.headers.get("Sec-Fetch-Site") == "same-origin":
            return
        raise ProblemError("foreign_origin")
    if origin not in settings.origins:
        raise ProblemError("foreign_origin")


def keep_cookie(response: web.StreamResponse, settings: WebSettings, entered: Entered) -> None:
    """The browser keeps the secret until the session's absolute end; no script can read it, no other site can send it."""
    response.set_cookie(
        settings.cookie_name,
        entered.secret,
        path="/",
        secure=settings.is_tls,
        httponly=True,
        samesite="Strict",
        max_age=settings.session_absolute_s,
    )


def drop_cookie(response: web.StreamResponse, settings: WebSettings) -> None:
    """The browser forgets the session."""
    response.del_cookie(settings.cookie_name, path="/", secure=settings.is_tls, httponly=True, samesite="Strict")


def address_of(request: web.Request, settings: WebSettings) -> str:
    """The address tries are counted by: the peer's, or the last one a trusted proxy did not add itself; IPv6 by its /64."""
    peer = _peer(request, settings)
    if isinstance(peer, IPv6Address):
        return str(IPv6Network((peer, 64), strict=False))
    return str(peer) if peer is not None else "unknown"


def is_near(request: web.Request, settings: WebSettings) -> bool:
    """Whether recordings may be reached from where the request comes from. A proxy that does not say for whom it asks, or says
    what is no address, comes from nowhere; nothing is guessed."""
    if settings.listening_networks is None:
        return True
    peer = _peer(request, settings)
    if peer is None or any(peer in network for network in settings.trusted_proxies):
        return False
    return any(peer in network for network in settings.listening_networks)


def _peer(request: web.Request, settings: WebSettings) -> IPv4Address | IPv6Address | None:
    """The peer's address, or the last one a trusted proxy did not add itself."""
    peer = _parsed(request.remote or "")
    hops = [hop.strip() for hop in ",".join(request.headers.getall("X-Forwarded-For", [])).split(",") if hop.strip()]
    while peer is not None and hops and any(peer in network for network in settings.trusted_proxies):
        named = _parsed(_without_port(hops.pop()))
        if named is None:
            break
        peer = named
    return peer


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address; an IPv4 one that a socket of both families writes as IPv6, as what it is."""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return address if mapped is None else mapped


def _without_port(hop: str) -> str:
    """The address a proxy names, where some write brackets or a port beside it (RFC 7239, 6, in X-Forwarded-For too)."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def may_read_figures(request: web.Request, settings: WebSettings) -> bool:
    """Whether the peer may have the figures without a proof: it asks from a network that may, for itself, and by an address.

    A proxy makes everybody outside look like its own machine, so a request that bears any mark of one proves nothing. A page in
    a browser over there that has its own name point here (DNS rebinding) asks by that name.
    """
    peer = _parsed(request.remote or "")
    is_near = peer is not None and any(peer in network for network in settings.metrics_networks)
    is_for_itself = not any(mark in request.headers for mark in MARKS_OF_A_PROXY)
    return is_near and is_for_itself and _is_address(request.headers.get("Host", ""))


def _is_address(host: str) -> bool:
    name = host.rpartition("]")[0].removeprefix("[") if host.startswith("[") else host.partition(":")[0]
    return name == "localhost" or _parsed(name) is not None
