"""Investors and platform users, which are read with a token, and the Firebase endpoints that give one.

Firebase answers as Google's emulator does: its host is the first segment of the path.
"""

import json
import secrets
import time
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from rest_framework import mixins, serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet, ReadOnlyModelViewSet

from . import control
from .contract import PEOPLE_FIELDS
from .control import TOKENS
from .models import Account, Investment, Investor, Issuer, PlatformUser, ThirdPartyIssuerUser
from .views import EITHER, NamedFilters, Pages

REFRESH: dict[str, int] = {}
"""refresh token -> account."""
COMMON = ("password", "12345678", "password1", "qwertyuiop", "letmein123")


class Expired(PermissionDenied):
    status_code = 401
    default_detail = "Token has expired."


class HasToken(BasePermission):
    """No token, or one behind another word than is expected, was "not provided"; an old one has expired."""

    def has_permission(self, request: Request, view: Any) -> bool:
        word, _, token = request.headers.get("Authorization", "").partition(" ")
        if word != control.STATE.prefix or not token:
            raise NotAuthenticated
        issuer, end = TOKENS.get(token, (0, 0.0))
        if time.time() > end:
            raise Expired
        request.issuer = issuer
        return True


class InvestorFilter(NamedFilters):
    class Meta:
        model = Investor
        fields: ClassVar[dict[str, list[str]]] = {
            "id": EITHER, "type": EITHER, "user": EITHER, "user__thirdpartyissueruser__email": EITHER,
        }  # fmt: skip


class UserFilter(NamedFilters):
    class Meta:
        model = PlatformUser
        fields: ClassVar[dict[str, list[str]]] = {"id": EITHER, "thirdpartyissueruser__email": EITHER}


class InvestorSerializer(serializers.ModelSerializer[Investor]):
    """Four shapes; beyond id and type no one knows the real members, so these are a guess that the dashboard must not need."""

    class Meta:
        model = Investor
        fields = ("id", "type")

    def to_representation(self, instance: Investor) -> dict[str, Any]:
        person = instance.user.entity.entityperson if instance.user.entity else None
        first, last = (person.first_name, person.last_name) if person else ("", "")
        shape: dict[str, Any] = {"id": instance.pk, "type": instance.type}
        if instance.type == "person":
            shape |= {"first_name": first, "last_name": last, "tax_id_last_digits": f"{instance.pk % 10000:04}"}
        else:
            shape |= {"name": f"{last} {PEOPLE_FIELDS[instance.type]}", "ein_last_digits": f"{instance.pk % 10000:04}"}
        return shape | {"email": instance.user.email, "user": instance.user_id}


class UserSerializer(serializers.ModelSerializer[PlatformUser]):
    password = serializers.CharField(write_only=True)

    class Meta:
        model = PlatformUser
        fields = ("id", "email", "password")

    def validate_password(self, password: str) -> str:
        if len(password) < 8:
            raise serializers.ValidationError(
                "This password is too short. It must contain at least 8 characters.", code="password_too_short"
            )
        if password.lower() in COMMON:
            raise serializers.ValidationError("This password is too common.", code="password_too_common")
        return password

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "password" in attrs and attrs.get("email", "-") == attrs["password"]:
            raise serializers.ValidationError("The password must not be the e-mail.")
        return attrs

    def create(self, validated_data: dict[str, Any]) -> PlatformUser:
        user = PlatformUser.objects.create(email=validated_data["email"])
        issuer = Issuer.objects.get(pk=self.context["request"].issuer)
        ThirdPartyIssuerUser.objects.create(user=user, issuer=issuer, email=user.email)
        return user

    def update(self, instance: PlatformUser, validated_data: dict[str, Any]) -> PlatformUser:
        instance.email = validated_data.get("email", instance.email)
        instance.save()
        return instance


