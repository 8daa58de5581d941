"""The load: sends what the plan says, and keeps what is known of every event."""

import asyncio
import random
import threading
import time
from collections import Counter, deque
from collections.abc import Coroutine
from typing import Any, TypeVar

from tests.chaos.client import Client, Refused, Unanswered
from tests.chaos.plan import Plan, Request

Result = TypeVar("Result")

SENDERS = 12
TRIES = 4
PATIENT_SECONDS = 30
"""While rolling nobody gives up: what a busy machine answers late is answered."""
MOST_EVENTS = 4_000_000


class EventLoop:
    """An asyncio loop on a thread of its own, for the load and the proxies."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="chaos-loop", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], seconds: float = 60) -> Result:
        """The result of a coroutine that runs there."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(seconds)

    def close(self) -> None:
        """End the thread; what still runs there is cancelled."""

        async def cancel_all() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self.run(cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Ledger:
    """What the client knows: which events were sent, and which were acknowledged."""

    def __init__(self) -> None:
        self.sent = bytearray(MOST_EVENTS)
        self.acknowledged = bytearray(MOST_EVENTS)
        self.acknowledged_count = 0
        self.acknowledged_singles = 0
        self.answers: Counter[str] = Counter()

    def note_sent(self, request: Request) -> None:
        """These may be stored from now on."""
        for number in request.numbers:
            self.sent[number] = 1

    def note_answer(self, request: Request, answer: str) -> None:
        """An answer, or how it failed."""
        self.answers[answer] += 1
        if answer != "202":
            return
        for number in request.numbers:
            if not self.acknowledged[number]:
                self.acknowledged[number] = 1
                self.acknowledged_count += 1
                self.acknowledged_singles += len(request.numbers) == 1


class Load:
    """Senders at work while it runs. What was not acknowledged is sent again, or left unknown."""

    def __init__(self, loop: EventLoop, plan: Plan, seed: int, port: int, timeout_seconds: float) -> None:
        self.plan = plan
        self.ledger = Ledger()
        self.events_per_second = 1_000.0
        self.is_rolling = False
        """Whether every request has a connection of its own and is sent once, as the rolling restart asks."""
        self.unanswered_once: list[tuple[str, Request]] = []
        """While rolling: what became of requests that got neither an answer nor a refusal."""
        self._random = random.Random(seed + 1)
        self._timeout_seconds = timeout_seconds
        self._loop = loop
        self._port = port
        self._recent: deque[Request] = deque(maxlen=50)
        self._tasks: list[asyncio.Task[None]] = []
        self._is_over = True
        self._next_send = 0.0

    def start(self, port: int = 0) -> None:
        """Send until stopped, to the usual port or another one."""

        async def begin() -> None:
            self._is_over, self._next_send = False, time.monotonic()
            self._tasks = [asyncio.create_task(self._send_all(port or self._port)) for _ in range(SENDERS)]

        self._loop.run(begin())

    def stop(self) -> None:
        """Return when no request is under way any more. Raises what a sender raised."""

        async def end() -> None:
            self._is_over = True
            await asyncio.gather(*self._tasks)
            self._tasks = []

        self._loop.run(end())

    def forget_recent(self) -> None:
        """Send nothing again of what was acknowledged so far."""
        self._recent.clear()

    def send(self, request: Request) -> None:
        """Send one request until it is acknowledged, within 30 s."""

        async def insist() -> None:
            client = Client(self._port, self._timeout_seconds)
            async with asyncio.timeout(30):
                while await self._post(client, request) != "202":
                    await asyncio.sleep(0.05)
            client.close()

        self._loop.run(insist())

    async def _send_all(self, port: int) -> None:
        client = Client(port, PATIENT_SECONDS if self.is_rolling else self._timeout_seconds)
        try:
            while not self._is_over:
                request = self._choose()
                await self._wait_for_turn(len(request.numbers))
                await self._send(client, request)
        finally:
            client.close()

    def _choose(self) -> Request:
        if self._recent and not self.is_rolling and self._random.random() < 0.03:
            return self._random.choice(self._recent)  # a client's duplicate
        return self.plan.next_request()

    async def _send(self, client: Client, request: Request) -> None:
        for _ in range(1 if self.is_rolling else TRIES):
            if self.is_rolling:
                client.close()
            answer = await self._post(client, request)
            if answer == "202":
                self._recent.append(request)
                return
            if self.is_rolling and answer not in ("503", "refused"):
                self.unanswered_once.append((answer, request))
            await asyncio.sleep(self._random.uniform(0.02, 0.2))
            if self._is_over or self._random.random() < 0.1:
                return  # it stays unknown

    async def _post(self, client: Client, request: Request) -> str:
        self.ledger.note_sent(request)
        try:
            answer = str(await client.post(request.path, request.body, request.media_type))
        except Refused:
            answer = "refused"
        except Unanswered as error:
            answer = f"none ({error})"
        self.ledger.note_answer(request, answer)
        return answer

    async def _wait_for_turn(self, events: int) -> None:
        now = time.monotonic()
        self._next_send = max(self._next_send, now - 0.1) + events / self.events_per_second
        if self._next_send > now:
            await asyncio.sleep(self._next_send - now)
