"""`:smile:` and `:)`: the whole table of markdown-it-emoji 2.0.0 (MIT), kept beside this file, one `name sign` a line."""

import re
from pathlib import Path

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from .characters import ends_word

SIGNS = dict(line.split(" ", 1) for line in (Path(__file__).parent / "emoji.txt").read_text("utf-8").splitlines())
SHORTCUTS = {
    "angry": ">:( >:-(", "blush": ':") :-")', "broken_heart": r"</3 <\3", "confused": ":/ :-/", "cry": ":'( :'-( :,( :,-(",
    "frowning": ":( :-(", "heart": "<3", "imp": "]:( ]:-(", "innocent": "o:) O:) o:-) O:-) 0:) 0:-)",
    "joy": ":') :'-) :,) :,-) :'D :'-D :,D :,-D", "kissing": ":* :-*", "laughing": "x-) X-)", "neutral_face": ":| :-|",
    "open_mouth": ":o :-o :O :-O", "rage": ":@ :-@", "smile": ":D :-D", "smiley": ":) :-)", "smiling_imp": "]:) ]:-)",
    "sob": ":,'( :,'-( ;( ;-(", "stuck_out_tongue": ":P :-P", "sunglasses": "8-) B-)", "sweat": ",:( ,:-(",
    "sweat_smile": ",:) ,:-)", "unamused": ":s :-S :z :-Z :$ :-$", "wink": ";) ;-)",
}  # fmt: skip
NAMED = {word: name for name, words in SHORTCUTS.items() for word in words.split(" ")}
SHORTCUT = re.compile("|".join(re.escape(word) for word in sorted(NAMED, reverse=True)))
EITHER = re.compile(rf":([\w+\-]+):|{SHORTCUT.pattern}", re.ASCII)


def emoji(state: StateCore) -> None:
    """In every text that is not a bare link."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            depth, made = 0, []
            for token in block.children:
                if token.info == "auto" and token.type in ("link_open", "link_close"):
                    depth += token.nesting
                made += with_emoji(token) if token.type == "text" and not depth else [token]
            block.children = made


def with_emoji(token: Token) -> list[Token]:
    text, made, last, at = token.content, [], 0, 0
    while found := EITHER.search(text, at):
        start, name = found.start(), found[1]
        if name and name not in SIGNS:
            name, found = None, SHORTCUT.match(text, start)
            if not found:
                at = start + 1
                continue
        at = found.end()
        if not name:
            if (start and not ends_word(text[start - 1])) or (at < len(text) and not ends_word(text[at])):
                continue
            name = NAMED[found[0]]
        if start > last:
            made.append(Token("text", "", 0, content=text[last:start]))
        made.append(Token("text", "", 0, content=SIGNS[name]))
        last = at
    return [*made, Token("text", "", 0, content=text[last:])] if made else [token]
