"""Send mail by SMTP, or drop it into a dev mailbox (a Maildir).

At least once: a worker that dies between sending and recording sends again, with the same Message-ID, by which
providers and readers tell a repeat. Nothing of a message is logged.
"""

from __future__ import annotations

import asyncio
import mailbox
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, unquote, urlsplit

from jiebang.platform.crypto import SIGNER
from jiebang.platform.jobs import GiveUp, Job

TIMEOUT = 20.0
_PERMANENT = range(500, 600)
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Transport(Protocol):
    """Blocking delivery of one message; raises to have it tried again, `GiveUp` when no retry will help."""

    def deliver(self, message: EmailMessage) -> None:
        """Hand the message over; on return somebody else is responsible for it."""
        ...


@dataclass(frozen=True, slots=True)
class Maildir:
    """The dev mailbox: one file per message, readable by its owner alone."""

    path: Path

    def deliver(self, message: EmailMessage) -> None:
        """Add a file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        mailbox.Maildir(self.path, create=True).add(message)


@dataclass(frozen=True, slots=True)
class Smtp:
    """`smtp://[user:password@]host[:port][?tls=off]` (STARTTLS) or `smtps://…` (TLS from the start).

    `smtp` demands STARTTLS, but of a server on loopback and where the URL says `tls=off` (a private network).
    """

    url: str

    def deliver(self, message: EmailMessage) -> None:
        """Send by a connection of its own.

        Raises:
            GiveUp: the server refuses the recipient for good.
            OSError, smtplib.SMTPException: anything else.
        """
        url = urlsplit(self.url)
        host = url.hostname or ""
        if url.scheme == "smtps":
            client = smtplib.SMTP_SSL(host, url.port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
        else:
            client = smtplib.SMTP(host, url.port or 587, timeout=TIMEOUT)
        with client:
            client.ehlo()
            if url.scheme == "smtp":
                if client.has_extn("starttls"):
                    client.starttls(context=ssl.create_default_context())
                elif host not in _LOOPBACK and parse_qs(url.query).get("tls") != ["off"]:
                    raise smtplib.SMTPNotSupportedError("the mail server offers no STARTTLS")
            if url.username:
                client.login(unquote(url.username), unquote(url.password or ""))
            try:
                client.send_message(message)
            except smtplib.SMTPRecipientsRefused as refused:
                codes = {code for code, _ in refused.recipients.values()}
                if codes and all(code in _PERMANENT for code in codes):
                    raise GiveUp(f"the mail server refused the recipient ({min(codes)})") from None
                raise


class Mailer:
    """The process's way to send mail; the composition root starts it."""

    def __init__(self) -> None:
        self._transport: Transport | None = None
        self._sender = ""
        self.base_url = ""

    def start(self, *, smtp_url: str | None, mail_dir: Path | None, sender: str, base_url: str) -> None:
        """Choose SMTP when `smtp_url` is set, else the dev mailbox.

        Raises:
            ValueError: neither is set, or one is unusable; the message says which setting to mend.
        """
        if smtp_url:
            url = urlsplit(smtp_url)
            if url.scheme not in {"smtp", "smtps"} or not url.hostname:
                raise ValueError("SMTP_URL is no smtp:// or smtps:// address")
            self._transport = Smtp(smtp_url)
        elif mail_dir is not None:
            self._transport = Maildir(mail_dir)
        else:
            raise ValueError("there is no way to send mail: set SMTP_URL, or MAIL_DIR for a dev mailbox")
        if "@" not in parseaddr(sender)[1]:
            raise ValueError("MAIL_FROM holds no mail address")
        self._sender = sender
        self.base_url = base_url.rstrip("/")

    async def send(self, job: Job, to: str, subject: str, text: str) -> None:
        """Send plain text for a job. Every run of the job sends the same Message-ID.

        Raises:
            GiveUp: the address cannot be mailed.
            RuntimeError: the mailer was never started.
        """
        if self._transport is None:
            raise RuntimeError("no mailer")
        try:
            message = self._compose(job, to, subject, text)
        except ValueError:
            raise GiveUp("the address or the subject cannot be written into a mail") from None
        await asyncio.to_thread(self._transport.deliver, message)

    def _compose(self, job: Job, to: str, subject: str, text: str) -> EmailMessage:
        # Derived, not the number itself: that would tell readers how many jobs there are.
        identity = SIGNER.derive("message_id", str(job.id).encode())[:16].hex()
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        message["To"] = Address(addr_spec=to)
        message["Subject"] = subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{identity}@{parseaddr(self._sender)[1].rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text, cte="base64" if not text.isascii() else None)
        return message


MAILER = Mailer()
