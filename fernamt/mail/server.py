"""The mail server that takes our mails, by SMTP: the way is secret, the server proven, and what it refuses is told by kind."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException, SMTPSenderRefused

from config.mail import MailSecurity, MailSettings
from routing.answering_machine import Failure

PERMANENT = 500
TOO_LARGE = 552
"""RFC 1870, 6.1: the server's answer to a size it does not take."""


class MailRefused(Exception):
    """The mail was not taken; `failure` says why, and whether it ever would be."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.said)
        self.failure = failure


class MailServer:
    """One connection a mail: they are few, and nothing of an old connection stands between two of them."""

    def __init__(self, settings: MailSettings) -> None:
        if settings.host is None or settings.sender is None:
            raise ValueError("mail.host and mail.sender are not set")
        self._settings = settings
        self._host = settings.host.strip("[]")
        self.sender = settings.sender

    async def deliver(self, mailbox: str, mail: bytes) -> None:
        """The server has taken the mail for that mailbox. Raises `MailRefused`: then it has not said that it did.

        Where the connection is lost after the whole mail was sent, it may have it all the same: the next try is the same mail.
        """
        is_taken = False
        try:
            async with asyncio.timeout(self._settings.timeout_s), self._connected() as server:
                await server.sendmail(self.sender, [mailbox], mail)
                is_taken = True
        except (SMTPException, OSError, UnicodeError) as error:
            if is_taken:  # whatever came of taking leave
                return
            raise MailRefused(failure_of(error)) from error

    async def examine(self, mailbox: str | None) -> None:
        """The server answers, its certificate and our log-in are right, and it would take a mail for that mailbox. None is sent.

        Raises `MailRefused`.
        """
        try:
            async with asyncio.timeout(self._settings.timeout_s), self._connected() as server:
                await server.mail(self.sender)
                if mailbox is not None:
                    await server.rcpt(mailbox)
                await server.rset()
        except (SMTPException, OSError, UnicodeError) as error:
            raise MailRefused(failure_of(error)) from error

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[SMTP]:
        settings = self._settings
        context: ssl.SSLContext | None = None
        if settings.security is not MailSecurity.NONE:
            context = await asyncio.to_thread(ssl.create_default_context, cafile=settings.ca_file)
        server = SMTP(
            hostname=self._host,
            port=settings.port,
            username=settings.username,
            password=None if settings.password is None else settings.password.get_secret_value(),
            local_hostname=socket.gethostname(),
            timeout=settings.timeout_s,
            use_tls=settings.security is MailSecurity.TLS,
            start_tls=settings.security is MailSecurity.STARTTLS,
            tls_context=context,
        )
        try:
            await server.connect()
            yield server
            await server.quit()
        finally:
            server.close()


def failure_of(error: SMTPException | OSError | UnicodeError) -> Failure:
    """What the error means for the mail. Only what the server says of this mail and this mailbox is permanent: that it does not
    know us, our password or our sender is mended in the settings, and the mail waits for that."""
    if isinstance(error, SMTPRecipientsRefused):
        first = error.recipients[0]
        return Failure(said=_said(first), is_permanent=first.code >= PERMANENT)
    if isinstance(error, SMTPDataError):
        return Failure(said=_said(error), is_permanent=error.code >= PERMANENT)
    if isinstance(error, SMTPSenderRefused):
        return Failure(said=_said(error), is_permanent=error.code == TOO_LARGE)
    if isinstance(error, SMTPResponseException):
        return Failure(said=_said(error), is_permanent=False)
    if isinstance(error, TimeoutError):
        return Failure(said=str(error) or "no answer in time", is_permanent=False)
    return Failure(said=str(error) or type(error).__name__, is_permanent=False)


def _said(error: SMTPResponseException) -> str:
    return f"{error.code} {error.message}"
