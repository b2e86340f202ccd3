"""The parts that pages are built of: controls that live in the address, panels, tiles, tables, empty states, skeletons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final

import dash_mantine_components as dmc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components import like
from dashboard.i18n import _, language, plotly_locale, upright
from dashboard.names import LEVELS, Names, group, tongue
from dashboard.urlstate import Field, empty, search

Children = Any  #: what Dash takes as children

#: A chart before its first data: nothing, not two bare axes.
EMPTY: Final = {
    "data": [],
    "layout": {
        "xaxis": {"visible": False},
        "yaxis": {"visible": False},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
    },
}
SMALL: Final[Any] = {"size": "sm"}
_DROPDOWN: Final = {"shadow": "md", "withinPortal": True}
BAR: Final = 7  #: pixels from one column of a tiny chart to the next
_TALL: Final = 24  #: pixels of its height


def control(key: str) -> dict[str, str]:
    """The id of a control whose `value` stands in the address under `key`."""
    return {"type": "control", "key": key}


def kept(key: str) -> dict[str, str]:
    """The id of a dcc.Store whose `data` stands in the address under `key`."""
    return {"type": "kept", "key": key}


def address(fields: Sequence[Field], shown: str) -> dcc.Store:
    """Tells the browser which controls the page has, so that it can write the address by itself, and for which address it was made."""
    known = [{"key": field.key, "default": empty(field), "kind": type(field).__name__.lower()} for field in fields]
    return dcc.Store(id="controls", data={"shown": shown, "fields": known})


def href(path: str, fields: Sequence[Field] = (), **values: Any) -> str:
    """A link to a page with its controls set."""
    return path + search(fields, values, language())


def link(text: Children, path: str, fields: Sequence[Field] = (), class_name: str = "", **values: Any) -> dcc.Link:
    return dcc.Link(text, href=href(path, fields, **values), className=class_name)


def aria(**values: str) -> Any:
    """aria-label and its kin as keyword arguments, which Python cannot spell."""
    return {f"aria-{name}": value for name, value in values.items()}


def icon(name: str) -> html.Span:
    return html.Span(className=f"icon icon-{name}", **aria(hidden="true"))


# ---------------------------------------------------------------------------------------------------------------- controls


def topics(names: Names, value: list[str], label: str = "") -> Component:
    return _many("topic", label or _("Topics"), topic_options(names), value, _("All topics"), "wide")


def topic_options(names: Names) -> list[Any]:
    """All topics in their groups, as a select takes them."""
    groups: dict[str, list[Any]] = {}
    for code, row in names.topics.items():
        groups.setdefault(group(row["grp"] or ""), []).append({"value": code, "label": names.topic(code)})
    return [{"group": name, "items": sorted(items, key=lambda item: item["label"])} for name, items in sorted(groups.items())]


def places(names: Names, value: list[str], label: str = "") -> Component:
    return _many("place", label or _("Places"), place_options(names), value, _("All places"), "wide")


def place_options(names: Names) -> list[Any]:
    """All places by level, as a select takes them."""
    groups: dict[str, list[dict[str, str]]] = {level: [] for level in ("province", "regency", "country")}
    for code, row in names.places.items():
        groups.setdefault(row["level"], []).append({"value": code, "label": row["name"]})
    return [{"group": _(LEVELS[level]), "items": items} for level, items in groups.items() if items]


def languages(names: Names, value: list[str]) -> Component:
    data = [{"value": code, "label": tongue(code)} for code in dict.fromkeys((*names.languages, *value))]
    return _many("language", _("Languages"), data, value, _("All languages"), "mid")


def sources(names: Names, value: list[str]) -> Component:
    data = [{"value": code, "label": names.source(code)} for code in dict.fromkeys((*names.sources, *value))]
    return _many("source", _("Sources"), data, value, _("All sources"), "mid")


def _many(key: str, label: str, data: list[Any], value: list[str], placeholder: str, width: str) -> Component:
    select = dmc.MultiSelect(
        id=control(key),
        label=label,
        data=data,
        value=_known(data, value),
        placeholder="" if value else placeholder,
        searchable=True,
        clearable=True,
        hidePickedOptions=True,
        nothingFoundMessage=_("Nothing found"),
        limit=80,
        maxValues=12,
        comboboxProps=_DROPDOWN,
        clearButtonProps={"aria-label": _("Clear")},
        **SMALL,
    )
    return html.Div(select, className=width)


def _known(data: list[Any], value: list[str]) -> list[str]:
    """A code of the address that no list knows would break the control."""
    known = {item["value"] for entry in data for item in entry.get("items", [entry])}
    return [code for code in value if code in known]


def one(key: str, label: str, options: Mapping[str, str], value: str, class_name: str = "mid", **more: Any) -> Component:
    data = [{"value": code, "label": text} for code, text in options.items()]
    return dmc.Select(
        id=control(key),
        label=label,
        data=data,
        value=value,
        allowDeselect=False,
        comboboxProps=_DROPDOWN,
        className=class_name,
        **SMALL,
        **more,
    )


def switch(key: str, label: str, options: Mapping[str, str], value: str) -> Component:
    """A few options side by side."""
    data = [{"value": code, "label": text} for code, text in options.items()]
    return html.Div(
        [
            html.Span(label, className="control-label", id=f"label-{key}"),
            dmc.SegmentedControl(id=control(key), data=data, value=value, **SMALL, **aria(labelledby=f"label-{key}")),
        ],
        className="switch",
    )


def span(value: str, custom: list[str], first: date, last: date) -> list[Component]:
    """The span of days: a choice that moves with today, or two days of one's own."""
    options = {
        "7d": _("7 days"),
        "30d": _("30 days"),
        "90d": _("90 days"),
        "1y": _("1 year"),
        "2y": _("2 years"),
        "all": _("Everything"),
        "custom": _("Two days…"),
    }
    picker = dmc.DatePickerInput(
        id=control("days"),
        type="range",
        label=_("From and to"),
        value=custom or [first.isoformat(), last.isoformat()],
        minDate=first.isoformat(),
        maxDate=last.isoformat(),
        valueFormat="D MMM YYYY",
        allowSingleDateInRange=True,
        **SMALL,
    )
    shown = "mid" if value == "custom" else "mid hidden"
    return [one("span", _("Period"), options, value, "mid"), html.Div(picker, id="days-box", className=shown)]


