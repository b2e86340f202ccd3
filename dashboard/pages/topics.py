"""Topics: what each looks for, changed on the page or in the file, tried on last week's posts before it counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from dash import ALL, Input, Output, State, ctx, dcc, html, no_update
from dash.development.base_component import Component

from dashboard import filters, grids, i18n, topicacts, topicfile, topicfound, topichistory, topiclist, topicpreview, widgets
from dashboard.auth import may
from dashboard.i18n import N_, _, n_
from dashboard.names import names
from dashboard.site import Page, Site
from dashboard.topicbook import book
from dashboard.topiceditor import NEW, checked, editor, head, opened
from dashboard.urlstate import Choice, Code, Field, Whole
from dashboard.widgets import aria
from warehouse.errors import InputError

CHOSEN: Final = Code("topic")
SEARCH: Final = Field("q")
KIND: Final = Choice("show", "all", ("all", "own", "off"))
VIEW: Final = Choice("view", "found", topicpreview.LISTS)
VERSION: Final = Whole("version", 0)
FIELDS: Final[tuple[Field, ...]] = (CHOSEN, SEARCH, KIND, filters.TONGUES, VIEW, VERSION)
TICK: Final = 300  #: milliseconds between two steps of the preview
WATCH: Final = 2_000  #: milliseconds between two looks at the worker while something goes on


def layout(site: Site, values: dict[str, Any]) -> Component:
    stores = [
        dcc.Store(id=widgets.kept("topic"), data=values["topic"]),
        dcc.Store(id=widgets.kept("version"), data=values["version"]),
        *[dcc.Store(id=name) for name in ("topic-of", "topic-draft", "topic-tally", "topics-saved", "topic-go", "topic-asked")],
        dcc.Interval(id="topic-tick", interval=TICK, disabled=True),
        dcc.Interval(id="topic-watch", interval=WATCH, disabled=True),
    ]
    outcome = html.Div(id="topic-outcome", role="status", **aria(live="polite"))
    work = html.Div([editor(), _preview(site, values)], className="topic-work")
    return html.Div([*stores, topiclist.panel(values), outcome, work, _history(), _file(site)], style={"display": "contents"})


def _preview(site: Site, values: dict[str, Any]) -> Component:
    known = names(site.catalog)
    switch = widgets.switch("view", _("List"), {name: _(text) for name, text in topicfound.LIST.items()}, values["view"])
    tried = widgets.panel(
        _("On last week's posts"),
        [
            html.Div([widgets.languages(known, values["language"])], className="controls"),
            html.Div(id="topic-said", role="status", **aria(live="polite")),
            html.Div(switch, className="scroll-tabs"),
            html.Div(id="topic-posts", tabIndex=0, role="region", **aria(label=_("Posts"))),
        ],
        about=_(
            "What is in the form, run over the posts of the last 7 days as they are stored, beside the topic as it is. Newly found: posts "
            "that only the form finds; no longer found: posts that only the topic as it is finds. Of days with more than {most} posts an "
            "even part is read and the counts are scaled up. At most {shown} posts of each list are shown.",
            most=i18n.number(topicpreview.MOST),
            shown=i18n.number(topicpreview.SHOWN),
        ),
    )
    terms = widgets.panel(
        _("Terms that go with it"),
        html.Div(id="topic-suggested", **aria(live="polite")),
        about=_(
            "Words that posts with this topic hold more often than the others of the week, and that it does not look for yet: log-odds "
            "with an informative prior, z at least 1.96 (Monroe, Colaresi and Quinn 2008). A press adds one to the terms."
        ),
    )
    return html.Div([tried, terms], className="stack")


def _history() -> Component:
    return widgets.panel(
        _("Versions"),
        [html.Div(id="topic-version", **aria(live="polite")), html.Div(id="topic-history")],
        about=_("Every change of the file, whoever made it and where. Going back is a change too: nothing is ever lost."),
    )


def _file(site: Site) -> Component:
    taken_up = html.Div(id="topic-worker")
    body = [
        html.P(topicfile.where(site), className="quiet small"),
        topicfile.controls(site),
        html.Div(id="topic-import", **aria(live="polite")),
    ]
    return html.Div(
        [
            widgets.panel(_("The file"), body),
            widgets.panel(_("What posts carry"), taken_up, about=_("When the worker last read the topics, and how far old posts follow.")),
        ],
        className="grid-2",
    )  # fmt: skip


def _callback(site: Site) -> Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]:
    """`site.callback` for whoever sees the page: to read the topics is to note in their history what was changed in the file by hand."""
    return partial(site.callback, role="viewer")


def register(site: Site) -> None:
    _register_list(site)
    _register_form(site)
    _register_preview(site)
    _register_acts(site)
    _register_file(site)


def _register_list(site: Site) -> None:
    @_callback(site)(
        Output("topics-grid", "rowData"),
        Output("topics-grid", "style"),
        Output("topics-count", "children"),
        Input(widgets.control("q"), "value"),
        Input(widgets.control("show"), "value"),
        Input("topics-saved", "data"),
    )
    def fill(search: str | None, kind: str | None, _saved: Any) -> Any:
        rows = topiclist.rows(site, book(site), search, kind)
        empty = _("No topic fits. Clear the search, or make a new topic.")
        return rows, grids.fitted(len(rows), 300), n_("{n} topic", "{n} topics", len(rows)) if rows else empty

    @_callback(site)(
        Output(widgets.kept("topic"), "data"),
        Input("topics-grid", "selectedRows"),
        Input("topic-new", "n_clicks"),
        Input("topic-go", "data"),
        prevent_initial_call=True,
    )
    def choose(selected: list[dict[str, Any]] | None, clicks: int | None, go: str | None) -> Any:
        if ctx.triggered_id == "topic-new":
            return NEW if clicks else no_update
        if ctx.triggered_id == "topic-go":
            return go if go is not None else no_update
        return selected[0]["id"] if selected else no_update


def _register_form(site: Site) -> None:
    @_callback(site)(
        Output("topic-detail", "children"),
        Output("topic-title", "children"),
        Output("topic-of", "data"),
        Output("topic-bar", "className"),
        Output("topic-switch", "children"),
        Output("topic-switch", "className"),
        Output("topic-remove", "children"),
        Output("topic-remove", "className"),
        Input(widgets.kept("topic"), "data"),
        Input("topics-saved", "data"),
    )
    def show(code: str, _saved: Any) -> Any:
        return opened(site, book(site), code)

    @_callback(site)(
        Output({"type": "topic-field", "name": ALL}, "error"),
        Output("topic-draft", "data"),
        Output("topic-save", "disabled"),
        Output("topic-state", "children"),
        Output("topic-examples", "children"),
        Output("topic-toml", "children"),
        Input({"type": "topic-field", "name": ALL}, "value"),
        State({"type": "topic-field", "name": ALL}, "id"),
        State("topic-of", "data"),
    )
    def check(values: list[str | None], ids: list[dict[str, str]], of: dict[str, Any] | None) -> Any:
        if not ids or not of:
            return [None] * len(ids), None, True, None, None, None
        return checked(site, book(site), of, {known["name"]: value for known, value in zip(ids, values, strict=True)})

    @_callback(site)(
        Output({"type": "topic-field", "name": ALL}, "value"),
        Input("topic-discard", "n_clicks"),
        Input({"type": "topic-add", "term": ALL, "lang": ALL}, "n_clicks"),
        State({"type": "topic-field", "name": ALL}, "value"),
        State({"type": "topic-field", "name": ALL}, "id"),
        State("topic-of", "data"),
        prevent_initial_call=True,
    )
    def refill(
        _clicks: int | None, added: list[int | None], values: list[str | None], ids: list[dict[str, str]], of: dict[str, Any]
    ) -> Any:
        pressed = ctx.triggered_id
        if pressed == "topic-discard":
            kept = head(book(site), of["code"])
            return [kept.get(known["name"], "") for known in ids]
        if not pressed or not any(added):
            return [no_update] * len(ids)
        name = "terms_en" if pressed["lang"] == "en" else "terms_id"
        return [
            f"{(value or '').rstrip()}\n{pressed['term']}".lstrip("\n") if known["name"] == name else no_update
            for known, value in zip(ids, values, strict=True)
        ]


def _register_preview(site: Site) -> None:
    @_callback(site)(
        Output("topic-tally", "data"),
        Output("topic-tick", "disabled"),
        Input("topic-draft", "data"),
        Input(widgets.control("language"), "value"),
        Input("topic-tick", "n_intervals"),
        State("topic-tally", "data"),
    )
    def step(draft: dict[str, Any] | None, languages: list[str] | None, _ticks: int | None, tally: dict[str, Any] | None) -> Any:
        if draft is None:
            return None, True
        same = tally is not None and tally["key"] == topicpreview.key(draft, languages or ()) and tally["of"] == draft["of"]
        if same and ctx.triggered_id != "topic-tick":
            return no_update, topicpreview.done(tally or {})
        if not same or tally is None:
            tally = topicpreview.begun(site, draft, languages) | {"of": draft["of"]}
        tally = topicpreview.stepped(site, draft, tally)
        return tally, topicpreview.done(tally)

    @_callback(site)(
        Output("topic-said", "children"),
        Output("topic-posts", "children"),
        Output(widgets.control("view"), "data"),
        Input("topic-tally", "data"),
        Input(widgets.control("view"), "value"),
        State("topic-draft", "data"),
    )
    def show(tally: dict[str, Any] | None, view: str, draft: dict[str, Any] | None) -> Any:
        if tally is None or draft is None:
            return (
                html.P(_("Choose a topic, or put right what is marked red, to see what it finds."), className="quiet"),
                None,
                topicfound.options(None),
            )
        now, topic = book(site), topicpreview.drafted(draft)
        wanted = view if view in VIEW.options else str(VIEW.default)
        posts = topicfound.posts(tally, wanted, topic, now.now(topic.code), now.topics, names(site.catalog))
        return topicfound.sentence(tally), posts, topicfound.options(tally)

    @_callback(site)(Output("topic-suggested", "children"), Input("topic-tally", "data"), State("topic-draft", "data"))
    def suggest(tally: dict[str, Any] | None, draft: dict[str, Any] | None) -> Any:
        if tally is None or draft is None:
            return html.P(_("They come with the posts that are found."), className="quiet small")
        if not topicpreview.done(tally):
            return no_update
        return topicfound.chips(topicpreview.suggestions(site, draft, tally), may("analyst"))


def _register_acts(site: Site) -> None:
    @_callback(site)(
        Output("topic-outcome", "children"),
        Output("topics-saved", "data"),
        Output("topic-go", "data"),
        Output("topic-note", "value"),
        Input("topic-save", "n_clicks"),
        Input("topic-switch", "n_clicks"),
        Input("topic-remove", "n_clicks"),
        Input({"type": "topic-over", "mark": ALL}, "n_clicks"),
        Input({"type": "topic-restore", "kind": ALL, "version": ALL, "seen": ALL}, "n_clicks"),
        Input({"type": "topic-import", "seen": ALL}, "n_clicks"),
        State("topic-draft", "data"),
        State("topic-of", "data"),
        State("topic-note", "value"),
        State({"type": "topic-upload-text", "of": ALL}, "data"),
        prevent_initial_call=True,
    )
    def act(*values: Any) -> Any:
        *_clicks, draft, of, note, uploads = values
        pressed = ctx.triggered_id
        if not pressed or not ctx.triggered[0]["value"]:
            return no_update, no_update, no_update, no_update
        kind = pressed if isinstance(pressed, str) else pressed["type"]
        deed, whole = _deed(site, kind, pressed, draft, of, note, uploads)
        said, done = topicacts.outcome(deed, site, None if whole else of)
        if done is None:
            return said, no_update, no_update, no_update
        go = draft["code"] if kind in ("topic-save", "topic-over") and of and of["new"] else _left(site, kind, of)
        return said, done.version, go, ""


def _left(site: Site, kind: str, of: dict[str, Any] | None) -> Any:
    """A topic that is gone from the file is no longer open."""
    gone = kind == "topic-remove" and of is not None and of["code"] not in book(site).entries
    return "" if gone else no_update


def _deed(site: Site, kind: str, pressed: Any, draft: Any, of: Any, note: str | None, uploads: list[Any]) -> tuple[Any, bool]:
    """What a button does, and whether it concerns the whole file."""
    deeds: dict[str, tuple[Any, bool]] = {
        "topic-save": (lambda: topicacts.save(site, draft, of, note), False),
        "topic-over": (lambda: topicacts.save(site, draft, of, note, pressed["mark"]), False),
        "topic-switch": (lambda: topicacts.switch(site, of), False),
        "topic-remove": (lambda: topicacts.remove(site, of), False),
        "topic-restore": (lambda: topicacts.restore(site, pressed), True),
        "topic-import": (lambda: topicacts.put(site, pressed, uploads[-1] if uploads else None), True),
    }
    if not deeds[kind][1] and not of:
        raise InputError(_("Choose a topic first."))
    return deeds[kind]


def _register_file(site: Site) -> None:
    @_callback(site)(
        Output("topic-history", "children"),
        Input("topics-saved", "data"),
        Input("pulse", "n_intervals"),
        Input(widgets.kept("version"), "data"),
    )
    def history(_saved: Any, _beats: Any, chosen: int | None) -> Any:
        return topichistory.table(site, chosen or 0)

    @_callback(site)(
        Output(widgets.kept("version"), "data"), Input({"type": "topic-version", "version": ALL}, "n_clicks"), prevent_initial_call=True
    )
    def choose(_clicks: list[int | None]) -> Any:
        return ctx.triggered_id["version"] if ctx.triggered_id and ctx.triggered[0]["value"] else no_update

    @_callback(site)(Output("topic-version", "children"), Input(widgets.kept("version"), "data"), Input("topics-saved", "data"))
    def version(chosen: int | None, _saved: Any) -> Any:
        return topichistory.detail(site, chosen or 0)

    @_callback(site)(Output("topic-import", "children"), Input("topic-upload", "contents"), Input("topics-saved", "data"),
                   State("topic-upload", "filename"), prevent_initial_call=True)  # fmt: skip
    def upload(content: str | None, _saved: Any, name: str | None) -> Any:
        return topicfile.uploaded(site, content, name) if ctx.triggered_id == "topic-upload" and content else None

    @_callback(site)(Output("topic-export-file", "data"), Input("topic-export", "n_clicks"), prevent_initial_call=True)
    def export(clicks: int | None) -> Any:
        return dcc.send_string(book(site).text, "kentongan-topics.toml") if clicks else no_update

    @_callback(site)(
        Output("topic-worker", "children"),
        Output("topic-watch", "disabled"),
        Input("topics-saved", "data"),
        Input("pulse", "n_intervals"),
        Input("topic-watch", "n_intervals"),
        Input("topic-asked", "data"),
    )
    def worker(*_changes: Any) -> Any:
        content, going_on = topicfile.worker(site)
        return content, not going_on

    @_callback(site)(Output("topic-asked", "data"), Input({"type": "topic-relabel", "of": ALL}, "n_clicks"), prevent_initial_call=True)
    def relabel(clicks: list[int | None]) -> Any:
        if not any(clicks):
            return no_update
        topicfile.relabel(site)
        return site.now().isoformat()


PAGE: Final = Page(
    "/topics",
    N_("Topics"),
    N_("What each topic looks for: change it here or in the file, and see first what it would have found."),
    "topics",
    FIELDS,
    layout,
    register,
)
