"""Character classes as JavaScript and the old markdown-it define them; Python's differ at the edges."""

import re
from functools import lru_cache
from unicodedata import category

SPACES = "\t\n\v\f\r \xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
r"""What `trim` takes off and `\s` matches: the byte order mark is among them."""
SPACE = f"[{SPACES}]"
"""To stand in a regular expression."""
WHITE = frozenset(SPACES) - {"\u2028", "\u2029", "\ufeff"}
ASCII_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
ESCAPED = re.compile(r"\\([!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~])")


@lru_cache(maxsize=4096)
def is_punctuation(sign: str) -> bool:
    """The old engine excludes currency and math symbols, and all beyond U+FFFF, where JavaScript sees half a
    character."""
    return sign in ASCII_PUNCTUATION or (sign <= "\uffff" and category(sign)[0] == "P")


@lru_cache(maxsize=4096)
def ends_word(sign: str) -> bool:
    """Separator, punctuation or control character."""
    return sign <= "\uffff" and (category(sign)[0] in "ZP" or category(sign) == "Cc")


def flanks(before: str, after: str) -> tuple[bool, bool]:
    """Whether a run of delimiters between these two characters may open, and whether it may close."""
    white_before, white_after = before in WHITE, after in WHITE
    sign_before, sign_after = is_punctuation(before), is_punctuation(after)
    opens = not white_after and (not sign_after or white_before or sign_before)
    closes = not white_before and (not sign_before or white_after or sign_after)
    return opens, closes
