"""`make house`: the shape of the code, before and after, in one table. `BEFORE=<commit>` names what it is compared with."""

import argparse
import ast
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).resolve().parent.parent
REQUEST_TYPES = ("ListRequest", "Asking")
"""What a request of a list was called, and is."""
ROOMS = ("schema", "query", "keep", "fetch", "show")


def python_files(tree: Path) -> list[Path]:
    """Of the product: neither its tests nor the sandbox, nor what Django wrote."""
    found = [*tree.glob("apps/**/*.py"), *tree.glob("dashboard/*.py")]
    return [file for file in found if not {"migrations", "sandbox"} & {*file.parts} and file.read_text().strip()]


def lines_of(files: list[Path]) -> list[int]:
    return sorted(len(file.read_text().splitlines()) for file in files)


def functions(files: list[Path]) -> Iterator[ast.FunctionDef]:
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield node


def lengths(files: list[Path]) -> list[int]:
    """Lines of each function, its signature included."""
    return [(each.end_lineno or each.lineno) - each.lineno + 1 for each in functions(files)]


def template_lines(tree: Path, longer_than: int) -> int:
    return sum(
        len(line) > longer_than for file in tree.glob("templates/**/*.html") for line in file.read_text().splitlines()
    )


def names_of_the_request(files: list[Path]) -> set[str]:
    """How parameters are called that hold it."""
    return {
        argument.arg
        for each in functions(files)
        for argument in (*each.args.args, *each.args.kwonlyargs)
        if argument.annotation and ast.unparse(argument.annotation).strip("'\"") in REQUEST_TYPES
    }


def rooms(tree: Path) -> tuple[int, set[tuple[str, str]]]:
    """How many rooms the engine has, and the arrows between them: a package is one, and so is a module that stands alone."""
    engine = tree / "apps/listing"
    found, arrows = set(), set()
    for file in engine.glob("**/*.py"):
        parts = file.relative_to(engine).with_suffix("").parts
        if "migrations" in parts or parts[0] in ("__init__", "models"):
            continue
        room = parts[0]
        found.add(room)
        arrows |= {(room, other) for other in imported(file, engine, parts) if other != room}
    return len(found), {(room, other) for room, other in arrows if other in found}


def imported(file: Path, engine: Path, parts: tuple[str, ...]) -> Iterator[str]:
    """The rooms of the engine that a module imports, whichever way it is written."""
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        module = node.module or ""
        if node.level:
            inside = (
                [*parts[: len(parts) - node.level], *module.split(".")]
                if module
                else [*parts[: len(parts) - node.level]]
            )
        elif module == "apps.listing" or module.startswith("apps.listing."):
            inside = module.split(".")[2:]
        else:
            continue
        inside = [part for part in inside if part]
        yield from [inside[0]] if inside else [alias.name for alias in node.names]


def upward(tree: Path) -> int:
    """Arrows for which there is one the other way round."""
    _, arrows = rooms(tree)
    return sum((other, room) in arrows for room, other in arrows) // 2


def coverage(tree: Path) -> str:
    """Of lines and branches, as `make unit` last measured them in this tree."""
    if not (tree / ".coverage").exists():
        return "not measured"
    command = [sys.executable, "-m", "coverage", "report", "--format=total"]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)
    return f"{done.stdout.strip()} %"


FIGURES: dict[str, Callable[[Path], object]] = {
    "modules": lambda tree: len(python_files(tree)),
    "lines of a module, median": lambda tree: round(median(lines_of(python_files(tree)))),
    "lines of a module, longest": lambda tree: lines_of(python_files(tree))[-1],
    "lines of a function, p50": lambda tree: round(median(lengths(python_files(tree)))),
    "lines of a function, p95": lambda tree: round(quantiles(lengths(python_files(tree)), n=20)[-1]),
    "lines of a function, longest": lambda tree: max(lengths(python_files(tree))),
    "template lines over 120": lambda tree: template_lines(tree, 120),
    "template lines over 200": lambda tree: template_lines(tree, 200),
    "rooms of the engine": lambda tree: rooms(tree)[0],
    "arrows between them": lambda tree: len(rooms(tree)[1]),
    "arrows both ways": upward,
    "coverage": coverage,
    "names of a list's request": lambda tree: ", ".join(sorted(names_of_the_request(python_files(tree)))),
}


def at(commit: str, folder: Path) -> Path:
    """The tree of a commit, unpacked."""
    packed = subprocess.run(["git", "archive", commit], cwd=ROOT, capture_output=True, check=True).stdout
    subprocess.run(["tar", "-x", "-C", str(folder)], input=packed, check=True)
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", default="", help="a commit; without it there is one column")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        trees = [at(options.before, Path(name)), ROOT] if options.before else [ROOT]
        heads = [options.before[:9], "now"] if options.before else ["now"]
        print(f"{'':32}" + "".join(f"{head:>20}" for head in heads))
        for figure, measure in FIGURES.items():
            print(f"{figure:32}" + "".join(f"{measure(tree)!s:>20}" for tree in trees))


if __name__ == "__main__":
    main()
