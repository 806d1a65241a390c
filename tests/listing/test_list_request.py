"""One value goes through the engine: no step takes apart what a ListRequest carries."""

import ast
from pathlib import Path

CARRIED = {"TenantRequest", "Listing", "Query", "ListRequest", "Source", "list[Source]"}
WAYS_IN = ("views.py", "reading.py", "query/list_request.py")
"""What is called with an HTTP request and a listing, before there is a ListRequest."""


def test_no_step_takes_two_of_what_a_request_carries(project: Path) -> None:
    engine, found = project / "apps/listing", []
    for file in engine.glob("**/*.py"):
        name = str(file.relative_to(engine))
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.FunctionDef):
                continue
            arguments = [*node.args.args, *node.args.kwonlyargs]
            types = [ast.unparse(each.annotation).strip("'") for each in arguments if each.annotation]
            taken = [each for each in types if each in CARRIED]
            if (
                len(taken) > 1
                and not (name in WAYS_IN and taken == ["TenantRequest", "Listing"])
                and name != "fetch/walk.py"
            ):
                found.append(f"{name}: {node.name} takes {', '.join(taken)}")
    assert found == []
