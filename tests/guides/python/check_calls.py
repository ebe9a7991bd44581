"""
Checks the calls that code makes of the package `dunetrace` against the stand-in beside this file: each name that is
imported, each attribute, and whether the arguments of each call fit. Prints how many calls it has checked.
"""
import ast
import importlib
import inspect
import sys

from dunetrace import Dunetrace, Run

# What guides call a client and a run.
CONVENTION = {"dt": Dunetrace, "run": Run}
checked = 0


def bind(function, call, name):
    global checked
    names = {keyword.arg: None for keyword in call.keywords}
    try:
        inspect.signature(function).bind(*call.args, **names)
    except TypeError as error:
        raise SystemExit(f"line {call.lineno}: {name}: {error}")
    checked += 1


def imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "dunetrace":
            module = importlib.import_module(node.module)
            for alias in node.names:
                yield alias.asname or alias.name, getattr(module, alias.name)


def classes(tree, known):
    """Names that stand for an instance: by convention, or assigned from a call of a known class."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} | {
        node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    # Code without a client has a `run` of its own.
    found = dict(CONVENTION) if "dt" in names else {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Name):
            made = known.get(node.value.func.id)
            if inspect.isclass(made) and isinstance(node.targets[0], ast.Name):
                found[node.targets[0].id] = made
    return found


def check(tree):
    known = dict(imported(tree))
    instances = classes(tree, known)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            owner = instances.get(node.value.id) or known.get(node.value.id)
            if owner is not None and not hasattr(owner, node.attr):
                raise SystemExit(f"line {node.lineno}: there is no {node.value.id}.{node.attr}")
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        if isinstance(node.func, ast.Name) and node.func.id in known:
            bind(known[node.func.id], node, node.func.id)
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
            owner, name = node.func.value.id, node.func.attr
            if owner in instances:
                bind(getattr(instances[owner](*fill(instances[owner])), name), node, f"{owner}.{name}")
            elif owner in known:
                bind(getattr(known[owner], name), node, f"{owner}.{name}")


def fill(made):
    """Arguments for those that a class demands."""
    parameters = inspect.signature(made).parameters.values()
    return [None for one in parameters if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]


for file in sys.argv[1:]:
    with open(file, encoding="utf-8") as source:
        check(ast.parse(source.read(), file))
print(checked)
