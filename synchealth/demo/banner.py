"""What `make run` prints when everything answers."""

from __future__ import annotations

from synchealth.demo.people import PEOPLE
from synchealth.demo.state import DemoState

# Stable: scripts read the token from it.
TOKEN_LINE = "API token: {token}"  # noqa: S105 - a template

# The simulator's page of the picklist that stops most of the contacts.
PICKLIST = (
    "/salesforce/lightning/setup/ObjectManager/Contact/FieldsAndRelationships/Buying_Role__c/view"
)


def banner(*, state: DemoState, site_url: str, simulator_url: str, mails: str) -> str:
    """The address, the logins, the token and what to try, as plain text."""
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

Things to try
  1. Find out why contacts do not sync, and let them. The errors, each with an (i):
     {page}picklists/
     Salesforce's picklist lacks a value; add the one that the error names, as a new line:
     {simulator_url}{PICKLIST}
     Then tick the error, press Resync, and watch it go.
  2. Mend one record. Follow an affected record's link into its CRM, put the value right there, press Resync:
     {page}property-values/
  3. Work off many at once: "Bulk jobs" below the list resyncs all that match, imports the records again, or
     updates a property on all of them; a record's name leads to both sides' values; Create view keeps a set of records:
     {page}property-mappings/
  4. Ask from a program:
     curl -H 'Authorization: Bearer {state.api_token}' \\
          {site_url}/api/v1/connections/{state.connection}/error-types/
"""
