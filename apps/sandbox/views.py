"""The investment and offering paths, on the same software as the real ones: most awkward answers come from it unasked."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import Count, QuerySet, Sum
from django_filters.rest_framework import DjangoFilterBackend, Filter, FilterSet
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from . import control
from .contract import ENUMS, FIELDS
from .models import ApiKey, Investment, Offering

AT = ["exact", "gte", "lte", "in", "date__gte", "date__lte"]
NUMBER = ["exact", "gt", "gte", "in", "lt", "lte"]
EITHER = ["exact", "in"]


class Pages(PageNumberPagination):
    """A size too large or malformed is capped or defaulted in silence; the real default and maximum are unknown."""

    page_size = 25
    page_size_query_param = "page_size"

    def get_page_size(self, request: Request) -> int | None:
        self.max_page_size = control.STATE.page_size_cap
        return super().get_page_size(request)


class HasKey(BasePermission):
    """`Authorization: Api-Key …`. No, wrong and revoked keys are answered alike, with 403 (there is no authenticator)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        word, _, key = request.headers.get("Authorization", "").partition(" ")
        request.key = ApiKey.objects.filter(key=key, revoked=False).first() if word == "Api-Key" else None
        if request.key is None:
            raise NotAuthenticated
        return True


class NamedFilters(FilterSet):
    """Makes only the filters that the query names: to make all 75 for each request took half of its time."""

    base_filters: dict[str, Filter]

    def __init__(self, data: Any = None, *args: Any, **more: Any) -> None:
        self.base_filters = {name: each for name, each in self.base_filters.items() if name in (data or ())}
        super().__init__(data, *args, **more)


class InvestmentFilter(NamedFilters):
    class Meta:
        model = Investment
        fields: ClassVar[dict[str, list[str]]] = {
            "amount": NUMBER,
            "created_at": AT,
            "id": EITHER,
            "investmentapproval__is_approved": EITHER,
            "investor": EITHER,
            "investor__entity": ["exact", "isnull"],
            "investor__entity__email": EITHER,
            "investor__entity__kyc_status": EITHER,
            "investor__type": EITHER,
            "investor__user": EITHER,
            "investor__user__email": EITHER,
            "investor__user__entity__entityperson__first_name": EITHER,
            "investor__user__entity__entityperson__last_name": EITHER,
            "offering": EITHER,
            "offering__name": EITHER,
            "offering__slug": EITHER,
            "payment_method": EITHER,
            "processed_at": [*AT, "isnull"],
            "processing_issue_statuses": ["exact", "contains", "in", "startswith"],
            "quantity": EITHER,
            "reference_id": EITHER,
            "requested_payment_method": EITHER,
            "shares_amount": NUMBER,
            "status": EITHER,
            "updated_at": AT,
            "watchlistentity__has_hits": EITHER,
        }


class OfferingFilter(NamedFilters):
    class Meta:
        model = Offering
        fields: ClassVar[dict[str, list[str]]] = {
            "archived": EITHER,
            "id": EITHER,
            "issuer": EITHER,
            "issuer__archived": EITHER,
            "name": ["exact", "contains", "in"],
            "opened_at": EITHER,
            "slug": ["exact", "contains", "in"],
            "status": ["exact", "contains", "in"],
            "type": ["exact", "contains", "in"],
        }


class FactsSerializer(serializers.ModelSerializer[Any]):
    """Columns as DRF writes them, the rest as stored, all in the contract's order."""

    def to_representation(self, instance: Any) -> dict[str, Any]:
        known = {**instance.facts, **super().to_representation(instance)}
        return {name: known[name] for name in FIELDS[self.Meta.model.__name__]}


