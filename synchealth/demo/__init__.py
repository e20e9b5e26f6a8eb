"""The demo of `make run`: its logins, its connection to the simulators, its first sync and what it prints.

Nothing here writes an error: every row on the page comes from a sync that really ran."""
