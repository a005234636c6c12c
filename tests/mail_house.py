"""A real mail server on a free loopback port: with TLS and log-ins, and every bad habit that servers have.

async with a_mail_house(tmp_path) as post:
    post.answers += ["450 4.2.0 come back later"]
    …
    (mail,) = post.mails("box@centre.example")
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from fernamt.demo.certificate import self_signed

USER, PASSWORD = "fernamt", "a password for the mail"
DIES = "dies"
"""Takes the whole mail, and is gone before it has said so."""
HANGS = "hangs"
"""Takes the whole mail, and says nothing more."""


@dataclass
class MailHouse:
    """What the server was given, and how it is to behave. `answers` to whole mails are used up one by one; then all is well."""

    port: int = 0
    certificate: Path | None = None
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    """Every mail taken, doubles included: mailbox and content."""
    answers: list[str] = field(default_factory=list)
    refuses: dict[str, str] = field(default_factory=dict)
    """By mailbox, what is said to it."""
    logins: list[str] = field(default_factory=list)
    tries: int = 0
    came: asyncio.Event = field(default_factory=asyncio.Event)
    """Set with each whole mail, whatever is answered."""

    def mails(self, mailbox: str) -> list[EmailMessage]:
        """What somebody who opens that mailbox finds: one of each Message-ID, as mail servers keep it."""
        parsed = [message_from_bytes(content, policy=default) for to, content in self.taken if to == mailbox]
        return list({str(mail["Message-ID"]): mail for mail in parsed if isinstance(mail, EmailMessage)}.values())

    # -- the server's side, as aiosmtpd calls it

    async def handle_RCPT(self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.tries += 1
        answer = self.answers.pop(0) if self.answers else "250 2.0.0 taken"
        if answer.startswith("250") or answer in {DIES, HANGS}:
            content = envelope.content if isinstance(envelope.content, bytes) else b""
            self.taken += [(mailbox, content) for mailbox in envelope.rcpt_tos]
        self.came.set()
        if answer == DIES and server.transport is not None:
            server.transport.abort()
        if answer == HANGS:
            await asyncio.Event().wait()
        return answer

    def authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, proof: Any) -> AuthResult:
        is_right = (proof.login, proof.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(proof.login.decode() if is_right else "wrong")
        return AuthResult(success=is_right, handled=False)


@asynccontextmanager
async def a_mail_house(folder: Path, *, tls: str = "none", logs_in: bool = False, port: int = 0) -> AsyncIterator[MailHouse]:
    """The server listens; `tls` is none, starttls or tls. One with log-ins takes nothing from strangers."""
    house = MailHouse()
    context: ssl.SSLContext | None = None
    if tls != "none":
        house.certificate, key = await asyncio.to_thread(self_signed, folder / "mail-certificate", "127.0.0.1")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(house.certificate, key)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(
            house,
            hostname="mail.example",
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=logs_in,
            auth_require_tls=tls == "starttls",
            authenticator=house.authenticate if logs_in else None,
            loop=loop,
        )

    server = await loop.create_server(protocol, "127.0.0.1", port, ssl=context if tls == "tls" else None)
    house.port = server.sockets[0].getsockname()[1]
    try:
        yield house
    finally:
        server.close()
        await server.wait_closed()