class InvestmentSerializer(FactsSerializer):
    investor_individual_name = serializers.SerializerMethodField()

    class Meta:
        model = Investment
        fields = [
            "id",
            "quantity",
            "amount",
            "status",
            "offering",
            "reference_id",
            "investor_individual_name",
            "payment_method",
            "updated_at",
            "processed_at",
            "processing_issue_statuses",
            "shares_amount",
        ]

    def get_investor_individual_name(self, investment: Investment) -> str:
        entity = investment.investor.user.entity
        return f"{entity.entityperson.first_name} {entity.entityperson.last_name}".strip() if entity else ""


class OfferingSerializer(FactsSerializer):
    class Meta:
        model = Offering
        fields = ["id", "issuer", "name", "type", "status", "slug", "archived", "created_at", "opened_at"]


class InvestmentView(ReadOnlyModelViewSet[Investment]):
    permission_classes = (HasKey,)
    pagination_class = Pages
    serializer_class = InvestmentSerializer
    filterset_class = InvestmentFilter
    queryset = Investment.objects.select_related("investor__user__entity__entityperson").order_by("-id")
    ordering_fields = [
        "id",
        "amount",
        "quantity",
        "shares_amount",
        "status",
        "reference_id",
        "created_at",
        "updated_at",
        "processed_at",
        "payment_method",
        "offering__name",
    ]
    search_fields = (
        "reference_id",
        "investor__user__email",
        "investor__user__entity__entityperson__first_name",
        "investor__user__entity__entityperson__last_name",
    )

    def get_queryset(self) -> "QuerySet[Investment]":
        key = self.request.key  # type: ignore[attr-defined]
        rows = super().get_queryset().filter(offering__issuer=key.issuer_id)
        return rows.filter(offering=key.offering_id) if key.offering_id else rows

    @action(detail=False)
    def statuses(self, request: Request) -> Response:
        words = [{"value": value, "label": label} for value, label in ENUMS["InvestmentStatus"].items()]
        return Response({"success": True, "message": "", "data": {"statuses": words}})

    @action(detail=False)
    def values(self, request: Request) -> Response:
        """The real shape is unknown; a list for each field is the likelier one."""
        names = [
            name for name in request.query_params.get("field", "").split(",") if name in InvestmentFilter.get_fields()
        ]
        if not names:
            return Response({"success": False, "message": "Unknown field.", "data": None}, status=400)
        rows = self.get_queryset().order_by()
        return Response(
            {
                "success": True,
                "message": "",
                "data": {
                    name: list(rows.values_list(name, flat=True).distinct().order_by(name)[:200]) for name in names
                },
            }
        )


class SummaryView(APIView):
    """Answers strangers, for any offering whose slug they know, with any filter of the list; and whoever signed in, for all
    of an issuer's."""

    def get(self, request: Request) -> Response:
        slug, issuer = request.query_params.get("slug", ""), control.issuer_of(request.headers.get("Authorization", ""))
        of_whom = {"offering__issuer": issuer} if issuer and not slug else {"offering__slug": slug}
        rows = Investment.objects.filter(**of_whom)
        rows = DjangoFilterBackend().filter_queryset(request, rows, InvestmentView())
        total = rows.order_by().aggregate(amount=Sum("amount"), count=Count("id"))
        amount = float(total["amount"] or Decimal(0))  # a JSON number, as the real one sends it
        return Response({"total_amount_committed": {"amount": amount, "count": total["count"]}})


class OfferingView(ReadOnlyModelViewSet[Offering]):
    permission_classes = (HasKey,)
    pagination_class = Pages
    serializer_class = OfferingSerializer
    filterset_class = OfferingFilter
    queryset = Offering.objects.order_by("-id")
    ordering_fields = ["id", "name", "slug", "status", "type", "opened_at", "created_at"]
    search_fields = ("name", "slug")

    def get_queryset(self) -> "QuerySet[Offering]":
        key = self.request.key  # type: ignore[attr-defined]
        rows = super().get_queryset().filter(issuer=key.issuer_id)
        return rows.filter(pk=key.offering_id) if key.offering_id else rows
