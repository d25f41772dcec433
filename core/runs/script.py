"""A run as one file: the lesson's own source, its knobs and its data.

The file needs torch at most, and nothing of this project. It is cut out of
the files that store.sources names: every definition that train needs, in
order, word for word but for names like pace.recorded: pace_recorded.
"""

import ast
import textwrap
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from core import knobs
from core.runs import store

LOAD = '''
def {kind}_load(*_):
    """The data of this run; they stand at the end of this file."""
    return {kind}_parse(DATA)
'''

FRAME = '''"""{title}: a run of the Zero to Hero Playground.

    python {file}

prints its records, a line of JSON each, as the app has stored them. The data
stand at the end. Needs {needs}; nothing else of the app.
"""

{imports}


{body}


DATA = {data}


if __name__ == "__main__":
{threads}    for record in train(Config({knobs})):
        print(json.dumps(asdict(record), separators=(",", ":")))
'''


PRINTING = ("import json", "from dataclasses import asdict")


@dataclass
class Module:
    """One file of core: its definitions and what its imports stand for."""

    name: str
    lines: list[str]
    defined: dict[str, ast.stmt] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)  # pace: core.pace
    taken: dict[str, tuple] = field(default_factory=dict)  # knob: module, name
    outside: dict[str, str] = field(default_factory=dict)  # torch: its import


def read(path: Path) -> Module:
    text = path.read_text("utf-8")
    stem = path.relative_to(store.ROOT).with_suffix("")
    module = Module(".".join(stem.parts), text.split("\n"))
    for node in ast.parse(text).body:
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                module.defined[name] = node
            case ast.Assign(targets=[ast.Name(id=name)]):
                module.defined[name] = node
            case ast.Import() | ast.ImportFrom():
                read_import(module, node)
    return module


def read_import(module: Module, node):
    ours = isinstance(node, ast.ImportFrom) and f"{node.module}.".startswith(
        "core."
    )
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if not ours:
            module.outside[name] = ast.unparse(
                type(node)(**{**vars(node), "names": [alias]})
            )
        elif store.module_file(f"{node.module}.{alias.name}"):
            module.modules[name] = f"{node.module}.{alias.name}"
        else:
            module.taken[name] = (node.module, alias.name)


class Cutter:
    """Follows train through the modules and cuts out what it needs."""

    def __init__(self, lesson: str, kind: str):
        read_all = map(read, store.sources(lesson))
        self.modules = {module.name: module for module in read_all}
        self.lesson = f"core.{lesson}"
        self.order, self.spelled, self.imports = [], {}, set(PRINTING)
        self.edits = {}  # (module, definition): [(line, start, end, new)]
        self.load = (f"core.data.{kind}", "load")
        self.parse = (f"core.data.{kind}", "parse")
        self.need(self.lesson, "Config")
        self.need(self.lesson, "train")
        ranked = []
        self.rank(self.lesson, ranked)
        self.order.sort(key=lambda key: (ranked.index(key[0]), self.line(key)))

    def rank(self, name: str, ranked: list):
        """The modules, each after those that it imports."""
        module = self.modules[name]
        taken = [owner for owner, _ in module.taken.values()]
        for other in [*module.modules.values(), *taken]:
            if other in self.modules and other not in ranked:
                self.rank(other, ranked)
        ranked.append(name)

    def line(self, key) -> int:
        module, name = key
        return self.modules[module].defined[name].lineno

    def need(self, module: str, name: str, prefixed: bool = False):
        """Cut out a definition once, after all that it needs itself."""
        key = (module, name)
        if prefixed:
            self.spelled[key] = f"{module.rpartition('.')[2]}_{name}"
        if key in self.edits:
            return
        self.edits[key] = []
        if key == self.load:  # the data are in the file
            self.need(*self.parse, prefixed=True)
        else:
            self.follow(key, self.modules[module].defined[name])
        self.order.append(key)

    def follow(self, key, node):
        module = self.modules[key[0]]
        local = {n.arg for n in ast.walk(node) if isinstance(n, ast.arg)}
        local |= {n.id for n in ast.walk(node) if is_store(n)}
        local -= {key[1]}
        for part in ast.walk(node):
            match part:
                case ast.Attribute(value=ast.Name(id=owner), attr=name) if (
                    owner in module.modules and owner not in local
                ):
                    target = (module.modules[owner], name)
                    self.need(*target, prefixed=True)
                    self.edits[key].append((part, target))
                case ast.Name(id=name) if name not in local:
                    self.follow_name(key, module, part)

    def follow_name(self, key, module, part):
        if part.id in module.outside:
            self.imports.add(module.outside[part.id])
            return
        target = module.taken.get(part.id, (module.name, part.id))
        if target[1] in self.modules[target[0]].defined and target != key:
            self.need(*target)
            self.edits[key].append((part, target))

    def text(self, key) -> str:
        """The source of one definition, with other modules' names joined."""
        if key == self.load:
            return LOAD.format(kind=key[0].rpartition(".")[2])
        module, name = key
        node = self.modules[module].defined[name]
        first = min([node, *getattr(node, "decorator_list", [])], key=line_of)
        lines = self.modules[module].lines[: node.end_lineno]
        edits = [(part, self.spelled.get(to)) for part, to in self.edits[key]]
        for part, new in sorted(edits, key=place_of, reverse=True):
            if new:
                old = lines[part.lineno - 1].encode()
                start, end = part.col_offset, part.end_col_offset
                new = old[:start] + new.encode() + old[end:]
                lines[part.lineno - 1] = new.decode()
        if key in self.spelled:
            head = lines[node.lineno - 1]
            lines[node.lineno - 1] = head.replace(name, self.spelled[key], 1)
        return "\n".join(lines[first.lineno - 1 :])


def is_store(node) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


def line_of(node) -> int:
    return node.lineno


def place_of(edit) -> tuple:
    return edit[0].lineno, edit[0].col_offset


def assemble(run: store.Run) -> str:
    """The whole file for this run, its data included."""
    cutter = Cutter(run.lesson, run.data.kind)
    parts = [cutter.text(key).strip("\n") for key in cutter.order]
    torch = "import torch" in cutter.imports
    values = knobs.values(run.config).items()
    return FRAME.format(
        title=run.lesson,
        file=f"{run.lesson}_run.py",
        needs=f"torch {metadata.version('torch')}".partition("+")[0]
        if torch
        else "Python alone",
        threads="    torch.set_num_threads(1)\n" if torch else "",
        imports="\n".join(sorted(cutter.imports)),
        body="\n\n\n".join(parts),
        data=literal(run.data),
        knobs=", ".join(f"{name}={value!r}" for name, value in values),
    )


def literal(data) -> str:
    """The data as Python: words that may be wrapped, or a text that holds
    every character as it is."""
    if data.kind != "text":
        words = textwrap.fill(data.text, 79, break_on_hyphens=False)
        return f'"""\n{words}\n"""'
    lines = data.text.splitlines(keepends=True)
    return "(\n" + "".join(f"    {line!r}\n" for line in lines) + ")"
