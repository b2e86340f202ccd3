"""The life of one signal on the page: who looks after it, what was done, and the buttons for the next step.

Whoever reads may see it; the role officer and higher may act. The role is asked for again in the callback, on the server.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import i18n, widgets
from dashboard.auth import may, require
from dashboard.i18n import N_, _
from dashboard.site import Site
from dashboard.widgets import aria
from warehouse.errors import InputError
from warehouse.state import NEXT, REASONS, Episode, Review
from warehouse.state import State as Operations

STATUS: Final = {
    "new": N_("New"),
    "verifying": N_("Being verified"),
    "verified": N_("Verified"),
    "discarded": N_("Discarded"),
    "closed": N_("Closed"),
}
REASON: Final = {
    "no_event": N_("Nothing was going on"),
    "news": N_("News about something elsewhere or long ago"),
    "copies": N_("One text copied many times"),
    "campaign": N_("A campaign or an event of the programme"),
    "collection": N_("Collection had changed"),
    "mislabelled": N_("Posts of another topic or place"),
    "other": N_("Another reason, in the note"),
}
assert tuple(REASON) == REASONS
_STEP: Final = {
    "verifying": N_("Start to verify"),
    "verified": N_("Mark as verified"),
    "discarded": N_("Discard"),
    "closed": N_("Close"),
    "note": N_("Add the note"),
    "undo": N_("Undo the last step"),
}
_DONE: Final = {
    "verifying": N_("started to verify"),
    "verified": N_("verified it"),
    "discarded": N_("discarded it"),
    "closed": N_("closed it"),
    "owner": N_("changed who looks after it"),
    "note": N_("noted"),
    "undo": N_("took a step back"),
}
_DOT: Final = {"new": "bad", "verifying": "warn", "verified": "good", "discarded": "", "closed": ""}


def status(one: Episode) -> str:
    """The status in words; a closed signal says how it ended."""
    if one.status == "closed" and one.outcome:
        return _("Closed, {outcome}", outcome=_(STATUS[one.outcome]).lower())
    return _(STATUS[one.status])


def episodes(site: Site) -> tuple[Episode, ...]:
    """All episodes as they stand, the newest first."""
    return _read(site.operations, site.operations.stamp())


def by_place(site: Site) -> Mapping[tuple[str, str], Sequence[Episode]]:
    """All episodes by topic and place_code."""
    return _by_place(site.operations, site.operations.stamp())


@lru_cache(maxsize=4)
def _read(state: Operations, _stamp: tuple[int, ...]) -> tuple[Episode, ...]:
    """Kept until anybody writes: every panel with signals asks, and to put all steps together takes longer than most queries."""
    return tuple(state.episodes())


@lru_cache(maxsize=4)
def _by_place(state: Operations, stamp: tuple[int, ...]) -> Mapping[tuple[str, str], Sequence[Episode]]:
    found: dict[tuple[str, str], list[Episode]] = {}
    for one in _read(state, stamp):
        found.setdefault((one.topic, one.place_code), []).append(one)
    return found


def episode_of(row: Any, episodes: Mapping[tuple[str, str], Sequence[Episode]]) -> Episode | None:
    """The episode to which a row of `Catalog.signals` belongs; None while the worker has not joined it to any."""
    own = [one for one in episodes.get((row.topic, row.place_code), []) if one.first_day <= row.day.date() <= one.last_day]
    own.sort(key=lambda one: one.detector != row.detector)
    return next((one for one in own if one.takes(row.detector)), None)


def panel(site: Site, episode: Episode) -> Component:
    """The panel of one signal; `register` must have been called once."""
    return html.Div(_panel(site, episode), id="review-box", **aria(live="polite"))


def _panel(site: Site, episode: Episode) -> Component:
    steps = site.operations.reviews(episode.episode_id)
    body = [
        html.P([widgets.badge(status(episode), _DOT[episode.status] or "quiet"), " ", html.Span(_owned(episode))]),
        html.P(_since(episode), className="quiet small"),
        _controls(episode, bool(steps)) if may("officer") else html.P(_("Only officers may change it."), className="quiet small"),
        _trail(steps),
        dcc.Store(id="review-of", data={"id": episode.episode_id, "seen": episode.last_step}),
    ]
    about = _(
        "Days of one topic, place and detector, and weeks beside them, are one signal, until it is closed. Every step stays in the "
        "trail, also after it was undone. Notes are not published to analysts: still, write no names of patients."
    )
    return widgets.panel(_("Verification"), body, about=about)


def _owned(one: Episode) -> str:
    words = [_("{owner} looks after it.", owner=i18n.upright(one.owner)) if one.owner else _("Nobody looks after it yet.")]
    if one.reason and one.outcome == "discarded":
        words.append(_("Reason: {reason}.", reason=_(REASON[one.reason])))
    return " ".join(words)


def _since(one: Episode) -> str:
    text = _("Signals on {days}; first found {when}.", days=i18n.days(one.first_day, one.last_day), when=i18n.moment(one.opened_at))
    if one.outcome and one.open and one.decided_at and i18n.local_day(one.decided_at) < one.last_day:
        text += " " + _("There were further days since the decision: look again.")
    return text


def _controls(one: Episode, undoable: bool) -> Component:
    steps = [*NEXT[one.status], "note", *(["undo"] if undoable else [])]
    reason = dmc.Select(
        id="review-reason",
        label=_("Reason to discard"),
        data=[{"value": code, "label": _(text)} for code, text in REASON.items()],
        clearable=True,
        comboboxProps={"shadow": "md", "withinPortal": True},
        className="wide" if "discarded" in steps else "hidden",
        size="sm",
    )
    note = dmc.Textarea(
        id="review-note",
        label=_("Note"),
        value="",
        autosize=True,
        minRows=1,
        maxRows=6,
        className="wide",
        size="sm",
    )
    buttons = [_button(step, first=index == 0 and step not in ("note", "undo")) for index, step in enumerate(steps)]
    return html.Div(
        [html.Div([note, reason], className="controls"), html.Div(buttons, className="controls middle", style={"marginTop": "12px"})]
    )


def _button(step: str, first: bool) -> Component:
    return dmc.Button(_(_STEP[step]), id={"type": "review-step", "step": step}, variant="filled" if first else "default", size="sm")


def _trail(steps: list[Review]) -> Component:
    if not steps:
        return html.P(_("No step was taken yet."), className="quiet small")
    undone = {step.undoes for step in steps}
    rows = [_step(step, step.review_id in undone) for step in reversed(steps)]
    return widgets.plain_table([_("When"), _("Who"), _("Step"), _("Note")], rows, caption=_("Steps, the newest first"))


def _step(step: Review, undone: bool) -> list[Any]:
    done: Any = _(_DONE[step.action])
    if step.action == "owner":
        done = _("gave it to {owner}", owner=i18n.upright(step.owner)) if step.owner else _("gave it to nobody")
    elif step.action == "discarded":
        done = f"{done}: {_(REASON[step.reason])}"
    elif step.action == "undo":
        done = _("undid the step before; now: {status}", status=_(STATUS[step.status]))
    shown = html.Del(done, title=_("undone later")) if undone else done
    return [i18n.moment(step.at), i18n.upright(step.who), shown, html.Span(i18n.upright(step.note), style={"whiteSpace": "pre-wrap"})]


def act(site: Site, step: str, of: dict[str, Any], note: str | None, reason: str | None) -> Episode:
    """Take one step for the person who asks. Raises NotAllowed below the role officer, InputError when the step is not possible."""
    given: dict[str, Any] = {"who": require("officer"), "now": site.now(), "seen": of["seen"]}
    _explain(site, step, of, note, reason)
    if step == "undo":
        return site.operations.undo(of["id"], **given)
    if step == "note":
        return site.operations.annotate(of["id"], note or "", **given)
    return site.operations.move(of["id"], step, note=note or "", reason=(reason or "") if step == "discarded" else "", **given)


def _explain(site: Site, step: str, of: dict[str, Any], note: str | None, reason: str | None) -> None:
    """What people most often meet, in their language; the state itself checks everything again."""
    if step == "note" and not (note or "").strip():
        raise InputError(_("Write the note first."))
    if step == "discarded" and not reason:
        raise InputError(_("Choose the reason first."))
    if site.operations.episode(of["id"]).last_step != of["seen"]:
        raise InputError(_("Somebody else has just changed this signal. Open it again to see what was done."))


def register(site: Site) -> None:
    @site.callback(
        Output("review-box", "children"),
        Output("reviewed", "data"),
        Input({"type": "review-step", "step": ALL}, "n_clicks"),
        State("review-of", "data"),
        State("review-note", "value"),
        State("review-reason", "value"),
        prevent_initial_call=True,
        role="officer",
    )
    def take(clicks: list[int | None], of: dict[str, Any], note: str | None, reason: str | None) -> Any:
        if not ctx.triggered_id or not any(clicks):
            return no_update, no_update
        done = act(site, ctx.triggered_id["step"], of, note, reason)
        return _panel(site, done), done.last_step


def heard() -> Component:
    """The store whose `data` changes after each step; each page that shows the panel has it once."""
    return dcc.Store(id="reviewed")
