"""ARI over HTTP: bulk reads and provisioning, which would hold up the calls' requests on the one socket; and the second path."""

from types import TracebackType

import aiohttp
from yarl import URL

from telephony.switch.asterisk.ari_wire import AriAnswer, AriRequest, basic_auth
from telephony.switch.asterisk.settings import AriSettings

NO_ANSWER = 0


class AriHttp:
    """Asks Asterisk by HTTP, a few requests at a time. Name and password go in a header, never in an address."""

    def __init__(self, settings: AriSettings, *, at_once: int = 8) -> None:
        self._settings = settings
        self._at_once = at_once
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "AriHttp":
        self.session()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    def session(self) -> aiohttp.ClientSession:
        """The session, opened at its first use."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": basic_auth(self._settings.user, self._settings.password)},
                connector=aiohttp.TCPConnector(limit=self._at_once),
                timeout=aiohttp.ClientTimeout(total=self._settings.request_timeout_s),
            )
        return self._session

    async def ask(self, request: AriRequest) -> AriAnswer:
        """The answer; status 0 where none came."""
        url = URL(f"{self._settings.http_url}/{request.uri}", encoded=True).update_query(request.query)
        headers = {"Content-Type": "application/json"} if request.body is not None else None
        try:
            async with self.session().request(request.method, url, data=request.body, headers=headers) as response:
                body = await response.read()
                return AriAnswer(response.status, body.decode("utf-8", "replace"))
        except (aiohttp.ClientError, TimeoutError, OSError):
            return AriAnswer(NO_ANSWER)

    def forget_connections(self) -> aiohttp.ClientSession | None:
        """Later requests make connections of their own; what is returned is for the caller to close."""
        stale, self._session = self._session, None
        return stale

    async def close(self) -> None:
        """No connection is left open."""
        if self._session is not None:
            await self._session.close()
            self._session = None
