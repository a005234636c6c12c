"""Settings of outgoing mail: the server that takes it, and what messages on the answering machine are mailed as."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr

from config.section import Host, Line, Mailbox, Port, Section


class MailSecurity(StrEnum):
    """How the way to the mail server is kept secret."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class SoundAs(StrEnum):
    """How a recording travels."""

    ATTACHMENT = "attachment"
    LINK = "link"


class MailSettings(Section):
    """The mail server that takes messages on the answering machine to their mailboxes. Without a host nothing is mailed."""

    host: Host | None = None
    """The mail server (SMTP); unset: messages are listed and not mailed."""
    port: Port = 587
    """Its port: 587 with STARTTLS, 465 with TLS from the first byte."""
    security: MailSecurity = MailSecurity.STARTTLS
    """starttls, tls, or none, which is for a server on this machine alone. The certificate is always checked."""
    ca_file: Path | None = None
    """PEM file with the authority that signed the server's certificate; unset: those this machine trusts."""
    username: Line | None = None
    """Name we log in with; unset: without a log-in."""
    password: SecretStr | None = None
    """Its password; better kept in a secret file or in the environment (FERNAMT_MAIL__PASSWORD)."""
    sender: Mailbox | None = None
    """Address mails come from; its host stands in their Message-ID as well."""
    mailbox: Mailbox | None = None
    """Central mailbox: messages of projects that have none of their own go there; unset: those are listed only."""
    sound: SoundAs = SoundAs.ATTACHMENT
    """attachment, or link: a link to the recording, for which one has to log in."""
    attachment_limit_bytes: Annotated[int, Field(ge=16_000, le=100_000_000)] = 8_000_000
    """Largest recording that is attached, in bytes (16,000 a second); a larger one goes as a link."""
    shows_caller: bool = False
    """Tell the caller's number and name in clear; false: the masked number, the rest is revealed on the screen."""
    timeout_s: Annotated[int, Field(ge=1, le=600)] = 60
    """Seconds one delivery may take in all."""
    give_up_after_h: Annotated[int, Field(ge=1, le=720)] = 72
    """Hours after which a mail that no server takes counts as failed; a person may have it tried again."""
