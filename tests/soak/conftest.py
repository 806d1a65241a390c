from tests.disclaimers.conftest import at_tokeny, cora  # noqa: F401 - fixtures
