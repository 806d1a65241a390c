"""What a cache of the dashboard holds, in this process's memory or in Redis."""

from typing import Any

from django.core.cache import caches

from dashboard.shared_cache import SharedCache


def contents(alias: str) -> dict[str, Any]:
    """Value by key, both as the cache knows them."""
    cache = caches[alias]
    held: Any = cache._cache  # type: ignore[attr-defined]
    if isinstance(cache, SharedCache):
        names = [name.decode() for name in held.get_client().scan_iter(f"{cache.key_prefix}:*")]
    else:
        names = [*held]
    return {name: cache.get(name.split(":", 2)[2]) for name in names}
