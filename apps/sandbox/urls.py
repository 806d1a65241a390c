from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import control, tokeny
from .people import InvestorView, UserView, refresh, sign_in
from .views import InvestmentView, OfferingView, SummaryView

router = SimpleRouter()
router.register("investments", InvestmentView)
router.register("offerings", OfferingView)
router.register("investors", InvestorView)
router.register("users", UserView)

urlpatterns = [
    path("api/investments/summary/", SummaryView.as_view()),
    path("api/", include(router.urls)),
    path("identitytoolkit.googleapis.com/v1/accounts:signInWithPassword", sign_in),
    path("securetoken.googleapis.com/v1/token", refresh),
    path("auth/local", tokeny.auth_local),
    path("disclaimers", tokeny.disclaimers),
    path("disclaimers/<int:number>", tokeny.disclaimers),
    path("_sandbox/disclaimers/", tokeny.by_others),
    path("_sandbox/keys/", control.keys),
    path("_sandbox/ledger/", control.ledger),
    path("_sandbox/faults/", control.faults),
    path("_sandbox/state/", control.state),
]
