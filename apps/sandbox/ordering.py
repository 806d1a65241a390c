"""Order as PostgreSQL gives it: rows that are equal come in another order at every request."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request


class Ordering(OrderingFilter):
    def filter_queryset(self, request: Request, queryset: "QuerySet[Any]", view: Any) -> "QuerySet[Any]":
        found = super().filter_queryset(request, queryset, view)
        keys = found.query.order_by
        return found if {"id", "-id", "pk", "-pk"} & set(keys) else found.order_by(*keys, "?")
