from django.urls import include, path
from rest_framework.routers import SimpleRouter

from . import control
from .views import InvestmentView, OfferingView, SummaryView

router = SimpleRouter()
router.register("investments", InvestmentView)
router.register("offerings", OfferingView)

urlpatterns = [
    path("api/investments/summary/", SummaryView.as_view()),
    path("api/", include(router.urls)),
    path("_sandbox/keys/", control.keys),
    path("_sandbox/ledger/", control.ledger),
    path("_sandbox/faults/", control.faults),
    path("_sandbox/state/", control.state),
]
