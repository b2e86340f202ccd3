"""AG Grid with our colours and language. Every cell is text: no renderer, no markup, no code from data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag

from dashboard.i18n import _


def column(field: str, name: str, *, written: str = "", numeric: bool = False, **more: Any) -> dict[str, Any]:
    """A column; `written` is the field that holds the value as people read it, while sorting uses `field`."""
    found: dict[str, Any] = {"field": field, "headerName": name, "flex": 1, **more}
    if written:
        found["valueFormatter"] = {"function": f"params.data && params.data.{written}"}
    if numeric:
        found |= {"type": "rightAligned", "sortingOrder": ["desc", "asc", None]}
    return found


def grid(
    id: str, columns: Sequence[dict[str, Any]], rows: list[dict[str, Any]] | None = None, *, height: int = 420, **options: Any
) -> dag.AgGrid:
    return dag.AgGrid(
        id=id,
        columnDefs=list(columns),
        rowData=rows if rows is not None else [],
        defaultColDef={"sortable": True, "resizable": True, "filter": False, "suppressHeaderMenuButton": True, "cellDataType": False},
        className="k-grid",
        style={"height": f"{height}px"},
        dangerously_allow_code=False,
        dashGridOptions={
            "theme": {"function": "themeQuartz"},
            "localeText": words(),
            "suppressFieldDotNotation": True,
            "headerHeight": 36,
            "rowHeight": 36,
            "animateRows": False,
            "enableCellTextSelection": True,
            "suppressDragLeaveHidesColumns": True,
            **options,
        },
    )


def fitted(rows: int, most: int) -> dict[str, str]:
    """As high as its rows, from three of them up to `most` pixels."""
    return {"height": f"{min(most, 44 + 36 * max(rows, 3))}px"}


def words() -> dict[str, str]:
    """The grid's own words, in the language of the page."""
    return {
        "noRowsToShow": _("No rows"),
        "loadingOoo": _("Loading…"),
        "ariaRowSelect": _("Press Space to select this row"),
        "ariaSortableColumn": _("Press Enter to sort"),
    }
