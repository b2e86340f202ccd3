"""One file a page. A new page is a new file with a `PAGE`, and a place in this list."""

import dashboard.pages.map as map_page
import dashboard.pages.overview as overview
import dashboard.pages.people as people
import dashboard.pages.posts as posts
import dashboard.pages.settings as settings
import dashboard.pages.signals as signals
import dashboard.pages.sources as sources
import dashboard.pages.sql as sql
import dashboard.pages.topics as topics
import dashboard.pages.trends as trends
import dashboard.pages.verify as verify
from dashboard.site import Page

PAGES: tuple[Page, ...] = (
    overview.PAGE,
    trends.PAGE,
    map_page.PAGE,
    signals.PAGE,
    verify.PAGE,
    posts.PAGE,
    topics.PAGE,
    sources.PAGE,
    sql.PAGE,
    people.PAGE,
    settings.PAGE,
)
