"""Notes that people put on days of the charts: the list under the posts, the form, and who may do what.

The role analyst and higher may add a note; its author or an administrator may take it away and bring it back. Asked again on the server.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import dash_mantine_components as dmc
import pandas as pd
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import filters, i18n, widgets
from dashboard.auth import NotAllowed, may, require, who
from dashboard.exports import to_csv
from dashboard.i18n import _
from dashboard.names import Names, names
from dashboard.site import Site
from dashboard.trends.view import View, file_name, inputs, states, view
from dashboard.widgets import aria
from warehouse.errors import InputError
from warehouse.state import Annotation

LONGEST: Final = 500  #: letters, as the state keeps them
_COMBO: Final = {"shadow": "md", "withinPortal": True}


def panel() -> Component:
    # made when it is asked for: it takes the browser some 70 ms, and few open it
    form = widgets.folded(_("Add a note"), html.Div(id="note-form"), id="note-more")
    body = [html.Div(id="notes-list", **aria(live="polite")), dcc.Store(id="noted"), *([form] if may("analyst") else [])]
    about = _(
        "What happened on a day that explains what the chart shows: a campaign, a hoax, a holiday, a change of sources. Everybody sees the "
        "notes. Analysts and officers add them; their author or an administrator removes them. Write no names of patients."
    )
    return widgets.panel(_("Notes on the chart"), body, about=about, actions=widgets.csv_button("notes-csv"))


def _form(site: Site, topic: list[str], place: list[str]) -> Component:
    known = names(site.catalog)
    topics = {code: known.topic(code) for code in known.topics}
    places = {code: known.place(code) for code in known.places}
    first, last = filters.known_days(site)
    day = dmc.DatePickerInput(
        id="note-day", label=_("Day"), value=last.isoformat(), minDate=first.isoformat(), maxDate=last.isoformat(),
        valueFormat="D MMM YYYY",
        className="mid", size="sm",
    )  # fmt: skip
    text = dmc.Textarea(id="note-text", label=_("Note"), value="", autosize=True, minRows=1, maxRows=4, className="wide",
                        size="sm")  # fmt: skip
    fields = [
        day,
        _choice("note-topic", _("About the topic"), topics, _all_or_one(topic, topics), _("All topics")),
        _choice("note-place", _("About the place"), places, _all_or_one(place, places), _("All places")),
        text,
    ]
    button = dmc.Button(_("Put it on the chart"), id="note-add", size="sm", variant="default")
    return html.Div([html.Div(fields, className="controls"), html.Div(button, style={"marginTop": "12px"})], style={"marginTop": "8px"})


def _choice(id: str, label: str, options: dict[str, str], value: str | None, placeholder: str) -> Component:
    data = sorted(({"value": code, "label": name} for code, name in options.items()), key=lambda item: item["label"])
    return html.Div(
        dmc.Select(id=id, label=label, data=data, value=value, placeholder=placeholder, searchable=True, clearable=True, limit=80,
                   comboboxProps=_COMBO, size="sm", clearButtonProps={"aria-label": _("Clear")}),
        className="mid",
    )  # fmt: skip


def _all_or_one(chosen: list[str], known: dict[str, str]) -> str | None:
    return chosen[0] if len(chosen) == 1 and chosen[0] in known else None


def of_view(site: Site, wanted: View) -> list[Annotation]:
    """The notes on the days, topics and places that are shown."""
    chosen = wanted.selection
    return site.operations.annotations(chosen.first, chosen.last, chosen.topics, chosen.places)


def about(note: Annotation, known: Names) -> str:
    """What a note is about."""
    topic = known.topic(note.topic) if note.topic else _("All topics")
    return f"{topic}, {known.place(note.place_code) if note.place_code else _('all places')}"


def register(site: Site) -> None:
    _register_deeds(site)

    @site.callback(Output("notes-list", "children"), *inputs(), Input("noted", "data"))
    def listed(*values: Any) -> Component:
        *chosen, done = values
        return html.Div([*_said(done), _list(of_view(site, view(site, *chosen)), names(site.catalog))])

    @site.callback(Output("notes-csv-file", "data"), Input("notes-csv", "n_clicks"), *states(), prevent_initial_call=True)
    def download(_clicks: int, *values: Any) -> Any:
        wanted = view(site, *values)
        return dcc.send_string("\ufeff" + to_csv(table(of_view(site, wanted))), file_name("notes", wanted))


def _register_deeds(site: Site) -> None:
    @site.callback(
        Output("note-form", "children"),
        Input("note-more", "n_clicks"),
        State(widgets.control("topic"), "value"),
        State(widgets.control("place"), "value"),
        State("note-form", "children"),
        prevent_initial_call=True,
    )
    def form(clicks: int | None, topic: list[str] | None, place: list[str] | None, made: Any) -> Any:
        """Once: what was written stays while the form is folded."""
        return _form(site, topic or [], place or []) if clicks and not made else no_update

    @site.callback(
        Output("noted", "data"),
        Input({"type": "note-remove", "id": ALL}, "n_clicks"),
        Input({"type": "note-undo", "id": ALL}, "n_clicks"),
        State("noted", "data"),
        prevent_initial_call=True,
    )
    def take_back(removed: list[int | None], undone: list[int | None], done: dict[str, Any] | None) -> Any:
        pressed = ctx.triggered_id
        if not isinstance(pressed, dict) or not any([*removed, *undone]):
            return no_update
        return _undo(site, int(pressed["id"]), pressed["type"], done or {})

    @site.callback(
        Output("noted", "data", allow_duplicate=True),
        Output("note-text", "value"),
        Input("note-add", "n_clicks"),
        State("note-day", "value"),
        State("note-text", "value"),
        State("note-topic", "value"),
        State("note-place", "value"),
        prevent_initial_call=True,
    )
    def put(added: int | None, *words: Any) -> Any:
        if not added:
            return no_update, no_update
        return {"did": "added", "id": add(site, *words).annotation_id, "at": site.now().isoformat()}, ""


def _undo(site: Site, number: int, pressed: str, done: dict[str, Any]) -> dict[str, Any]:
    """Remove a note, or take the last deed back: a note that was removed returns, one that was added goes."""
    if pressed == "note-undo" and done.get("did") == "removed":
        restore(site, number)
        return {"did": "restored", "id": number, "at": site.now().isoformat()}
    remove(site, number)
    return {"did": "removed", "id": number, "at": site.now().isoformat()}


def add(site: Site, day: str | None, text: str | None, topic: str | None, place: str | None) -> Annotation:
    """Put a note on a day for the person who asks. Raises NotAllowed below the role analyst, InputError for what cannot be kept."""
    author = require("analyst")
    words = " ".join((text or "").split())
    if not words:
        raise InputError(_("Write the note first."))
    if len(words) > LONGEST:
        raise InputError(_("The note has {n} letters; at most {most} are kept.", n=i18n.number(len(words)), most=i18n.number(LONGEST)))
    known = names(site.catalog)
    if (topic and topic not in known.topics) or (place and place not in known.places):
        raise InputError(_("This topic or place is not known."))
    note = site.operations.add_annotation(_day(day), words, who=author, now=site.now(), topic=topic or "", place_code=place or "")
    site.operations.audit(author, "add note", f"{note.annotation_id} on {note.day}: {note.text}", site.now())
    return note


def _day(text: str | None) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        raise InputError(_("Choose the day of the note.")) from None


def remove(site: Site, number: int) -> None:
    """Take a note away for the person who asks. Raises NotAllowed for a note of somebody else."""
    person = _owner_or_administrator(site, number)
    note = site.operations.remove_annotation(number, who=person, now=site.now())
    site.operations.audit(person, "remove note", f"{number} on {note.day}: {note.text}", site.now())


def restore(site: Site, number: int) -> None:
    """Bring a note back that was taken away."""
    person = _owner_or_administrator(site, number)
    note = site.operations.restore_annotation(number)
    site.operations.audit(person, "restore note", f"{number} on {note.day}: {note.text}", site.now())


def _owner_or_administrator(site: Site, number: int) -> str:
    person = require("analyst")
    if not _mine(site.operations.annotation(number)):
        raise NotAllowed(_("Only its author or an administrator may remove this note."))
    return person


def _mine(note: Annotation) -> bool:
    return may("administrator") or (may("analyst") and note.author == who())


def _said(done: dict[str, Any] | None) -> list[Component]:
    """What was just done, and the way back."""
    if not done:
        return []
    words = {"added": _("The note is on the chart."), "removed": _("The note was removed."), "restored": _("The note is back.")}
    undo = html.Button(_("Undo"), id={"type": "note-undo", "id": done["id"]}, className="link-button", type="button")
    return [html.P([words[done["did"]], " ", *([undo] if done["did"] != "restored" else [])], className="small")]


def _list(found: list[Annotation], known: Names) -> Component:
    if not found:
        what = _("Add one below: say what happened on a day.") if may("analyst") else _("An analyst or officer can add one.")
        return html.P(f"{_('No notes on these days.')} {what}", className="quiet small")
    rows = [
        (i18n.day(note.day), html.Bdi(i18n.upright(note.text)), about(note, known), _signed(note), _remove(note))
        for note in reversed(found)
    ]
    return widgets.plain_table([_("Day"), _("Note"), _("About"), _("Written by"), ""], rows, caption=_("Notes, the newest day first"))


def _signed(note: Annotation) -> str:
    return f"{i18n.upright(note.author)}, {i18n.moment(note.added_at)}"


def _remove(note: Annotation) -> Any:
    if not _mine(note):
        return ""
    label = _("Remove the note of {day}", day=i18n.day(note.day))
    return html.Button(
        _("Remove"), id={"type": "note-remove", "id": note.annotation_id}, className="link-button", type="button", **aria(label=label)
    )


def table(found: list[Annotation]) -> pd.DataFrame:
    """For a file: day, topic, place_code, text, author, added_at (UTC)."""
    rows = [(note.day, note.topic, note.place_code, i18n.upright(note.text), note.author, note.added_at.isoformat()) for note in found]
    return pd.DataFrame(rows, columns=["day", "topic", "place_code", "text", "author", "added_at"])
