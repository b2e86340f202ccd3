"""How each source does, as rows: its state in a word, its last error in plain words, its next run, and what one may do with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pandas as pd
from dash import html
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.auth import may
from dashboard.frames import each
from dashboard.i18n import N_, _, n_
from dashboard.names import KIND
from dashboard.site import Site
from dashboard.widgets import aria
from warehouse.state import Request, Switch

RECENT: Final = timedelta(hours=1)  #: so long the outcome of a run that was asked for is shown

#: What a message of a collector means, in words for somebody who did not write it; the first that fits is taken.
_MEANINGS: Final = (
    (r"\b429\b|throttl|too many requests|rate limit", N_("The source asks us to slow down; collection tries again by itself.")),
    (
        r"\b(401|403)\b|refus|forbidden|unauthori|closed|no public preview|login",
        N_("The source does not let us in: check its key or its rights."),
    ),
    (r"\b(404|410)\b|not found|no such", N_("The source is not there any more: check its address.")),
    (r"timed? ?out|no answer", N_("The source did not answer in time.")),
    (r"\b5\d\d\b", N_("The source's own server has a fault.")),
    (r"certificate|ssl|tls", N_("The connection is not safe: the source's certificate is wrong.")),
    (r"unreachable|resolve|dns|name or service|connect|network", N_("The source could not be reached over the network.")),
    (r"malformed|cannot be read|not json|not xml|pars", N_("The source answered with something that cannot be read.")),
    (r"suspicious|empty", N_("The source answered with nothing where it always had posts.")),
)


def listed(site: Site, chosen: Sequence[str]) -> tuple[Any, bool]:
    """The rows of the chosen sources (none: all), and whether something is under way, so that one should look again soon."""
    found = site.catalog.source_status()
    if found.empty:
        told = widgets.empty_state(
            _("No sources yet"), [_("Add one to config.toml, as a table such as"), " ", html.Code("[sources.health-news]")]
        )
        return told, False
    waiting = {request.payload.get("source"): request for request in site.operations.waiting() if request.kind == "collect"}
    done = {one.payload.get("source"): one for one in reversed(site.operations.last_finished("collect", site.now() - RECENT))}
    switches = site.operations.source_switches()
    shown = found[found["source"].isin(list(chosen))] if chosen else found
    rows = [_row(site, row, waiting.get(row.source), done.get(row.source), switches.get(row.source)) for row in each(shown)]
    late = any(wanted(site, row.source, switches.get(row.source)) not in (None, bool(row.enabled)) for row in each(shown))
    return html.Div(rows, className="rows"), bool(waiting) or late


def status_table(site: Site) -> pd.DataFrame:
    """What the rows say, for a file: with who switched a source, when, and to what."""
    found = site.catalog.source_status().drop(columns="posts_by_day")
    switches = {name: one for name, one in site.operations.source_switches().items() if one.enabled is not None}
    return found.assign(
        switched=[_switched_to(switches.get(name)) for name in found["source"]],
        switched_by=[switches[name].who if name in switches else "" for name in found["source"]],
        switched_at=[switches[name].at.isoformat() if name in switches else "" for name in found["source"]],
    )


def _switched_to(switch: Switch | None) -> str:
    return "" if switch is None else "on" if switch.enabled else "off"


def wanted(site: Site, source: str, switch: Switch | None) -> bool | None:
    """Whether a source should be collected: by its switch, else by config.toml; None for what is no source of the settings."""
    known = site.settings.sources.get(source)
    if known is None:
        return None
    return known.enabled if switch is None or switch.enabled is None else switch.enabled


def _row(site: Site, row: Any, request: Request | None, done: Request | None, switch: Switch | None) -> Component:
    kind, state = condition(site, row)
    facts = [
        _(KIND.get(row.kind, row.kind or "")),
        row.collector if isinstance(row.collector, str) else _("imported"),
        _("last run {when}", when=_when(site, row.last_run_at)),
        _("newest post {when}", when=_when(site, row.last_posts_at)),
    ]
    if row.enabled and not i18n.is_missing(row.next_run_at) and row.next_run_at.to_pydatetime() > site.now():
        facts.append(_("next run {when}", when=i18n.ahead(row.next_run_at.to_pydatetime() - site.now())))
    body = [
        html.Div([html.Strong(row.title), html.Span([widgets.dot(kind), state], className="badge")], className="source-title"),
        html.Div(" · ".join(fact for fact in facts if fact), className="quiet small num"),
        *_trouble(row),
        *_switched(site, row, switch),
        *_outcome(site, request, done),
    ]
    daily = n_("{n} post in 14 days", "{n} posts in 14 days", int(row.posts_14d or 0))
    counts = html.Div([widgets.bars(row.posts_by_day, daily), html.Div(daily, className="quiet tiny num")], className="source-counts")
    buttons = html.Div([*_run_button(site, row, request, switch), *_switch_button(site, row, switch)], className="source-buttons")
    return html.Div([html.Div(body, className="grow"), counts, buttons], className="row source")


def _when(site: Site, moment: Any) -> str:
    return _("never") if i18n.is_missing(moment) else i18n.ago(site.now() - moment.to_pydatetime())


def condition(site: Site, row: Any) -> tuple[str, str]:
    """The colour and the word for how a source does now."""
    if not isinstance(row.collector, str):
        return "", _("Imported")
    if not row.enabled:
        return "", _("Off")
    if row.last_error:
        return "bad", _("In trouble")
    if i18n.is_missing(row.last_run_at):
        return "", _("Not run yet")
    late = site.now() - row.last_run_at.to_pydatetime() > 3 * timedelta(seconds=max(int(row.every_seconds or 0), 60))
    return ("warn", _("Silent")) if late else ("good", _("Working"))


def _trouble(row: Any) -> list[Component]:
    if not row.last_error:
        return []
    return [
        html.Div(meaning(row.last_error), className="bad small"),
        widgets.folded(_("What the source said"), html.Code(row.last_error[:500])),
    ]


def meaning(error: str) -> str:
    """A collector's message in plain words of the page's language."""
    return next((_(text) for pattern, text in _MEANINGS if re.search(pattern, error, re.IGNORECASE)), _("Collection failed."))


def _switched(site: Site, row: Any, switch: Switch | None) -> list[Component]:
    """Who switched the source, when, and a way back."""
    if switch is None or wanted(site, row.source, switch) is None:
        return []
    at = i18n.moment(switch.at)
    if switch.enabled is None:
        text = _("as config.toml says again, by {who}, {at}", who=i18n.upright(switch.who), at=at)
    elif switch.enabled:
        text = _("switched on by {who}, {at}", who=i18n.upright(switch.who), at=at)
    else:
        text = _("switched off by {who}, {at}", who=i18n.upright(switch.who), at=at)
    parts: list[Any] = [html.Span(text)]
    if wanted(site, row.source, switch) != bool(row.enabled):
        parts.append(html.Span(f" · {_('the worker follows within seconds')}"))
    if not switch.undo and site.live and may("administrator"):
        label = _("Undo the switch of {source}", source=row.title)
        parts.append(_button(_("Undo"), label, "link-button", {"type": "switch", "source": row.source, "to": "undo"}))
    return [html.Div(parts, className="quiet small num")]


def _outcome(site: Site, request: Request | None, done: Request | None) -> list[Component]:
    """How the last run ended that a person asked for, in the last hour."""
    if request is not None or done is None or done.finished_at is None:
        return []
    who, when = i18n.upright(done.requested_by), i18n.ago(site.now() - done.finished_at)
    if done.outcome == "ok":
        posts = n_("{n} post", "{n} posts", done.done) if done.done else _("nothing new")
        return [html.Div(_("Run for {who} ended {when}: {posts}", who=who, when=when, posts=posts), className="good small num")]
    return [
        html.Div(_("Run for {who} failed {when}: {reason}", who=who, when=when, reason=meaning(done.message)), className="bad small num")
    ]


def _run_button(site: Site, row: Any, request: Request | None, switch: Switch | None) -> list[Component]:
    if request is not None:
        return [html.Span(_progress(request), className="quiet small num", role="status")]
    off = switch is not None and switch.enabled is False
    if off or not (site.live and isinstance(row.collector, str) and may("officer")):
        return []
    label = _("Run {source} now", source=row.title)
    return [_button([widgets.icon("run"), _("Run now")], label, "icon-button", {"type": "run", "source": row.source})]


def _progress(request: Request) -> str:
    """How far a run is."""
    if request.taken_at is None:
        return _("waiting for the worker")
    if not request.done:
        return _("collecting")
    return n_("collecting: {n} post so far", "collecting: {n} posts so far", request.done)


def _switch_button(site: Site, row: Any, switch: Switch | None) -> list[Component]:
    """On or off, for administrators."""
    now = wanted(site, row.source, switch)
    if now is None or not (site.live and may("administrator")):
        return []
    text, label = (_("Switch off"), _("Switch {source} off")) if now else (_("Switch on"), _("Switch {source} on"))
    known = {"type": "switch", "source": row.source, "to": "off" if now else "on"}
    return [_button([widgets.icon("power"), text], label.format(source=row.title), "icon-button", known)]


def _button(content: Any, label: str, kind: str, known: dict[str, str]) -> Component:
    return html.Button(content, id=known, className=kind, type="button", title=label, **aria(label=label))
