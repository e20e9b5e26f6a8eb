"""The SMTP side: takes every mail for everybody, and fails where it is asked to."""

from __future__ import annotations

import asyncio
import os
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from simulators.mailbox.faults import Faults
from simulators.mailbox.store import Store


class Dropped(ConnectionResetError):
    """The line was cut on purpose; aiosmtpd takes it for a sender who hung up."""


class Inbox:
    """What aiosmtpd asks at each step."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.store, self.faults = store, faults

    async def handle_MAIL(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await server.fail("mail")
        if refusal:
            return refusal
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(
        self, server: Server, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await server.fail("rcpt", address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Server, session: Session, envelope: Envelope) -> str:
        recipients = [str(address) for address in envelope.rcpt_tos]
        refusal = await server.fail("message", *recipients)
        if refusal:
            return refusal
        for address in recipients:
            await asyncio.to_thread(
                self.store.add,
                sender=str(envelope.mail_from or ""),
                recipient=address,
                raw=bytes(envelope.original_content or b""),
            )
        await server.fail("reply", *recipients)
        return "250 OK: kept"


class Server(SMTP):
    """One session. `fail` is where faults strike."""

    def __init__(self, inbox: Inbox, **kwargs: Any) -> None:
        super().__init__(inbox, **kwargs)
        self._inbox = inbox

    async def fail(self, step: str, *recipients: str) -> str:
        """Strike the fault of a step: a refusal to answer with, "" to go on. Raises Dropped."""
        for recipient in recipients or ("",):
            fault = self._inbox.faults.strike(step, recipient)
            if fault is None:
                continue
            if fault.kind == "refuse":
                return f"{fault.code} {fault.text}"
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds)
            elif fault.kind == "drop":
                self._cut()
                raise Dropped
            else:
                os._exit(1)
        return ""

    async def _handle_client(self) -> None:
        refusal = await self.fail("connect")
        if refusal:
            await self.push(refusal)
            if self.transport is not None:
                self.transport.close()
            return
        await super()._handle_client()

    async def smtp_DATA(self, arg: str) -> None:
        recipients = [str(address) for address in (self.envelope or Envelope()).rcpt_tos]
        refusal = await self.fail("data", *recipients)
        if refusal:
            await self.push(refusal)
            return
        await super().smtp_DATA(arg)

    def _cut(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()
