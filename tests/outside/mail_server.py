"""An SMTP server: it requires a password, appends each mail to the file of its
mailbox, with a form feed after it, and has no mailbox for addresses
that begin with "nobody".

    mail_server.py PORT FOLDER      prints "ready" when it listens
"""

import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

PORT, FOLDER = int(sys.argv[1]), Path(sys.argv[2])


class Mailboxes:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 There is no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            with (FOLDER / f"{address}.eml").open("ab") as mailbox:
                mailbox.write(envelope.content + b"\f")
        return "250 OK"


def authenticate(server, session, envelope, mechanism, login):
    expected = LoginPassword(b"servicebook", b"let me in")
    # A failed login is answered with 535.
    return AuthResult(success=login == expected, handled=False)


controller = Controller(
    Mailboxes(),
    hostname="127.0.0.1",
    port=PORT,
    authenticator=authenticate,
    auth_required=True,
    auth_require_tls=False,
)
controller.start()
print("ready", flush=True)
signal.pause()