def text(key: str, label: str, value: str, placeholder: str = "") -> Component:
    return dmc.TextInput(id=control(key), label=label, value=value, placeholder=placeholder, debounce=400, className="wide", **SMALL)


def pager(key: str, value: int) -> Component:
    """The pages of a list; assets/names.js names its arrows for a screen reader, which Mantine leaves without a name."""
    names: Any = {
        "data-first": _("First page"),
        "data-before": _("Page before"),
        "data-next": _("Next page"),
        "data-last": _("Last page"),
    }
    pages = dmc.Pagination(id=control(key), total=max(value, 1), value=value, siblings=1, size="sm", withEdges=True)
    return html.Nav(pages, className="pages", **names, **aria(label=_("Pages of the list")))


# ---------------------------------------------------------------------------------------------------------------- panels


def help_mark(about: str) -> Component:
    """What a measure means, for the mouse, the keyboard, the finger and the screen reader."""
    button = html.Button(icon("help"), className="icon-button", type="button", **aria(label=about))
    return dmc.Tooltip(
        button, label=about, multiline=True, w=300, withArrow=True, events={"hover": True, "focus": True, "touch": True}, position="bottom"
    )


def panel(title: str, body: Children, *, about: str = "", actions: Sequence[Component] = (), note: Children = None) -> Component:
    head = [html.H2(title), *([help_mark(about)] if about else []), html.Span(className="spring")]
    if actions:
        head.append(html.Div(list(actions), className="actions"))
    content = list(body) if isinstance(body, list | tuple) else [body]
    return html.Section([html.Div(head, className="panel-head"), *content, *([html.Div(note, className="figure-note")] if note else [])],
                        className="panel")  # fmt: skip


def csv_button(id: str) -> list[Component]:
    """A button `id` and its dcc.Download `id-file`. They stand together: Dash calls a callback at once whose output was there before."""
    title = _("Download this table as CSV")
    button = html.Button([icon("download"), "CSV"], id=id, className="icon-button", type="button", title=title)
    return [button, dcc.Download(id=f"{id}-file")]


def png_button(graph_id: str, heading: str) -> Component:
    """A button that downloads the chart `graph_id` as a picture, under `heading` (assets/picture.js); it needs no callback.

    `panel(..., actions=[png_button("my-graph", _("My heading")), *csv_button("my-csv")])`. The chart may be made later than the button.
    """
    data: Any = {
        "data-picture": graph_id,
        "data-heading": upright(heading),
        "data-file": f"kentongan-{graph_id}.png",
        "data-nothing": _("There is no chart here yet that could be downloaded."),
    }
    title = _("Download this chart as a picture (PNG)")
    return html.Button([icon("download"), "PNG"], className="icon-button", type="button", title=title, **data)


