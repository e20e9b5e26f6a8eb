"""What happens to a connection, for the layers above: integrations knows nothing of errors or mails."""

from __future__ import annotations

from django.dispatch import Signal

# connection_created: sent inside the transaction that makes the connection, so that rows which belong to
# it appear with it or not at all. Argument: connection.
connection_created = Signal()
# Both are sent after the commit. Argument: connection; suspended has code and detail too.
connection_suspended = Signal()
connection_resumed = Signal()
