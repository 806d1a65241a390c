import pytest

from tests.disclaimers.conftest import at_tokeny as at_tokeny
from tests.disclaimers.conftest import cora as cora
from tests.disclaimers.conftest import max_ as max_
from tests.overview.conftest import rows as rows


@pytest.fixture(autouse=True)
def _both(both_worlds: None) -> None:
    """These meet what PostgreSQL does otherwise."""