def tile(label: str, value: str, note: Children = None, about: str = "") -> Component:
    top = html.Div([label, *([help_mark(about)] if about else [])], className="label")
    return html.Div([top, html.Div(value, className="value"), html.Div(note, className="note")], className="tile")


def empty_state(title: str, *what_to_do: Children) -> Component:
    return html.Div([html.H3(title), *[html.P(line) for line in what_to_do]], className="empty")


def skeleton(height: int = 320) -> Component:
    return dmc.Skeleton(height=height, radius="md")


def waiting(content: Component, height: int = 320) -> Component:
    """Shows a skeleton while the callback that fills `content` runs for the first time, and nothing on later ones."""
    return dcc.Loading(
        content,
        custom_spinner=skeleton(height),
        show_initially=True,
        delay_show=400,
        overlay_style={"visibility": "visible", "opacity": 0.55},
        parent_className="waiting",
        parent_style={"--skeleton": f"{height}px"},
    )


def graph(id: str, figure: Any = None, height: int = 340, **more: Any) -> dcc.Graph:
    """A chart with our month names and words, and nothing that would leave this machine."""
    return dcc.Graph(id=id, figure=figure or EMPTY, config=graph_config(), style={"height": f"{height}px"}, responsive=True, **more)


#: Of plotly's buttons. The two that would send a chart to its maker's servers are gone, and that of a picture, which panels have better.
_NO_BUTTONS: Final = (
    "sendChartToCloud", "sendDataToCloud", "toImage", "select2d", "lasso2d", "autoScale2d", "zoomIn2d", "zoomOut2d"
)  # fmt: skip


def graph_config() -> Any:
    return {
        "displaylogo": False,
        "displayModeBar": "hover",
        "modeBarButtonsToRemove": list(_NO_BUTTONS),
        "plotlyServerURL": "",
        "locale": language(),
        "locales": {language(): plotly_locale(language())},
        "topojsonURL": "/assets/",
        "scrollZoom": False,
    }


def plain_table(headings: Sequence[str], rows: Iterable[Sequence[Children]], numeric: Sequence[int] = (), caption: str = "") -> Component:
    """A small table; `numeric` are the columns whose numbers are aligned. A column of bars has no heading: its name is empty."""
    kind = ["num" if index in numeric else "" for index in range(len(headings))]
    head = html.Tr([html.Th(name, className=kind[index], scope="col") if name else html.Td() for index, name in enumerate(headings)])
    cells, line = [html.Td(className=name) for name in kind], html.Tr()
    body = [like(line, [like(cells[index], cell) for index, cell in enumerate(row)]) for row in rows]
    parts = [html.Caption(caption, className="only-screen-reader")] if caption else []
    table = html.Table([*parts, html.Thead(head), html.Tbody(body)], className="plain")
    return html.Div(table, className="table-wrap", tabIndex=0)


def folded(summary: str, content: Children, id: str = "") -> Component:
    """Content that opens at a click; with `id` the clicks on its summary can be heard, so that it need not be made before."""
    heard: Any = {"id": id, "n_clicks": 0} if id else {}
    return html.Details([html.Summary(summary, **heard), html.Div(content)])


def bars(values: Sequence[float], about: str) -> Component:
    """A tiny column chart of counts, the oldest first: one component whose shape is cut out, since a page shows many and the browser takes
    longer to make a component than to cut."""
    most = max([*values, 1])
    corners = [f"{BAR * at + x}px {_TALL - y}px" for at, value in enumerate(values) for x, y in _column(max(2, round(22 * value / most)))]
    shape = {"width": f"{BAR * len(values)}px", "clipPath": f"polygon({', '.join(corners)})"}
    return html.Span(className="spark", role="img", style=shape, **aria(label=about))


def _column(high: int) -> list[tuple[int, int]]:
    """Its corners, from the foot on the left; the way to the next one runs along the ground."""
    return [(0, 0), (0, high), (BAR - 2, high), (BAR - 2, 0)]


def dot(kind: str) -> html.Span:
    return html.Span(className=f"dot {kind}", **aria(hidden="true"))


def badge(content: Children, kind: str = "") -> html.Span:
    return html.Span([dot(kind), content] if kind else content, className="badge")
