"""The dashboard in a notebook: the page, and a menu where several programmes are followed."""

from __future__ import annotations

from typing import Any

from grading.followup import dashboard

EVERY = "all programmes"


def show() -> None:
    """Display the dashboard of the database and day that the environment names."""
    from IPython.display import HTML, display

    names = dashboard.programmes()
    if len(names) > 1:
        display(_menu(names))
    else:
        display(HTML(dashboard.body(dashboard.board().frames)))


def _menu(names: list[str]) -> Any:
    import ipywidgets as widgets

    menu = widgets.Dropdown(
        options=[EVERY, *names], description="Programme", style={"description_width": "initial"}
    )
    page = widgets.HTML()

    def choose(_change: object = None) -> None:
        chosen = None if menu.value == EVERY else menu.value
        page.value = dashboard.body(dashboard.board(chosen).frames)

    menu.observe(choose, "value")
    choose()
    return widgets.VBox([menu, page])
