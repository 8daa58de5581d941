"""Alarms: what each kind judges, and what a message about it says. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any, Literal

from infra.outbox import layout

Kind = Literal["spike", "silence", "ledger", "backlog"]
OF_A_SITE: tuple[Kind, ...] = ("spike", "silence")
DAYS = 7
"""An hour is compared with the same hour of so many days before."""
FEWEST_EVENTS = 50
"""In an hour with fewer there is no spike: a few visitors of a small site are none."""
DEFAULTS: dict[Kind, float] = {"spike": 3, "silence": 10, "ledger": 0, "backlog": 300}
MEANINGS: dict[Kind, str] = {
    "spike": "an hour has THRESHOLD times the events of the same hour of the week before, and 50 at least",
    "silence": "an hour has no event, where the same hour of the week before had THRESHOLD and more on average",
    "ledger": "the ledger does not close, or the queue or the database has lost events",
    "backlog": "the oldest event waits for more than THRESHOLD seconds",
}
_WORDS: dict[Kind, tuple[str, str]] = {
    "spike": ("Traffic spike", "Traffic is as usual again"),
    "silence": ("No events for an hour", "Events arrive again"),
    "ledger": ("The ledger does not close", "The ledger closes again"),
    "backlog": ("The backlog grows", "The backlog is short again"),
}


@dataclass(frozen=True)
class Alarm:
    """Whom to tell of what."""

    alarm_id: str
    site_id: str
    """Empty: of the whole system."""
    kind: Kind
    target: str
    threshold: float
    created_at: datetime
    firing_since: datetime | None
    secret: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON, without the secret."""
        values = {name: one.isoformat() if isinstance(one, datetime) else one for name, one in vars(self).items()}
        del values["secret"]
        return values


@dataclass(frozen=True)
class Verdict:
    """Whether it fires, and the facts that tell why."""

    fires: bool
    facts: dict[str, str]


def judge_hours(kind: Kind, threshold: float, hours: Sequence[int]) -> Verdict:
    """Of the events of DAYS * 24 + 1 hours, of which the last is judged."""
    last = hours[-1]
    usual = sum(hours[0 : DAYS * 24 : 24]) / DAYS
    facts = {"Events in the last full hour": f"{last:,}", "Usual at this hour": f"{usual:,.1f}"}
    if kind == "silence":
        return Verdict(last == 0 and usual >= threshold and usual > 0, facts)
    return Verdict(last >= FEWEST_EVENTS and last >= threshold * usual, facts)


def write_alarm(
    alarm: Alarm, verdict: Verdict, message_id: str, at: datetime, site_name: str, public_url: str
) -> dict[str, Any]:
    """What a webhook gets; a mail has `subject`, `text` and `html` of it."""
    firing, over = _WORDS[alarm.kind]
    words = firing if verdict.fires else over
    place = site_name or "Website analytics"
    facts = {**verdict.facts, "When": f"{at:%Y-%m-%d %H:%M} UTC"}
    why = f"You get this because the alarm {alarm.alarm_id} is set: {MEANINGS[alarm.kind]}."
    why = why.replace("THRESHOLD", f"{alarm.threshold:g}")
    state = "firing" if verdict.fires else "resolved"
    return {
        "type": f"alarm.{state}",
        "timestamp": at.isoformat(),
        "data": {
            "alarm_id": alarm.alarm_id, "message_id": message_id, "kind": alarm.kind, "site_id": alarm.site_id or None,
            "threshold": alarm.threshold, "state": state, "facts": facts,
        },
        "subject": f"{place}: {words}",
        "text": "\n".join([f"{place}: {words}", "", *(f"{name}: {one}" for name, one in facts.items()), "", why, ""]),
        "html": layout.fill_page(
            title=f"{place}: {words}",
            kicker="Alarm" if verdict.fires else "Alarm is over",
            heading=words,
            when=place,
            body=layout.show_facts(facts),
            link=(public_url, "See the figures"),
            footer=escape(why),
        ),
    }  # fmt: skip
