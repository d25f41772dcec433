"""Nothing that a visitor sends is ever run, unpickled, rendered as HTML or
used as a path."""

import ast
import json
import re

import pytest

from core import COURSE, bigram
from core.data import names, points, text
from core.runs import store, worker

FILES = [
    store.ROOT / "streamlit_app.py",
    *sorted((store.ROOT / "core").rglob("*.py")),
    *sorted((store.ROOT / "pages").rglob("*.py")),
]
CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "globals"}
MODULES = {"pickle", "marshal", "shelve", "dill", "joblib", "yaml", "code"}
MODULES |= {"codeop", "pty", "runpy", "ctypes", "cloudpickle"}
SYSTEM = {"system", "popen", "execv", "execl", "execvp", "spawnv", "spawnl"}
HTML = {"unsafe_allow_html", "unsafe_allow_javascript", "allow_pickle"}
# where a module is imported by name, and where a process is started
IMPORTING = {"core/__main__.py", "core/runs/store.py", "core/runs/worker.py"}
STARTING = {"core/runs/launcher.py"}


def each_node(kind):
    """Every node of this kind in the app's own source, with its file."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, kind):
                yield str(file.relative_to(store.ROOT)), node


def place(file, node) -> str:
    return f"{file}:{node.lineno}: {ast.unparse(node)[:60]}"


def dotted(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_the_whole_app_is_searched():
    found = {str(file.relative_to(store.ROOT)) for file in FILES}
    assert {"streamlit_app.py", *IMPORTING, *STARTING} <= found
    assert {f"pages/lessons/{stem}.py" for stem in COURSE} <= found


def test_no_text_is_run_as_python():
    for file, call in each_node(ast.Call):
        assert dotted(call) not in CALLS, place(file, call)
        last = dotted(call).rpartition(".")[2]
        assert last not in {"read_pickle", "exec_module"}, place(file, call)
        if dotted(call).startswith(("pd.", "frame.", "pandas.")):
            assert last not in {"eval", "query"}, place(file, call)


def test_no_module_that_runs_what_it_reads_is_imported():
    for file, node in each_node((ast.Import, ast.ImportFrom)):
        named = [alias.name for alias in node.names]
        named += [node.module] if isinstance(node, ast.ImportFrom) else []
        roots = {name.partition(".")[0] for name in named if name}
        assert not roots & MODULES, place(file, node)
        if "subprocess" in roots:
            assert file in STARTING, place(file, node)


def test_a_process_is_started_without_a_shell_and_by_constant_words():
    for file, call in each_node(ast.Call):
        owner, _, last = dotted(call).rpartition(".")
        assert not (owner == "os" and last in SYSTEM), place(file, call)
        assert not any(k.arg == "shell" for k in call.keywords)
        if owner == "subprocess":
            assert file in STARTING, place(file, call)
            words = [ast.unparse(word) for word in call.args[0].elts]
            assert words == ["sys.executable", "'-m'", "'core.runs.worker'"]


def test_tensors_are_loaded_as_tensors_only():
    loads = [
        (file, call)
        for file, call in each_node(ast.Call)
        if dotted(call) in ("torch.load", "torch.jit.load", "numpy.load")
    ]
    assert loads
    for file, call in loads:
        safe = {k.arg: ast.unparse(k.value) for k in call.keywords}
        assert safe.get("weights_only") == "True", place(file, call)


def test_no_page_renders_html():
    for file, call in each_node(ast.Call):
        assert not {k.arg for k in call.keywords} & HTML, place(file, call)
        said = dotted(call)
        wrong = said in ("st.html", "st.iframe") or "components" in said
        assert not wrong, place(file, call)


def test_modules_are_imported_by_name_in_three_known_places_only():
    for file, call in each_node(ast.Call):
        if dotted(call).endswith("import_module"):
            assert file in IMPORTING, place(file, call)
            first = ast.unparse(call.args[0])
            assert first[:7] in ("f'core.", 'f"core.'), place(file, call)


def test_no_visitor_says_which_lesson_a_run_is_of():
    """The name is written in the source, or handed on from where it is."""
    handed_on = {"lesson", "run.lesson"}
    for file, call in each_node(ast.Call):
        if dotted(call) not in ("Run", "store.Run"):
            continue
        match call.args[0]:
            case ast.Constant(value=stem):
                assert store.module_file(f"core.{stem}"), place(file, call)
            case other:
                assert ast.unparse(other) in handed_on, place(file, call)


def test_the_name_of_an_upload_is_never_looked_at():
    uploads = []
    for file, node in each_node(ast.Assign):
        if "st.file_uploader" in ast.unparse(node.value):
            uploads.append((file, node.targets[0].id))
    assert len(uploads) == 2
    for file, name in uploads:
        used = {
            node.attr
            for where, node in each_node(ast.Attribute)
            if where == file and ast.unparse(node.value) == name
        }
        assert used == {"getvalue"}


HOSTILE = "../../../etc/passwd\x00/.ssh"
OWN = [
    names.Words("own", ("..", "/etc/passwd", HOSTILE)),
    text.Text("own", HOSTILE * 100),
    points.Points("own", ((0.0, 0.0, 1), (1.0, 1.0, -1))),
]


@pytest.mark.parametrize("data", OWN, ids=["words", "text", "points"])
def test_a_run_lies_in_a_folder_named_by_digits_alone(data):
    run = store.Run("bigram", bigram.Config(), data)
    assert re.fullmatch("[0-9a-f]{24}", run.id)
    assert run.path.parent == store.folder()
    assert run.path.resolve().parent == store.folder().resolve()


def test_a_folder_with_another_name_is_no_run():
    for name in ("..", "x", "A" * 24, "0" * 25):
        path = store.folder() / name
        path.mkdir(parents=True, exist_ok=True)
        (path / "config.json").write_text("{}")
    assert store.runs_on_disk() == []


@pytest.fixture
def trap(tmp_path, monkeypatch):
    """A module that tells when it is run, wherever Python might find it."""
    told = tmp_path / "told"
    for place in (tmp_path, tmp_path / "data", tmp_path / "core"):
        place.mkdir(exist_ok=True)
        (place / "trap.py").write_text(f"open({str(told)!r}, 'w').close()")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return told


NAMES = [
    "trap",
    ".trap",
    "..trap",
    "...trap",
    "/trap",
    "../trap",
    "../../trap",
    "data/../../trap",
    "data.trap",
    "os",
    "runs.worker",
    "__main__",
    "",
    ".",
    "\x00",
    "bigram\n",
    None,
    7,
    ["bigram"],
    {"bigram": 1},
]


@pytest.mark.parametrize("field", ["lesson", "kind"])
@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_run_folder_that_was_tampered_with_runs_nothing(
    trap, tmp_path, field, name
):
    """Even who can write to the store has no module of his own imported."""
    path = tmp_path / "runs" / ("0" * 24)
    path.mkdir(parents=True)
    run = store.Run("bigram", bigram.Config(), names.Words("own", ("ab",)))
    asked = {**run.question, field: name}
    lesson = str(asked["lesson"])
    try:  # as whoever tampers would, so that the check of it is passed
        asked["source"] = store.source_digest(lesson)
    except ValueError:
        asked["source"] = ""
    (path / "config.json").write_text(json.dumps(asked))
    (path / "data.txt").write_text("ab")
    worker.work(path)
    assert not trap.exists()
    assert store.error(path) and not (path / "result.pt").exists()


def test_a_result_that_was_tampered_with_runs_nothing(trap, tmp_path):
    written = f"cbuiltins\nopen\n(V{trap}\nVw\ntR.".encode()
    (tmp_path / "result.pt").write_bytes(written)
    try:
        assert store.result(tmp_path) is None
    except Exception as refusal:
        assert "weights" in str(refusal).lower()
    assert not trap.exists()