class InvestorView(ReadOnlyModelViewSet[Investor]):
    permission_classes = (HasToken,)
    pagination_class = Pages
    serializer_class = InvestorSerializer
    filterset_class = InvestorFilter
    queryset = Investor.objects.select_related("user__entity__entityperson").order_by("-id")
    ordering_fields = ("id", "type", "user")
    search_fields = (
        "user__email", "user__entity__entityperson__first_name", "user__entity__entityperson__last_name",
    )  # fmt: skip

    def get_queryset(self) -> "QuerySet[Investor]":
        theirs = Investment.objects.filter(offering__issuer=self.request.issuer).values("investor")  # type: ignore[attr-defined]
        return super().get_queryset().filter(pk__in=theirs)

    @action(detail=False)
    def values(self, request: Request) -> Response:
        names = [
            name for name in request.query_params.get("field", "").split(",") if name in InvestorFilter.get_fields()
        ]
        if not names:
            return Response({"success": False, "message": "Unknown field.", "data": None}, status=400)
        rows = self.get_queryset().order_by()
        data = {name: list(rows.values_list(name, flat=True).distinct().order_by(name)[:200]) for name in names}
        return Response({"success": True, "message": "", "data": data})


class UserView(
    mixins.ListModelMixin, mixins.CreateModelMixin, mixins.RetrieveModelMixin, mixins.UpdateModelMixin,
    GenericViewSet[PlatformUser],
):  # fmt: skip
    permission_classes = (HasToken,)
    pagination_class = Pages
    serializer_class = UserSerializer
    filterset_class = UserFilter
    queryset = PlatformUser.objects.order_by("-id")
    ordering_fields = ("id", "email")
    search_fields = ("email",)
    http_method_names: ClassVar[list[str]] = ["get", "head", "options", "post", "patch"]

    def get_queryset(self) -> "QuerySet[PlatformUser]":
        known = ThirdPartyIssuerUser.objects.filter(issuer=self.request.issuer).values("user")  # type: ignore[attr-defined]
        return super().get_queryset().filter(pk__in=known)


def problem(message: str, status: int = 400) -> JsonResponse:
    return JsonResponse(
        {"error": {"code": status, "message": message, "errors": [{"message": message}]}}, status=status
    )


def has_web_key(request: HttpRequest) -> bool:
    return request.GET.get("key") == control.WEB_API_KEY


def tokens(account: Account) -> tuple[str, str]:
    """A new ID token and a refresh token."""
    token, refresh = f"id.{secrets.token_urlsafe(40)}", f"refresh.{secrets.token_urlsafe(24)}"
    TOKENS[token] = (account.issuer_id, time.time() + control.STATE.token_seconds)
    REFRESH[refresh] = account.pk
    return token, refresh


def sign_in(request: HttpRequest) -> HttpResponse:
    """POST /identitytoolkit.googleapis.com/v1/accounts:signInWithPassword"""
    if not has_web_key(request):
        return problem("API key not valid. Please pass a valid API key.", 400)
    given = json.loads(request.body or b"{}")
    account = Account.objects.filter(email=given.get("email"), password=given.get("password")).first()
    if account is None:
        return problem("INVALID_LOGIN_CREDENTIALS")
    if account.disabled:
        return problem("USER_DISABLED : The user account has been disabled by an administrator.")
    token, refresh = tokens(account)
    life = str(control.STATE.token_seconds)
    body = {"idToken": token, "refreshToken": refresh, "expiresIn": life, "localId": f"local{account.pk}"}
    return JsonResponse({**body, "email": account.email, "registered": True})


def refresh(request: HttpRequest) -> HttpResponse:
    """POST /securetoken.googleapis.com/v1/token"""
    if not has_web_key(request):
        return problem("API key not valid. Please pass a valid API key.", 400)
    account = Account.objects.filter(pk=REFRESH.get(request.POST.get("refresh_token", ""), 0)).first()
    if request.POST.get("grant_type") != "refresh_token" or account is None:
        return problem("INVALID_REFRESH_TOKEN")
    token, renewal = tokens(account)
    life = str(control.STATE.token_seconds)
    body = {"id_token": token, "refresh_token": renewal, "expires_in": life, "token_type": "Bearer"}
    return JsonResponse({**body, "access_token": token, "user_id": f"local{account.pk}", "project_id": "1"})
