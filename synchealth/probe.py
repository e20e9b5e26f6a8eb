"""`python -m synchealth.probe URL`: ends with 0 when the URL answers 200, else with 1.

The health check of the image, which has no curl. It asks as the proxy in front of the server would, by the host and
scheme of SITE_URL: asked by its own address the server would refuse the host or redirect to HTTPS."""

from __future__ import annotations

import os
import sys
import urllib.request
from urllib.parse import urlsplit


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        """Take a redirect for what it is: not the answer that was asked for."""


def answers(url: str, *, site_url: str) -> bool:
    """Whether `url` answers 200 within four seconds when asked on behalf of `site_url`."""
    site = urlsplit(site_url)
    headers = {"Host": site.netloc, "X-Forwarded-Proto": site.scheme} if site.netloc else {}
    # The address comes from the image's own health check.
    asked = urllib.request.Request(url, headers=headers)  # noqa: S310
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect())
    try:
        with opener.open(asked, timeout=4) as answer:
            return bool(answer.status == 200)
    except OSError:  # HTTPError is one
        return False


if __name__ == "__main__":
    sys.exit(0 if answers(sys.argv[1], site_url=os.environ.get("SITE_URL", "")) else 1)
