"""The connections page: keys and sign-ins, which owners save encrypted, test, replace and remove."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.audit.actions import Action
from apps.audit.record import record
from apps.upstream.secret import Secret

from . import checking, connections, label_cache
from .access import TenantRequest, for_member
from .forms import FirebaseForm, KeyForm, SecretForm, TestedForm, TokenyForm
from .models import Connection, FirebaseSignIn, IssuanceKey, TokenySignIn
from .permissions import Permission
from .sign_ins import firebase as firebase_sign_in
from .sign_ins import tokeny
from .zones import zone_words

GET_OR_POST = require_http_methods(["GET", "HEAD", "POST"])


@for_member(can=Permission.MANAGE_CONNECTIONS, confirms=True)
@GET_OR_POST
def connection_list(request: TenantRequest) -> HttpResponse:
    keys = list(request.tenant.issuance_keys.all())
    services = [(kind, service, service.find(request)) for kind, service in SERVICES.items()]
    is_bound = bool(keys) or FirebaseSignIn.objects.filter(tenant=request.tenant).exists()
    form = KeyForm(request.POST or None, team_url=request.tenant.issuance_url if is_bound else "")
    if request.method == "POST" and form.is_valid() and add_key(request, form):
        return back_to_connections(request)
    record(Action.CONNECTIONS_VIEWED, actor=request.user, tenant=request.tenant.id, keys=len(keys))
    context = {"form": form, "keys": keys, "services": services, "zone": zone_words(request.tenant.zone)}
    return render(request, "tenants/connections.html", context, status=400 if form.errors else 200)


def add_key(request: TenantRequest, form: KeyForm) -> bool:
    given = form.cleaned_data
    return save(request, form, given["label"], given.get("url") or request.tenant.issuance_url, is_new=True)


def save(request: TenantRequest, form: SecretForm, label: str, url: str, *, is_new: bool) -> bool:
    """Whether the key was saved; if not, the form says why, at the field concerned."""
    secret = Secret(form.cleaned_data["secret"])
    try:
        key, trial = connections.save_key(
            request.tenant, label, secret, url, request.user, is_new=is_new, anyway=form.is_anyway
        )
    except checking.NotSaved as error:
        explain(form, error, "secret")
        return False
    label_cache.forget(key)
    say = messages.success if trial.state == "working" else messages.warning
    say(request, f"API key “{key.label}” saved. {trial.words}")
    return True


def explain(form: TestedForm, error: checking.NotSaved, otherwise: str | None) -> None:
    """Says at the field concerned why nothing was saved; where its test failed, that it may be saved anyway."""
    form.add_error(error.field if error.field in form.fields else otherwise, str(error))
    if isinstance(error, connections.TestFailed):
        form.offer_anyway()


@for_member(can=Permission.MANAGE_CONNECTIONS)
@require_POST
def connection_test(request: TenantRequest, slug: str) -> HttpResponse:
    key = key_or_404(request, slug)
    trial = connections.test_key(key, request.user)
    say = messages.success if trial.state == "working" else messages.error
    say(request, f"“{key.label}”: {trial.words}")
    return back_to_connections(request)


@for_member(can=Permission.MANAGE_CONNECTIONS, confirms=True)
@GET_OR_POST
def connection_replace(request: TenantRequest, slug: str) -> HttpResponse:
    """The former key stays in use until the new one has been tested."""
    key = key_or_404(request, slug)
    form = SecretForm(request.POST or None)
    is_sent = request.method == "POST" and form.is_valid()
    if is_sent and save(request, form, key.label, request.tenant.issuance_url, is_new=False):
        return back_to_connections(request)
    return render(
        request, "tenants/connection_replace.html", {"form": form, "key": key}, status=400 if form.errors else 200
    )


@for_member(can=Permission.MANAGE_CONNECTIONS, confirms=True)
@GET_OR_POST
def connection_remove(request: TenantRequest, slug: str) -> HttpResponse:
    key = key_or_404(request, slug)
    if request.method != "POST":
        return render(request, "tenants/connection_remove.html", {"key": key})
    connections.remove_key(key, request.user)
    messages.success(request, f"API key “{key.label}” removed. It still works in Issuance until you revoke it there.")
    return back_to_connections(request)


def key_or_404(request: TenantRequest, slug: str) -> IssuanceKey:
    key = request.tenant.issuance_keys.filter(slug=slug).first()
    if key is None:
        raise Http404
    key.tenant = request.tenant
    return key


def back_to_connections(request: TenantRequest) -> HttpResponse:
    return redirect("connection_list", request.tenant.slug)


@dataclass(frozen=True, slots=True)
class Service:
    """A sign-in that a team has at most once. `save` takes the form's data and returns what was saved with words;
    raises NotSaved."""

    title: str
    why: str
    form: Callable[..., TestedForm]
    model: Any
    save: Callable[[TenantRequest, dict[str, Any], bool], tuple[Connection, connections.Trial]]
    test: Callable[[Any, Any], connections.Trial]
    remove: Callable[[Any, Any], None]
    kept: tuple[str, ...]
    """Fields that a form may show again: those that are no secret."""

    def find(self, request: TenantRequest) -> Any:
        found = self.model.objects.filter(tenant=request.tenant).first()
        if found:
            found.tenant = request.tenant
        return found


def save_firebase(request: TenantRequest, given: dict[str, Any], anyway: bool) -> tuple[Connection, connections.Trial]:
    url = given.pop("url", "") or request.tenant.issuance_url
    password, web_api_key = Secret(given.pop("password")), Secret(given.pop("web_api_key"))
    account = firebase_sign_in.Given(password=password, web_api_key=web_api_key, **given)
    return firebase_sign_in.save(request.tenant, account, url, request.user, anyway=anyway)


def save_tokeny(request: TenantRequest, given: dict[str, Any], anyway: bool) -> tuple[Connection, connections.Trial]:
    account = tokeny.Given(given["base_url"], given["identifier"], Secret(given["password"]), given.get("texts", ""))
    return tokeny.save(request.tenant, account, request.user, anyway=anyway)


SERVICES = {
    "firebase": Service(
        "Issuance sign-in",
        "Required to read investors and platform users, which API keys can’t access.",
        FirebaseForm,
        FirebaseSignIn,
        save_firebase,
        firebase_sign_in.test,
        firebase_sign_in.remove,
        ("email", "token_prefix", "identity_url", "token_url"),
    ),
    "tokeny": Service(
        "Tokeny sign-in",
        "Required to publish disclaimers. You can write and approve disclaimers without it.",
        TokenyForm,
        TokenySignIn,
        save_tokeny,
        tokeny.test,
        tokeny.remove,
        ("base_url", "identifier"),
    ),
}


def service_or_404(kind: str) -> Service:
    if kind not in SERVICES:
        raise Http404
    return SERVICES[kind]


@for_member(can=Permission.MANAGE_CONNECTIONS, confirms=True)
@GET_OR_POST
def service_save(request: TenantRequest, kind: str) -> HttpResponse:
    """Saves a new sign-in, or replaces the current one, which stays in use until the new one has been tested."""
    service = service_or_404(kind)
    saved = service.find(request)
    known = {name: getattr(saved, name) for name in service.kept} if saved else {}
    form = service.form(request.POST or None, initial=known, team_url=request.tenant.issuance_url)
    if request.method == "POST" and form.is_valid() and was_saved(request, service, form):
        return back_to_connections(request)
    context = {"form": form, "service": service, "saved": saved}
    return render(request, "tenants/service.html", context, status=400 if form.errors else 200)


def was_saved(request: TenantRequest, service: Service, form: TestedForm) -> bool:
    """If it was not, the form says why, at the field concerned."""
    try:
        saved, trial = service.save(request, dict(form.cleaned_data), form.is_anyway)
    except checking.NotSaved as error:
        explain(form, error, None)
        return False
    say = messages.success if trial.state == "working" else messages.warning
    say(request, f"Sign-in “{saved}” saved. {trial.words}")
    return True


@for_member(can=Permission.MANAGE_CONNECTIONS)
@require_POST
def service_test(request: TenantRequest, kind: str) -> HttpResponse:
    service = service_or_404(kind)
    if (saved := service.find(request)) is None:
        raise Http404
    trial = service.test(saved, request.user)
    say = messages.success if trial.state == "working" else messages.error
    say(request, f"“{saved}”: {trial.words}")
    return back_to_connections(request)


@for_member(can=Permission.MANAGE_CONNECTIONS, confirms=True)
@GET_OR_POST
def service_remove(request: TenantRequest, kind: str) -> HttpResponse:
    service = service_or_404(kind)
    if (saved := service.find(request)) is None:
        raise Http404
    if request.method != "POST":
        return render(request, "tenants/service_remove.html", {"service": service, "saved": saved})
    service.remove(saved, request.user)
    messages.success(
        request, f"Sign-in “{saved}” removed. The account still works: deactivate it there if you no longer need it."
    )
    return back_to_connections(request)
