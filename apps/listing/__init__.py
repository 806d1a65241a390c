"""The engine behind every table. Other apps import from here alone.

A name is loaded when it is first asked for, since Django imports this package before its models may be.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from . import ranges as ranges
    from . import values as values
    from .coverage import ways as ways
    from .fetch import counts as counts
    from .fetch.ahead import Pages as Pages
    from .fetch.ahead import Tick as Tick
    from .fetch.lists import PageResult as PageResult
    from .fetch.lists import PendingByKey as PendingByKey
    from .fetch.lists import PendingPages as PendingPages
    from .fetch.lists import begin_pages as begin_pages
    from .fetch.row import RowDetail as RowDetail
    from .fetch.row import find_row as find_row
    from .fetch.walk import BY_ID as BY_ID
    from .fetch.walk import SIZE as SIZE
    from .fetch.walk import Walk as Walk
    from .fetch.walk import walk as walk
    from .keep import columns as columns
    from .models import SavedView as SavedView
    from .query.chips import chips as chips
    from .query.list_request import ListRequest as ListRequest
    from .query.list_request import blank_request as blank_request
    from .query.query import Problem as Problem
    from .query.reader import zone_named as zone_named
    from .ranges import say_day as say_day
    from .reading import read_key_only as read_key_only
    from .reading import read_request as read_request
    from .schema import cells as cells
    from .schema.cells import NOT_IN_THE_LIST as NOT_IN_THE_LIST
    from .schema.cells import CellContext as CellContext
    from .schema.cells import Value as Value
    from .schema.cells import as_sent as as_sent
    from .schema.cells import cell as cell
    from .schema.cells import missing as missing
    from .schema.cells import nothing as nothing
    from .schema.cells import unreadable as unreadable
    from .schema.column import Column as Column
    from .schema.fields import Field as Field
    from .schema.fields import Schema as Schema
    from .schema.filters import MOMENT as MOMENT
    from .schema.filters import MONEY as MONEY
    from .schema.filters import NUMBER as NUMBER
    from .schema.filters import TEXT as TEXT
    from .schema.filters import TRUTH as TRUTH
    from .schema.filters import Control as Control
    from .schema.filters import Filter as Filter
    from .schema.filters import choice as choice
    from .schema.filters import say_money as say_money
    from .schema.filters import text_search as text_search
    from .schema.listing import Listing as Listing
    from .schema.listing import Tab as Tab
    from .show import detail as detail
    from .show import links as links
    from .show.audit import record_rows as record_rows
    from .show.bar import FilterControl as FilterControl
    from .show.bar import filter_control as filter_control
    from .show.context import list_context as list_context
    from .show.context import page_context as page_context
    from .show.detail import Fact as Fact
    from .show.pages import page_or_fragment as page_or_fragment
    from .show.results import section as section
    from .show.streaming import MARK as MARK
    from .show.streaming import Deferred as Deferred
    from .show.streaming import Rendered as Rendered
    from .show.streaming import streamed as streamed
    from .show.table import Order as Order
    from .show.table import compile_row as compile_row
    from .show.table import order_of as order_of
    from .show.table import plain_heads as plain_heads
    from .urls import listing_urls as listing_urls
    from .values import as_decimal as as_decimal
    from .values import clock as clock
    from .values import exact_time as exact_time
    from .values import number as number
    from .values import of_day as of_day
    from .values import sent_moment as sent_moment
    from .values import short_time as short_time
    from .values import trimmed as trimmed
    from .views import row_detail as row_detail

MODULES = {
    "cells": "schema.cells",
    "columns": "keep.columns",
    "counts": "fetch.counts",
    "detail": "show.detail",
    "links": "show.links",
    "ranges": "ranges",
    "values": "values",
}
GIVES = {
    "coverage": ("ways",),
    "fetch.ahead": ("Pages", "Tick"),
    "fetch.lists": ("PageResult", "PendingByKey", "PendingPages", "begin_pages"),
    "fetch.row": ("RowDetail", "find_row"),
    "fetch.walk": ("BY_ID", "SIZE", "Walk", "walk"),
    "models": ("SavedView",),
    "query.chips": ("chips",),
    "query.query": ("Problem",),
    "query.reader": ("zone_named",),
    "query.list_request": ("ListRequest", "blank_request"),
    "ranges": ("say_day",),
    "reading": ("read_key_only", "read_request"),
    "schema.cells": ("CellContext", "NOT_IN_THE_LIST", "Value", "as_sent", "cell", "missing", "nothing", "unreadable"),
    "schema.column": ("Column",),
    "schema.fields": ("Field", "Schema"),
    "schema.filters": (
        "Control",
        "Filter",
        "MOMENT",
        "MONEY",
        "NUMBER",
        "TEXT",
        "TRUTH",
        "choice",
        "say_money",
        "text_search",
    ),
    "schema.listing": ("Listing", "Tab"),
    "show.audit": ("record_rows",),
    "show.bar": ("FilterControl", "filter_control"),
    "show.context": ("list_context", "page_context"),
    "show.detail": ("Fact",),
    "show.pages": ("page_or_fragment",),
    "show.results": ("section",),
    "show.streaming": ("Deferred", "MARK", "Rendered", "streamed"),
    "show.table": ("Order", "compile_row", "order_of", "plain_heads"),
    "urls": ("listing_urls",),
    "values": (
        "as_decimal",
        "clock",
        "exact_time",
        "number",
        "of_day",
        "sent_moment",
        "short_time",
        "trimmed",
    ),
    "views": ("row_detail",),
}
HOMES = {name: module for module, names in GIVES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return import_module(f"{__name__}.{MODULES[name]}")
    if name in HOMES:
        return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
    raise AttributeError(f"apps.listing has no {name!r}")
