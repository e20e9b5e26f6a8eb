"""Stand-ins for a Salesforce org and a HubSpot account, served over HTTP for the demo and the tests."""
