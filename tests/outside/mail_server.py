"""A mail server: it lets in who knows the password, files what it takes, and has no mailbox for
anybody called nobody.

    mail_server.py PORT FOLDER      says "ready" when it is
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
            (FOLDER / f"{address}.eml").write_bytes(envelope.content)
        return "250 OK"


def let_in(server, session, envelope, mechanism, given):
    known = LoginPassword(b"servicebook", b"let me in")
    # Who is not let in is told so with 535.
    return AuthResult(success=given == known, handled=False)


controller = Controller(
    Mailboxes(),
    hostname="127.0.0.1",
    port=PORT,
    authenticator=let_in,
    auth_required=True,
    auth_require_tls=False,
)
controller.start()
print("ready", flush=True)
signal.pause()
