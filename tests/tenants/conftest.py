from tests.disclaimers.conftest import at_tokeny  # noqa: F401 - a fixture
