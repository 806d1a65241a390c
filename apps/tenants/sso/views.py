"""Signing in by a team's provider: to there by a link, and back with a code."""

import base64
import hashlib
import secrets
import time
from typing import Any

import structlog
from allauth.account.adapter import get_adapter
from allauth.account.utils import get_next_redirect_url
from allauth.core.internal.ratelimit import get_ip
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from apps.audit.actions import Action
from apps.audit.record import record
from apps.staff import sessions
from apps.staff.limits import is_within
from apps.staff.models import StaffMember
from apps.tenants.connections import KeyLost
from apps.tenants.models import ProvenDomain, SingleSignOn
from apps.upstream import errors, oidc
from apps.upstream.deadlines import Deadline

from . import setup, vouching

log = structlog.get_logger("staff")
BEGUN = "sso"
"""In Django's session: sign-ins that are under way, by state."""
MOST, LIVES = 5, 600
"""So many in one browser at once, for so many seconds."""
JUST = 120
"""Seconds within which a provider must have asked again who one is."""
A_MINUTE = 60
"""Sign-ins that may begin from one address: each asks the team's provider."""
NO_TEAM = "No team here uses single sign-on for that email. Check it, or sign in another way."
OVER = "This sign-in was finished already, took too long, or began in another browser. Start again."
UNANSWERED = "Your provider didn’t sign you in. Try again, or ask whoever manages it."


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """By an email, whose domain names the team; on to the provider by a link, since `form-action 'self'` holds for where a form's
    answer leads, too."""
    email = request.GET.get("email", "").strip().lower()[:254].replace("\0", "")
    if not email:
        return render(request, "sso/find.html", {})
    domain = ProvenDomain.objects.select_related("tenant").filter(domain=email.rpartition("@")[2]).first()
    sso = SingleSignOn.objects.select_related("tenant").filter(tenant=domain.tenant).first() if domain else None
    if sso is None:
        return render(request, "sso/find.html", {"email": email, "says": NO_TEAM}, status=404)
    return render(request, "sso/find.html", {"email": email, "sso": sso})


def of_team(slug: str) -> SingleSignOn | None:
    return SingleSignOn.objects.select_related("tenant").filter(tenant__slug=slug).first()


@require_safe
def start(request: HttpRequest, slug: str) -> HttpResponse:
    """To the provider; with `confirm`, to be asked again there who one is."""
    sso = of_team(slug)
    if sso is None:
        return render(request, "sso/find.html", {"says": NO_TEAM}, status=404)
    if not is_within(f"sso:{get_ip(request)}", A_MINUTE):
        return render(request, "429.html", status=429)
    is_theirs = request.user.is_authenticated and sessions.only_team(request) == sso.tenant_id
    is_confirming = "confirm" in request.GET and is_theirs
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    try:
        endpoints = oidc.discover(setup.provider(sso), Deadline.within(setup.SECONDS))
    except (errors.UpstreamError, oidc.NotTrusted, KeyLost) as error:
        return refused(request, sso, error)
    begun = {"team": slug, "nonce": nonce, "verifier": verifier, "at": time.time(), "confirms": is_confirming}
    begun["next"] = get_next_redirect_url(request) or ""
    request.session[BEGUN] = {**dict([*request.session.get(BEGUN, {}).items()][1 - MOST :]), state: begun}
    asked = {
        "response_type": "code", "client_id": sso.client_id, "redirect_uri": setup.redirect_uri(),
        "scope": "openid email profile", "state": state, "nonce": nonce, "code_challenge_method": "S256",
        "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
    }  # fmt: skip
    if is_confirming:
        asked |= {"max_age": "0", "prompt": "login"}
    return HttpResponseRedirect(oidc.authorize_url(endpoints, asked))


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """Back from the provider. Each state is good once, in the browser in which it began."""
    every = dict(request.session.get(BEGUN, {}))
    begun = every.pop(request.GET.get("state", ""), None)
    if begun:
        request.session[BEGUN] = every
    sso = of_team(begun["team"]) if begun else None
    if begun is None or sso is None or time.time() - begun["at"] > LIVES:
        return render(request, "sso/refused.html", {"says": OVER}, status=400)
    try:
        claims = proved(sso, request.GET.get("code", ""), begun)
        person = vouching.person_for(sso, claims)
        if begun["confirms"]:
            return confirm(request, sso, person, claims)
    except (errors.UpstreamError, oidc.NotTrusted, KeyLost) as error:
        return refused(request, sso, error)
    return let_in(request, sso, person, claims, begun["next"])


def proved(sso: SingleSignOn, code: str, begun: dict[str, Any]) -> dict[str, Any]:
    """What the provider says of who has just signed in there. Raises NotTrusted, what the transport raises, or KeyLost."""
    if not code or len(code) > 4000:
        raise oidc.NotTrusted("no code", UNANSWERED)
    asked, deadline = setup.provider(sso), Deadline.within(setup.SECONDS)
    endpoints = oidc.discover(asked, deadline)
    token = oidc.exchange(asked, endpoints, code, begun["verifier"], setup.redirect_uri(), deadline)
    known = oidc.keys(asked, endpoints, deadline)
    return oidc.claims_of(token, known, asked, begun["nonce"], time.time())


def let_in(
    request: HttpRequest, sso: SingleSignOn, person: StaffMember, claims: dict[str, Any], to: str
) -> HttpResponse:
    """The session opens this team alone. A second step of one's own is asked for by the first page that needs it."""
    adapter = get_adapter(request)
    if request.user.is_authenticated:
        adapter.logout(request)
    request.vouched = (sso.tenant_id, "sso" if vouching.is_second_step(sso, claims) else "")  # type: ignore[attr-defined]
    adapter.login(request, person)
    return redirect(to or sso.tenant.get_absolute_url())


def confirm(request: HttpRequest, sso: SingleSignOn, person: StaffMember, claims: dict[str, Any]) -> HttpResponse:
    """The provider has just asked again, and it is the one who is signed in. Raises NotTrusted."""
    asked_at = claims.get("auth_time")
    if request.user != person or sessions.only_team(request) != sso.tenant_id:
        raise oidc.NotTrusted("another person", "Your provider confirmed someone else, not the person signed in here.")
    if not isinstance(asked_at, int | float) or not abs(time.time() - asked_at) < JUST:
        raise oidc.NotTrusted("auth_time", "Your provider didn’t ask you again (the claim “auth_time”).")
    sessions.confirmed(request, "sso" if vouching.is_second_step(sso, claims) else "")
    record(Action.CONFIRMED, actor=person, tenant=sso.tenant_id, by="sso")
    return render(request, "sso/confirmed.html", {"team": sso.tenant})


def refused(request: HttpRequest, sso: SingleSignOn, error: Exception) -> HttpResponse:
    reason, words = type(error).__name__, str(error)
    if isinstance(error, oidc.NotTrusted):
        reason = error.reason
    elif isinstance(error, errors.UpstreamError):
        words = f"{error.what} {error.means}"
    record(Action.SSO_REFUSED, about=sso, actor=None, reason=reason)
    log.warning("single sign-on refused", team=sso.tenant.slug, reason=reason)
    return render(request, "sso/refused.html", {"says": words, "team": sso.tenant}, status=403)
