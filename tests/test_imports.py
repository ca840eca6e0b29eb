"""What may import what, and what scoring a text does without."""

import ast
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import forewarn

PACKAGE = Path(forewarn.__file__).parent

# From the ground up; a module imports from rows above its own in this list, and from its own
# folder. `__init__` is the package's face.
LAYERS = (
    ("_version", "errors", "taxonomy"),
    ("labels", "text", "tokens", "jsonl", "pages", "modelfile", "metrics", "counterfactuals"),
    ("features", "windows", "inputs", "corpus", "audit", "tables", "variants"),
    ("batches", "locate", "phrases", "priors"),
    ("furniture", "parameters"),
    ("reading",),
    ("logits",),
    ("lexicon", "shares"),
    ("classifier",),
    ("predict", "fitting", "checklist", "robustness", "formats"),
    ("train", "figures", "__init__"),
    ("evaluate", "report", "plots"),
    ("examine",),
    ("release", "terminal", "bulk"),
    ("service",),
    ("cli",),
    ("__main__",),
)
LAYER_OF = {name: number for number, names in enumerate(LAYERS) for name in names}

# Where heavy and optional packages live.
ROOMS = {
    "sklearn": {"fitting", "train"},
    "scipy": {"fitting", "lexicon", "train"},
    "typer": {"bulk", "cli", "service"},
    "rich": {"bulk", "cli", "terminal"},
    "trafilatura": {"pages"},
    "pooch": {"corpus"},
    "matplotlib": {"plots"},
    "fastapi": {"service"},
    "pydantic": {"service"},
    "uvicorn": {"service"},
    "prometheus_client": {"service"},
    "pyarrow": {"bulk", "inputs"},
    "fastwarc": {"inputs"},
    "distributed": {"bulk"},
    "pandas": set[str](),
}

MODULES = sorted(PACKAGE.rglob("*.py"))


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(path: Path) -> set[str]:
    """Return the full names of what a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def rooms_imported(path: Path) -> set[str]:
    """Return the rooms of this package that a module imports from."""
    parts = [name.split(".") for name in imported(path)]
    inner = [name[1] for name in parts if name[0] == "forewarn" and len(name) > 1]
    return {name if name in LAYER_OF else "__init__" for name in inner}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_import_downwards_only(path: Path) -> None:
    room = room_of(path)
    assert room in LAYER_OF, f"{room} has no place in LAYERS"
    upwards = {name for name in rooms_imported(path) if LAYER_OF[name] >= LAYER_OF[room]}
    assert upwards <= {room}


@pytest.mark.parametrize("package", ROOMS)
def test_heavy_packages_stay_in_their_rooms(package: str) -> None:
    users = {
        room_of(path)
        for path in MODULES
        if any(name.split(".")[0] == package for name in imported(path))
    }
    assert users <= ROOMS[package]


def test_the_face_shows_what_it_names_and_nothing_else() -> None:
    shown = {
        name
        for name, value in vars(forewarn).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert shown | {"__version__"} == set(forewarn.__all__)


@pytest.mark.parametrize(
    "call",
    [
        "forewarn.score('Rain fell.')",
        "forewarn.score(['Rain fell.', ''])",
        "forewarn.label('Rain fell. Blood ran.').to_dict()",
        "forewarn.load(operating_point='strict').predict_types(['Rain fell.'])",
        "forewarn.load().explain('Rain fell.')",
    ],
)
def test_scoring_imports_numpy_and_nothing_else_that_is_heavy(call: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", f"import sys, forewarn; {call}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.split(".")[0] for name in run.stdout.split()}
    assert {"forewarn", "numpy"} <= loaded
    assert not loaded & {"joblib", *ROOMS}
