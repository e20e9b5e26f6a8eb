"""What `make run` prints when everything answers."""

from __future__ import annotations

from synchealth.demo.people import PEOPLE
from synchealth.demo.state import DemoState

# Stable: scripts read the token from it.
TOKEN_LINE = "API token: {token}"  # noqa: S105 - a template


def banner(*, state: DemoState, site_url: str, simulator_url: str, mails: str) -> str:
    """The address, the logins, the token and three things to try, as plain text."""
    width = max(len(person.email) for person in PEOPLE)
    logins = "\n".join(
        f"    {person.email:<{width}}   {person.role.label}: {person.may}" for person in PEOPLE
    )
    page = f"{site_url}/connections/{state.connection}/sync-health/"
    return f"""
Sync Health is ready:  {site_url}

  Log in as one of these; the password of each is  {state.password}
{logins}

  {TOKEN_LINE.format(token=state.api_token)}
  HubSpot and Salesforce are played by simulators at {simulator_url}; {mails}

Three things to try
  1. Find out why contacts do not sync, and let them: open {page}picklists/
     and the (i) of the first error. Add the value that Salesforce's picklist lacks on the
     simulator's set-up pages, tick the error, press Resync, and watch it go.
  2. Mend one record: open {page}property-values/, follow an affected
     record's link into its CRM, put the value right there, and press Resync.
  3. Ask from a program:
     curl -H 'Authorization: Bearer {state.api_token}' \\
          {site_url}/api/v1/connections/{state.connection}/error-types/
"""
