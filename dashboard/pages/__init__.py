"""One file a page. A new page is a new file with a `PAGE`, and a place in this list."""

from dashboard.pages import map as map_page
from dashboard.pages import overview, posts, signals, sources, sql, trends
from dashboard.site import Page

PAGES: tuple[Page, ...] = (overview.PAGE, trends.PAGE, map_page.PAGE, signals.PAGE, posts.PAGE, sources.PAGE, sql.PAGE)
