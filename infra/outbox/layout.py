"""The parts of a mail in HTML. Mail programs know tables and inline styles, and little else. Pure."""

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

_PAGE = files(__package__).joinpath("mail.html").read_text(encoding="utf-8")
_GREEN, _RED, _GREY = "#047857", "#b91c1c", "#6b7280"


def fill_page(
    *, title: str, kicker: str, heading: str, when: str, body: str, link: tuple[str, str], footer: str
) -> str:
    """The whole mail. `body`, `footer`: HTML; the others are texts. `link`: where a button leads, and what it says."""
    url, words = link
    button = (
        f'<a href="{escape(url)}" style="display:inline-block;background:#1d4ed8;color:#ffffff;text-decoration:none;'
        f'padding:10px 18px;border-radius:6px;font-weight:600">{escape(words)}</a>'
    )
    parts = {
        "title": escape(title), "kicker": escape(kicker), "heading": escape(heading), "range": escape(when),
        "body": body, "button": button, "footer": footer,
    }  # fmt: skip
    page = _PAGE
    for name, part in parts.items():
        before, _, after = page.partition(f"{{{name}}}")
        page = before + part.replace("{", "&#123;") + after  # what a part says is no slot
    return page


def show_figures(figures: Sequence[tuple[str, str, str, bool | None]]) -> str:
    """Rows of two figures: their names, values and changes, and whether a change is good (None: neither)."""
    cells = [_show_figure(*figure) for figure in figures]
    cells += ["<td></td>"] * (len(cells) % 2)
    rows = [f"<tr>{''.join(cells[at : at + 2])}</tr>" for at in range(0, len(cells), 2)]
    return (
        '<tr><td style="padding:12px 20px 4px"><table role="presentation" width="100%" cellpadding="0" cellspacing="8">'
        f"{''.join(rows)}</table></td></tr>"
    )


def _show_figure(name: str, value: str, change: str, is_good: bool | None) -> str:
    colour = _GREY if is_good is None else _GREEN if is_good else _RED
    return (
        '<td width="50%" valign="top" style="background:#f9fafb;border:1px solid #eef0f3;border-radius:8px;'
        'padding:12px 14px">'
        f'<div style="color:{_GREY};font-size:13px">{escape(name)}</div>'
        f'<div style="font-size:22px;font-weight:700;line-height:1.25;white-space:nowrap">{escape(value)}</div>'
        f'<div style="font-size:13px;color:{colour}">{escape(change) or "&nbsp;"}</div></td>'
    )


def show_list(heading: str, unit: str, rows: Sequence[tuple[str, int]]) -> str:
    """A table of values with their counts, each with a bar of its length."""
    most = max((count for _, count in rows), default=1) or 1
    widths = [max(1, round(100 * count / most)) for _, count in rows]
    lines = "".join(
        '<tr><td style="padding:5px 0;overflow-wrap:anywhere;word-break:break-word">'
        f"<div>{escape(value)}</div>"
        f'<div style="background:#dbe4fb;height:4px;border-radius:2px;width:{width}%"></div>'
        '</td><td align="right" valign="top" style="padding:5px 0 5px 16px;white-space:nowrap;'
        f'font-variant-numeric:tabular-nums">{count:,}</td></tr>'
        for (value, count), width in zip(rows, widths, strict=True)
    )
    return (
        '<tr><td style="padding:14px 28px 4px"><table role="presentation" width="100%" cellpadding="0" cellspacing="0">'
        f'<tr><td style="padding-bottom:4px"><h2 style="margin:0;font-size:16px">{escape(heading)}</h2></td>'
        f'<td width="90" align="right" style="color:{_GREY};font-size:13px;white-space:nowrap">{escape(unit)}</td></tr>'
        f"{lines}</table></td></tr>"
    )


def show_text(text: str) -> str:
    """A paragraph."""
    return f'<tr><td style="padding:14px 28px 4px">{escape(text)}</td></tr>'


def show_note(text: str) -> str:
    """A small line below the heading."""
    return f'<tr><td style="padding:2px 28px 0;color:{_GREY};font-size:13px">{escape(text)}</td></tr>'


def show_facts(facts: Mapping[str, str]) -> str:
    """Names and values, a line each."""
    lines = "".join(
        f'<tr><td style="padding:3px 16px 3px 0;color:{_GREY};white-space:nowrap" valign="top">{escape(name)}</td>'
        f'<td style="padding:3px 0;overflow-wrap:anywhere">{escape(value)}</td></tr>'
        for name, value in facts.items()
    )
    return (
        '<tr><td style="padding:10px 28px 4px"><table role="presentation" cellpadding="0" cellspacing="0">'
        f"{lines}</table></td></tr>"
    )
