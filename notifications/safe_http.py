"""POST to an address that people gave: https, and never into our own network.

The name is resolved once, every address it has is checked, and the connection goes to a checked address:
a name that changes its mind between the check and the call (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3
from django.conf import settings
from django.utils.translation import gettext as _

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# What is kept of an answer, for the log.
_ANSWER_BYTES = 2048
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_PORTS = {"https": 443, "http": 80}


class AddressRefused(Exception):
    """Nothing may be sent there; `message` is for whoever gave the address."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NoAnswer(Exception):
    """`sent`: the request went out, so the other side may have taken it."""

    def __init__(self, detail: str, *, sent: bool) -> None:
        super().__init__(detail)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    text: str
    retry_after: str


def check_address(url: str) -> SplitResult:
    """The parts of an address that messages may go to. Raises AddressRefused. Looks no name up."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused(_("This is not a web address.")) from None
    allowed = ("https", "http") if settings.WEBHOOK_ALLOW_PRIVATE else ("https",)
    if parts.scheme not in allowed:
        raise AddressRefused(_("The address must begin with https://."))
    if not parts.hostname or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused(_("This is not a web address."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(_("Leave the user name and password out of the address."))
    if port == 0:
        raise AddressRefused(_("This is not a web address."))
    return parts


def resolve(parts: SplitResult) -> str:
    """An address of the host, all of whose addresses may be reached. Raises AddressRefused, OSError."""
    host = parts.hostname or ""
    port = parts.port or _PORTS[parts.scheme]
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise AddressRefused(_("This is not a web address.")) from None
    addresses = [str(entry[4][0]).split("%")[0] for entry in found]
    if not settings.WEBHOOK_ALLOW_PRIVATE:
        for text in addresses:
            if not is_public(ipaddress.ip_address(text)):
                raise AddressRefused(
                    _("The address leads into a private network, where nothing is sent.")
                )
    return addresses[0]


def is_public(address: Address) -> bool:
    """Whether an address is one of the open internet, also when it is wrapped in an IPv6 address."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is None and address.teredo is not None:
            return False
        if inner is not None:
            return is_public(inner)
    return address.is_global and not (
        address.is_multicast or address.is_reserved or address.is_unspecified
    )


def post(*, url: str, body: bytes, headers: dict[str, str]) -> Reply:
    """POSTs `body`; no redirect is followed, no proxy asked, at most 2 kB of the answer read.

    Raises AddressRefused, NoAnswer.
    """
    parts = check_address(url)
    host = parts.hostname or ""
    try:
        address = resolve(parts)
    except OSError as fault:
        raise NoAnswer(str(fault), sent=False) from fault
    timeout = urllib3.Timeout(connect=settings.WEBHOOK_TIMEOUT, read=settings.WEBHOOK_TIMEOUT)
    port = parts.port or _PORTS[parts.scheme]
    pool: urllib3.HTTPConnectionPool
    if parts.scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address,
            port,
            timeout=timeout,
            cert_reqs="CERT_REQUIRED",
            ca_certs=certifi.where(),
            server_hostname=host,
            assert_hostname=host,
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    with pool:
        try:
            answer = pool.urlopen(
                "POST",
                target,
                body=body,
                headers={**headers, "Host": parts.netloc},
                redirect=False,
                retries=False,
                preload_content=False,
            )
            text = answer.read(_ANSWER_BYTES, decode_content=False).decode(errors="replace")
            retry_after = answer.headers.get("Retry-After", "")
            answer.close()
        except (
            urllib3.exceptions.NewConnectionError,
            urllib3.exceptions.ConnectTimeoutError,
            urllib3.exceptions.SSLError,
        ) as fault:
            raise NoAnswer(str(fault), sent=False) from fault
        except (urllib3.exceptions.HTTPError, OSError) as fault:
            raise NoAnswer(str(fault), sent=True) from fault
    return Reply(status=answer.status, text=text, retry_after=retry_after)
