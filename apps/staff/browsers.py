"""What a browser calls itself, in our words: nothing of what it sent is kept."""

FAMILIES = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
"""The first that is named: a browser names those before it too."""
UNKNOWN = "Unknown browser"


def browser(agent: str) -> str:
    """ "Firefox on Windows", from a User-Agent."""
    family = next((words for sign, words in FAMILIES if f"{sign}/" in agent), "")
    system = next((words for sign, words in SYSTEMS if sign in agent), "")
    return " on ".join(filter(None, (family, system))) if family else UNKNOWN
