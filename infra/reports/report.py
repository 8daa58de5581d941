"""What a report says: subject, text and HTML, from figures. Pure."""

from datetime import date
from html import escape
from urllib.parse import quote, urlencode

from common.reports.subscriptions import Subscription
from infra.figures.figures import Figures
from infra.outbox import layout
from infra.reports.periods import Due

_NAMES = {
    "visitors": "Visitors",
    "visits": "Visits",
    "page_views": "Page views",
    "views_per_visit": "Views per visit",
    "bounce_rate": "Bounce rate",
    "visit_duration": "Visit duration",
}
_LISTS = {
    "path": ("Most viewed pages", "page views"),
    "source": ("Where visitors came from", "visitors"),
    "country": ("Countries", "visitors"),
}
_FEWER_IS_BETTER = "bounce_rate"


def write_report(
    subscription: Subscription, site_name: str, due: Due, figures: Figures, public_url: str
) -> dict[str, str]:
    """The content of a report's mail."""
    kind = "Weekly report" if subscription.period == "weekly" else "Monthly report"
    days = (due.last - due.first).days + 1
    when = f"{_tell_day(due.first)} – {_tell_day(due.last)} · {figures.time_zone}"
    base = public_url.rstrip("/")
    query = {"site": subscription.site_id, "from": due.first.isoformat(), "to": due.last.isoformat()}
    page, end = f"{base}/?{urlencode(query)}", f"{base}/unsubscribe/{quote(subscription.token)}"
    shown = [
        (_NAMES[name], _tell(name, figures), _tell_change(figures.change.get(name)), _is_good(name, figures))
        for name in _NAMES
    ]
    lists = [(*_LISTS[name], rows) for name, rows in figures.top.items() if rows]
    is_empty = not figures.summary.get("page_views") and not lists
    why = (
        f"You get this because {subscription.address} is subscribed to the {subscription.period} report of {site_name}."
    )
    body = layout.show_text("There was no visit in these days.") if is_empty else layout.show_figures(shown)
    body += "".join(layout.show_list(*one) for one in lists)
    against = f"Changes are against the {days} days before."
    title = f"{site_name}: {kind.lower()}, {_tell_day(due.first)} – {_tell_day(due.last)}"
    html = layout.fill_page(
        title=title,
        kicker=kind,
        heading=site_name,
        when=when,
        body=layout.show_note(against) * (not is_empty) + body,
        link=(page, "See all figures"),
        footer=f'{escape(why)} <a href="{escape(end)}" style="color:#6b7280">Unsubscribe</a>',
    )
    lines = [f"{kind}: {site_name}", when, ""]
    lines += (
        ["There was no visit in these days."] if is_empty else [f"{n:16}{v:>12}  {c}".rstrip() for n, v, c, _ in shown]
    )
    lines += [] if is_empty else ["", against]
    for heading, unit, rows in lists:
        lines += ["", f"{heading} ({unit})", *(f"  {count:>10,}  {value}" for value, count in rows)]
    lines += ["", f"All figures: {page}", "", why, f"Unsubscribe: {end}"]
    return {"subject": title, "text": "\n".join(lines) + "\n", "html": html, "unsubscribe": end}


def _tell_day(day: date) -> str:
    return f"{day:%d %B %Y}".lstrip("0")


def _tell(name: str, figures: Figures) -> str:
    value = figures.summary.get(name)
    if value is None:
        return "–"
    about = "≈ " if name in figures.estimated else ""
    if name == "bounce_rate":
        return f"{about}{value:.0f} %"
    if name == "views_per_visit":
        return f"{about}{value:,.1f}"
    if name == "visit_duration":
        minutes, seconds = divmod(round(value), 60)
        return f"{about}{minutes} min {seconds:02} s" if minutes else f"{about}{seconds} s"
    return f"{about}{value:,}"


def _tell_change(change: float | None) -> str:
    if change is None:
        return ""
    if round(change) == 0:
        return "as before"
    return f"{'+' if change > 0 else '−'}{abs(change):,.0f} %"


def _is_good(name: str, figures: Figures) -> bool | None:
    change = figures.change.get(name)
    if change is None or round(change) == 0:
        return None
    return bool((change > 0) != (name == _FEWER_IS_BETTER))
