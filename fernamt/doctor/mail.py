"""Whether the mail server takes our mails: reached, proven, logged in, and the mailbox known to it."""

from config.settings import Settings
from fernamt.doctor.finding import Finding, doubtful, good, wrong
from fernamt.mail.server import MailRefused, MailServer
from fernamt.node.settings import bracketed

CHECK = "mail server"


async def examine_mail(settings: Settings) -> Finding:
    """The whole way but the mail itself: none is sent."""
    mail = settings.mail
    if mail.host is None:
        return good(CHECK, "none is set up: messages on the answering machine are listed and not mailed")
    where = f"{bracketed(mail.host)}:{mail.port}"
    try:
        await MailServer(mail).examine(mail.mailbox)
    except MailRefused as refused:
        return wrong(CHECK, f"{where}: {refused.failure.said}", "mend [mail] in the settings, or ask who runs the mail server")
    if mail.mailbox is None:
        mend = "name the central mailbox as mail.mailbox"
        return doubtful(CHECK, f"{where} takes mails; messages of projects without a mailbox are only listed", mend)
    return good(CHECK, f"{where} takes mails for {mail.mailbox}")
