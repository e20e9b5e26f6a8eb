"""The web inbox for people, and JSON for tests."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, render_template, request

from simulators.mailbox.faults import Fault, Faults
from simulators.mailbox.store import Store, Stored

_FOLDER = Path(__file__).resolve().parent.parent
# A mail is shown as in a mail program: its styles and pictures, but no script, no form, no request of its own.
_MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox allow-popups"
    " allow-popups-to-escape-sandbox; base-uri 'none'"
)


def create_app(store: Store, faults: Faults) -> Flask:
    """The inbox at `/`, and `/control/` for tests."""
    app = Flask(
        "simulators.mailbox",
        template_folder=str(_FOLDER / "templates"),
        static_folder=str(_FOLDER / "static"),
        static_url_path="/simulator-static",
    )

    @app.template_filter("when")
    def when(seconds: float) -> str:
        return datetime.fromtimestamp(seconds).astimezone().strftime("%-d %b %Y, %H:%M:%S")

    @app.get("/")
    def inbox() -> str:
        recipient = request.args.get("to", "")
        found = store.newest(recipient=recipient)
        return render_template("mailbox/inbox.html", messages=found, recipient=recipient)

    @app.get("/messages/<int:number>/")
    def message(number: int) -> str:
        stored, content = _get(store, number)
        return render_template(
            "mailbox/message.html",
            message=stored,
            headers=[(name, str(value)) for name, value in content.items()],
            text=_body(content, "plain"),
            has_html=content.get_body(("html",)) is not None,
        )

    @app.get("/messages/<int:number>/html")
    def html(number: int) -> Response:
        _stored, content = _get(store, number)
        body = _body(content, "html").replace("<head>", '<head><base target="_blank">', 1)
        response = Response(body, content_type="text/html; charset=utf-8")
        response.headers["Content-Security-Policy"] = _MAIL_POLICY
        return response

    @app.get("/messages/<int:number>/raw")
    def raw(number: int) -> Response:
        _get(store, number)
        return Response(store.raw(number), content_type="text/plain; charset=utf-8")

    @app.post("/empty")
    def empty() -> Any:
        store.empty()
        return redirect("/")

    @app.get("/control/messages")
    def messages() -> Response:
        found = store.newest(recipient=request.args.get("to", ""), limit=1_000_000)
        return jsonify([row.facts() for row in reversed(found)])

    @app.post("/control/reset")
    def reset() -> Response:
        store.empty()
        faults.clear()
        return jsonify({})

    @app.route("/control/faults", methods=["GET", "POST", "DELETE"])
    def fault_calls() -> Any:
        if request.method == "POST":
            try:
                faults.add(Fault.of(request.get_json()))
            except (ValueError, TypeError) as error:
                return jsonify({"error": str(error)}), 400
        elif request.method == "DELETE":
            faults.clear()
        return jsonify(faults.facts())

    return app


def _get(store: Store, number: int) -> tuple[Stored, EmailMessage]:
    found = store.get(number)
    if found is None:
        abort(404)
    return found


def _body(content: EmailMessage, kind: str) -> str:
    part = content.get_body((kind,))
    return str(part.get_content()) if part is not None else ""
