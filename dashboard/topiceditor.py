"""The editor of one topic: its head, its form, what comes of its examples, and the bar with what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from analytics.text.topic_check import Example, examples
from analytics.text.topic_file import TopicEntry, compiled, shipped
from analytics.text.topic_write import as_table, as_toml
from dashboard import i18n, topicform, widgets
from dashboard.auth import may
from dashboard.i18n import _, n_
from dashboard.names import group
from dashboard.site import Site
from dashboard.topicbook import Book, shipped_examples
from dashboard.widgets import aria

NEW: Final = "*new"  #: stands in the address for a topic that has no code yet
TRIED: Final = 60  #: examples that are listed


def editor() -> Component:
    """The panel; `opened` fills it."""
    bar = html.Div(
        [
            dmc.Button(_("Save"), id="topic-save", size="sm", disabled=True),
            dmc.TextInput(
                id="topic-note", placeholder=_("Note for the history"), value="", size="sm", **aria(label=_("Note for the history"))
            ),
            dmc.Button(_("Discard what I typed"), id="topic-discard", variant="default", size="sm"),
            dmc.Button("", id="topic-switch", variant="default", size="sm"),
            dmc.Button("", id="topic-remove", variant="default", size="sm"),
        ],
        id="topic-bar",
        className="hidden",
    )
    said = html.Div(
        [html.Div(id="topic-state", role="status", **aria(live="polite")), html.Div(id="topic-examples")], className="stack-small"
    )
    parts = [html.Div(id="topic-title"), bar, said, html.Div(id="topic-detail"), html.Div(id="topic-toml")]
    about = _(
        "One line a term, rule or example. What is wrong is told at its field with line and column, in the words of the file's reader. "
        "What you typed stays in this tab until you save or discard it."
    )
    return widgets.panel(_("The topic"), parts, about=about)


def opened(site: Site, found: Book, code: str) -> tuple[Any, ...]:
    """What the callback gives for the topic that was chosen: detail, title, topic-of, bar, and label and class of the two buttons."""
    alert = [_mistake(found)] if found.trouble else []
    nothing = (None, None, "hidden", "", "hidden", "", "hidden")
    if code == NEW and may("analyst"):
        values = topicform.filled("", topicform.BLANK, {})
        form = topicform.form(values, new=True, editable=True, memory=NEW, groups=_groups(found))
        title: Component = html.P(_("A new topic. Give it a code, names, and at least one term or rule."), className="quiet")
        of = {"code": NEW, "mark": _no_mark(found), "new": True}
        return html.Div([*alert, form], className="stack-small"), title, of, "topic-bar", "", "hidden", "", "hidden"
    if code not in found.entries:
        return html.Div([*alert, _nothing(code)]), *nothing
    entry, kind = found.entries[code], found.kind(code)
    editable = may("analyst")
    mark = found.mark(code)
    form = topicform.form(head(found, code), new=False, editable=editable, memory=f"{code}:{mark}", groups=_groups(found))
    said = [] if editable else [html.P(_("Only analysts may change it."), className="quiet small")]
    title = html.Div([_title(code, entry, kind), *said], className="stack-small")
    turn = _("Switch off") if entry.enabled else _("Switch on")
    back = {"own": _("Delete"), "changed": _("Back to the shipped one")}.get(_origin(found, code), "")
    of = {"code": code, "mark": mark, "new": False}
    shown = "topic-bar" if editable else "hidden"
    return html.Div([*alert, form], className="stack-small"), title, of, shown, turn, "", back, "" if back else "hidden"


def head(found: Book, code: str) -> dict[str, str]:
    """What the fields of a topic hold before anybody types."""
    if code == NEW or code not in found.entries:
        return topicform.filled("", topicform.BLANK, {})
    return topicform.filled(code, found.entries[code], shipped_examples().get(code, {}))


def _origin(found: Book, code: str) -> str:
    if code not in found.own or as_table(code, found.own[code]) in (None, {"enabled": False}):
        return "shipped"
    return "changed" if code in shipped() else "own"


def _groups(found: Book) -> list[str]:
    return sorted({entry.group for entry in found.entries.values()})


def _no_mark(found: Book) -> str:
    return found.mark("")  # no topic has the empty code


def _title(code: str, entry: TopicEntry, kind: str) -> Component:
    badges = {"off": _("Off: labels nothing"), "shipped": _("Shipped"), "changed": _("Shipped, changed here"), "own": _("Own")}
    name = entry.name_en if i18n.language() == "en" else entry.name_id
    dot = {"off": "warn", "shipped": "", "changed": "good", "own": "good"}[kind]
    said = [widgets.badge(badges[kind], dot or "quiet"), widgets.badge(i18n.upright(group(entry.group)))]
    return html.Div([html.H3(html.Bdi(i18n.upright(name))), html.Code(code), *said], className="topic-head")


def _nothing(code: str) -> Component:
    if code and code != NEW:
        return widgets.empty_state(_("There is no topic {code}", code=i18n.upright(code)), _("Choose one in the list above."))
    return widgets.empty_state(_("No topic is open"), _("Choose one in the list above, or make a new one."))


def _mistake(found: Book) -> Component:
    body = [
        html.Code(i18n.upright(found.trouble)),
        html.P(_("Nothing can be saved before that is put right in the file, or an older version brought back below.")),
    ]
    return dmc.Alert(body, title=_("The file with your topics has a mistake"), color="red")


# --------------------------------------------------------------------------------------------------------------- while typing


def checked(site: Site, found: Book, of: dict[str, Any], values: dict[str, str | None]) -> tuple[Any, ...]:
    """What the callback gives for the fields as they are: errors in their order, draft, whether Save is shut, state, examples, TOML."""
    new = bool(of["new"])
    code = (values.get("code") or "").strip() if new else str(of["code"])
    before = topicform.BLANK if new else found.entries.get(code, topicform.BLANK)
    of_shipped = {} if new else shipped_examples().get(code, {})
    entry, wrong = topicform.read(values | {"code": code}, before, of_shipped, new, taken=new and code in found.entries)
    errors = [wrong.get(name) for name in values]
    if entry is None:
        whole = wrong.get("")
        said = [html.Span(whole, className="bad"), " "] if whole else []
        return errors, None, True, _state([*said, _count(wrong)], "bad"), None, None
    draft = {"code": code, "entry": entry.model_dump(), "of": of["mark"]}
    same = not new and entry == before
    tried = entry.model_copy(update={} if entry.yes or entry.no else {name: list(of_shipped.get(name, [])) for name in ("yes", "no")})
    results = examples(compiled(code, tried, code), found.topics)
    state = _state([_("As it stands in the file.")], "") if same else _state([_("Not saved yet.")], "warn")
    shut = same or bool(found.trouble) or not may("analyst")
    return errors, draft, shut, state, _examples(results), _toml(code, entry)


def _count(wrong: dict[str, str]) -> str:
    fields = [name for name in wrong if name]
    return n_("{n} field needs a look.", "{n} fields need a look.", len(fields)) if fields else ""


def _state(said: Sequence[Any], dot: str) -> Component:
    mark: list[Any] = [widgets.dot(dot), " "] if dot else []
    return html.P([*mark, *said], className="small quiet")


def _examples(results: list[Example]) -> Component:
    if not results:
        return html.P(_("No examples yet: write some posts that it must find and some that it must leave alone."), className="quiet small")
    wrong = [one for one in results if not one.right]
    said = n_("{n} of {all} examples comes out wrong", "{n} of {all} examples come out wrong", len(wrong), all=i18n.number(len(results)))
    fine = n_("{n} example, as it should be", "All {n} examples come out as they should", len(results))
    rows = [_example(one) for one in (*wrong, *(one for one in results if one.right))[:TRIED]]
    summary = html.Summary([widgets.dot("bad" if wrong else "good"), " ", said if wrong else fine])
    return html.Details([summary, html.Div(rows)], open=bool(wrong))


def _example(one: Example) -> Component:
    sign, kind = ("✓", "good") if one.right else ("✗", "bad")
    verdict = _("found") if one.found else _("left alone")
    if not one.right:
        verdict = _("found, but should not be") if one.found else _("not found, but should be")
    why = f" ({', '.join(one.because)})" if one.because else ""
    return html.Div(
        [
            html.Span(sign, className=f"sign {kind}", **aria(hidden="true")),
            html.Span(
                [html.Bdi(i18n.upright(one.text)), html.Span(f" – {verdict}{i18n.upright(why)}", className="quiet" if one.right else "bad")]
            ),
        ],
        className="topic-example",
    )


def _toml(code: str, entry: TopicEntry) -> Component:
    table = as_table(code, entry)
    text = as_toml(code, table) if table is not None else _("Nothing: it is as shipped.")
    return html.Details(
        [html.Summary(_("As it stands in the file after saving")), html.Pre(i18n.upright(text), className="topic-toml", tabIndex=0)]
    )
