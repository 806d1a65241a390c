from tests.disclaimers.conftest import at_tokeny  # noqa: F401 - a fixture
from tests.tenants.signing_on import provider, running_provider, sso  # noqa: F401 - fixtures
