"""`python -m simulators.mailbox --smtp-port 0 --http-port 8125 --state PATH.sqlite3 [--ports-file PATH]`"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import threading
from pathlib import Path

from werkzeug.serving import make_server

from simulators.mailbox.faults import Faults
from simulators.mailbox.smtp import Inbox, Server
from simulators.mailbox.store import Store
from simulators.mailbox.web import create_app

LARGEST = 32 * 1024 * 1024  # bytes of one mail


def main() -> None:
    """Serve until SIGTERM or Ctrl-C. Nothing that arrives leaves this machine."""
    parser = argparse.ArgumentParser(prog="python -m simulators.mailbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="(default %(default)s)")
    parser.add_argument("--smtp-port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--http-port", type=int, default=0, help="0 picks a free one")
    parser.add_argument("--state", required=True, help="SQLite file; made when absent")
    parser.add_argument("--ports-file", help='{"smtp": n, "http": n} is written here when ready')
    values = parser.parse_args()

    store, faults = Store(Path(values.state)), Faults()
    inbox = Inbox(store, faults)

    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="smtp", daemon=True).start()
    listening = loop.create_server(
        lambda: Server(inbox, hostname="mailbox.simulator", data_size_limit=LARGEST, loop=loop),
        values.host,
        values.smtp_port,
    )
    smtp = asyncio.run_coroutine_threadsafe(listening, loop).result(timeout=30)
    web = make_server(values.host, values.http_port, create_app(store, faults), threaded=True)
    ports = {"smtp": smtp.sockets[0].getsockname()[1], "http": web.server_port}
    if values.ports_file:
        half = Path(values.ports_file + ".part")
        half.write_text(json.dumps(ports))
        os.replace(half, values.ports_file)
    print(
        f"Mailbox ready: SMTP {values.host}:{ports['smtp']},"
        f" inbox http://{values.host}:{ports['http']}/",
        flush=True,
    )
    signal.signal(
        signal.SIGTERM, lambda *_: threading.Thread(target=web.shutdown, daemon=True).start()
    )
    try:
        web.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        loop.call_soon_threadsafe(loop.stop)


if __name__ == "__main__":
    main()
