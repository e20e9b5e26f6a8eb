"""A digest as a mail: HTML and plain text, in the reader's language and time zone."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from notifications import links
from notifications.content import Content, content_of, one_line
from notifications.models import Digest
from notifications.schedule import zone_of


@dataclass(frozen=True, slots=True)
class RenderedMail:
    subject: str
    text: str
    html: str


def language_of(code: str) -> str:
    """`code` when there are texts in it, else the product's default language."""
    return code if code in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def message_id(digest: Digest) -> str:
    """The same at every try, so that a mail that is handed over twice can be told as one."""
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    copy = f".{digest.copy}" if digest.copy else ""
    return f"<{digest.public_id}{copy}@{host}>"


def render(digest: Digest) -> RenderedMail:
    """The mail's parts. Text of the CRMs is escaped in the HTML and kept to one line in the subject."""
    user = digest.subscription.user
    assert user is not None
    with (
        translation.override(language_of(user.language)),
        timezone.override(zone_of(user.time_zone)),
    ):
        content: Content = content_of(digest)
        context = {
            "content": content,
            "unsubscribe_url": links.unsubscribe_url(digest.subscription),
            "language": language_of(user.language),
        }
        return RenderedMail(
            subject=one_line(content.subject),
            text=_tidy(render_to_string("notifications/mail/message.txt", context)),
            html=render_to_string("notifications/mail/message.html", context),
        )


def build_mail(digest: Digest) -> EmailMultiAlternatives:
    """The mail with its headers, one reader in To."""
    user = digest.subscription.user
    assert user is not None
    rendered = render(digest)
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    mail = EmailMultiAlternatives(
        subject=rendered.subject,
        body=rendered.text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[user.email],
        headers={
            "Message-ID": message_id(digest),
            # RFC 8058: a POST to the address unsubscribes, without a login.
            "List-Unsubscribe": f"<{links.unsubscribe_url(digest.subscription)}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "List-ID": f"Sync Health <connection-{digest.subscription.connection_id}.{host}>",
            # RFC 3834: nobody's out-of-office reply to a machine.
            "Auto-Submitted": "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "Content-Language": language_of(user.language),
        },
    )
    mail.attach_alternative(rendered.html, "text/html")
    return mail


def _tidy(text: str) -> str:
    """No trailing blanks and at most one empty line in a row, whatever the template's tags left."""
    lines: list[str] = []
    for raw in text.strip().splitlines():
        # "-- " and nothing else tells mail programs where the signature begins.
        line = raw if raw == "-- " else raw.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
