"""`python -m simulators --port 8100 --host 127.0.0.1 --state PATH.sqlite3 [--port-file PATH]`"""

from __future__ import annotations

import argparse

from simulators.server import SimulatorServer


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    parser.add_argument(
        "--port", type=int, default=8100, help="0 picks a free one (default %(default)s)"
    )
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default %(default)s)"
    )
    parser.add_argument("--state", required=True, help="SQLite file; made when absent")
    parser.add_argument("--port-file", help="the port is written here when ready")
    parser.add_argument("--threads", type=int, default=32)
    values = parser.parse_args()
    SimulatorServer(
        host=values.host,
        port=values.port,
        state=values.state,
        port_file=values.port_file,
        threads=values.threads,
    ).run()


if __name__ == "__main__":
    main()
