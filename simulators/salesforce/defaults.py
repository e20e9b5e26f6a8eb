"""What a fresh org holds: the one place where the simulator's credentials and users are written down.

None of this is secret: it opens nothing but a simulator on one's own machine.
"""

from __future__ import annotations

ORG_ID = "00D5g000004XyzAEAS"
ORG_NAME = "Demo org (simulator)"
CLIENT_ID = "3MVG9simulatorConnectedApp.SyncHealth.0123456789abcdefghijklmnop"
CLIENT_SECRET = "simulator-client-secret-5C0FFEE5C0FFEE"
REFRESH_TOKEN = "5Aep861simulatorRefreshToken.IntegrationUser.0001"
REDIRECT_URIS: list[str] = []  # empty: any redirect is accepted
APP_NAME = "Sync Health"
INTEGRATION_USER = "integration@demo.example"
ADMIN_USER = "admin@demo.example"
PASSWORD = "simulator"  # of the login page, for every user

# 100,000 a day and 1,000 for each licence: an Enterprise org with 15 users.
LICENCES = 15
DAILY_API_LIMIT = 100_000 + LICENCES * 1_000
# What a user may do: "Integration" is held to object rights and field-level security, "Administrator" is not.
USERS = [
    {"Username": INTEGRATION_USER, "FirstName": "HubSpot", "LastName": "Integration", "Alias": "hsint",
     "Email": INTEGRATION_USER, "profile": "Integration", "IsActive": True},
    {"Username": ADMIN_USER, "FirstName": "Ada", "LastName": "Nowak", "Alias": "anowa",
     "Email": ADMIN_USER, "profile": "Administrator", "IsActive": True},
    {"Username": "ben.okafor@demo.example", "FirstName": "Ben", "LastName": "Okafor", "Alias": "bokaf",
     "Email": "ben.okafor@demo.example", "profile": "Integration", "IsActive": True},
    {"Username": "clara.left@demo.example", "FirstName": "Clara", "LastName": "Left", "Alias": "cleft",
     "Email": "clara.left@demo.example", "profile": "Integration", "IsActive": False},
]  # fmt: skip
# The public half of a key pair for the JWT bearer flow is made at reset, so that no private key lies in the
# repository; register a certificate of your own with POST /control/salesforce/certificate.
