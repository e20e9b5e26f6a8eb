"""Handing a mail to the server that EMAIL_URL names, step by step, so that it is known how far it came."""

from __future__ import annotations

import contextlib
import io
import re
import smtplib
import ssl
import time
from collections.abc import Callable
from email import policy
from email.generator import BytesGenerator
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.smtp import EmailBackend

from notifications.mails import build_mail
from notifications.models import Digest
from notifications.retry import Answer, Outcome, smtp_answer

# A connection idle for longer may have been closed by the server (RFC 5321, 4.5.3.2: five minutes).
_KEEP_SECONDS = 60.0
_PER_CONNECTION = 100
_LEADING_DOT = re.compile(rb"(?m)^\.")  # RFC 5321, 4.5.2


class MailTransport:
    """One SMTP session for the messages of a round. Backends that are not SMTP take the mail as Django hands it."""

    def __init__(self) -> None:
        self._backend: EmailBackend | None = None
        self._used_at = 0.0
        self._sent = 0

    def hand_over(self, digest: Digest, mark: Callable[[], None]) -> Answer:
        """Mails the digest; the answer tells an acceptance, a refusal by code, no connection, or no answer."""
        user = digest.subscription.user
        assert user is not None
        digest.recipient = user.email
        mail = build_mail(digest)
        backend = get_connection(fail_silently=False)
        if not isinstance(backend, EmailBackend):
            mark()
            mail.connection = backend
            mail.send()
            return Answer(Outcome.SENT, detail=type(backend).__module__.rsplit(".", 1)[-1])
        return self._smtp(backend, mail, user.email, mark)

    def close(self) -> None:
        """Says QUIT; a server that is gone is no fault any more."""
        if self._backend is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._backend.close()
        self._backend = None

    def _smtp(
        self,
        backend: EmailBackend,
        mail: EmailMultiAlternatives,
        recipient: str,
        mark: Callable[[], None],
    ) -> Answer:
        try:
            session = self._session(backend)
        except smtplib.SMTPResponseException as fault:
            self.close()
            return smtp_answer(code=fault.smtp_code, text=_text(fault.smtp_error), stage="connect")
        except (smtplib.SMTPException, OSError, ssl.SSLError) as fault:
            self.close()
            return Answer(Outcome.UNREACHABLE, detail=_text(str(fault)), again=True)
        sender = parseaddr(mail.from_email)[1]
        message = _bytes_of(mail)
        if not message.endswith(b"\r\n"):
            message += b"\r\n"
        handed_over = False
        try:
            stage = "sender"
            code, text = session.mail(sender)
            if code == 250:
                stage = "recipient"
                code, text = session.rcpt(recipient)
            if code not in (250, 251):
                self._reset(session)
                return smtp_answer(code=code, text=_text(text), stage=stage)
            mark()
            # Not session.data(): it does not tell a line that broke before the mail from one that broke after.
            session.putcmd("DATA")
            code, text = session.getreply()
            if code != 354:
                self._reset(session)
                return smtp_answer(code=code, text=_text(text), stage="data")
            handed_over = True
            session.send(_LEADING_DOT.sub(b"..", message) + b".\r\n")
            code, text = session.getreply()
        except (smtplib.SMTPException, OSError) as fault:
            self.close()
            if handed_over:
                return Answer(Outcome.UNCERTAIN, detail=_text(str(fault)), again=True)
            return Answer(Outcome.UNREACHABLE, detail=_text(str(fault)), again=True)
        self._used_at = time.monotonic()
        self._sent += 1
        if not 200 <= code < 300:
            self._reset(session)
        return smtp_answer(code=code, text=_text(text), stage="data")

    def _session(self, backend: EmailBackend) -> smtplib.SMTP:
        """The open session, or a new one: connected, encrypted and logged in as EMAIL_URL says."""
        stale = time.monotonic() - self._used_at > _KEEP_SECONDS or self._sent >= _PER_CONNECTION
        if self._backend is not None and not stale:
            return _connection_of(self._backend)
        self.close()
        backend.timeout = settings.EMAIL_TIMEOUT
        backend.open()
        self._backend, self._sent, self._used_at = backend, 0, time.monotonic()
        session = _connection_of(backend)
        session.ehlo_or_helo_if_needed()
        return session

    def _reset(self, session: smtplib.SMTP) -> None:
        """Ends the refused mail's transaction; a server that does not let us is left."""
        try:
            code, _said = session.rset()
        except (smtplib.SMTPException, OSError):
            code = 0
        if code != 250:
            self.close()


def _bytes_of(mail: EmailMultiAlternatives) -> bytes:
    """The mail as it goes over the line, each header on one line (our longest is far below the 998 of RFC 5322).

    Django's own folding begins a long header with an empty line, which some providers of one-click
    unsubscribing do not read.
    """
    written = io.BytesIO()
    unfolded = policy.compat32.clone(max_line_length=None, linesep="\r\n")
    BytesGenerator(written, mangle_from_=False, policy=unfolded).flatten(mail.message())
    return written.getvalue()


def _connection_of(backend: EmailBackend) -> smtplib.SMTP:
    connection: Any = backend.connection
    assert isinstance(connection, smtplib.SMTP)
    return connection


def _text(raw: Any) -> str:
    text = raw.decode("utf-8", errors="replace") if isinstance(raw, bytes) else str(raw)
    return re.sub(r"\s+", " ", text).strip()
