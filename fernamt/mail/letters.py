"""A letter as a mail of the standard's making (RFC 5322, MIME), the recording with it."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from routing.answering_machine import Letter, MessageMail, message_id_header
from telephony.identifiers import SECOND

_RIFF, _SIZE_AT, _DATA_SIZE_AT, _HEADER_BYTES = b"RIFF", 4, 40, 44


def mail_of(mail: MessageMail, letter: Letter, sender: str, sound: bytes | None) -> bytes:
    """The mail, ready to be sent. Every try has the same Message-ID and date, so that a second one is known for the same.

    No header can be added by what a caller is called: the standard library refuses line ends in headers, and the letter's
    subject has none.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = mail.mailbox
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(mail.created_at // SECOND, UTC))
    message["Message-ID"] = message_id_header(mail.mail_id, sender)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834, 5: no absence notice comes back
    message.set_content(letter.text)
    message["Content-Language"] = letter.language  # setting a content takes away what is said of one
    if sound is not None:
        message.add_attachment(with_its_length(sound), maintype="audio", subtype="x-wav", filename=letter.sound_name)
    return message.as_bytes()


def with_its_length(sound: bytes) -> bytes:
    """The recording with a header that tells its length: Asterisk in a hurry leaves zeros there, and players play nothing."""
    if len(sound) < _HEADER_BYTES or not sound.startswith(_RIFF) or sound[36:_DATA_SIZE_AT] != b"data":
        return sound
    whole, data = len(sound) - 8, len(sound) - _HEADER_BYTES
    if int.from_bytes(sound[_DATA_SIZE_AT:_HEADER_BYTES], "little") not in (0, 0xFFFFFFFF):
        return sound
    head = _RIFF + whole.to_bytes(4, "little") + sound[8:_DATA_SIZE_AT] + data.to_bytes(4, "little")
    return head + sound[_HEADER_BYTES:]
