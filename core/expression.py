"""An expression as a learner types it, read without ever running it.

Python's own parser takes the text apart; what is not arithmetic is refused
with a sentence, a line and a character. What remains is a Program of plain
tuples, which Values, tensors and floats can all go through.
"""

import ast
import math
import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from operator import add, methodcaller, mul, pow, sub, truediv

from core.engine import Value, in_order

LONGEST, LARGEST, DEEPEST, LONGEST_NAME = 2000, 200, 50, 20
WINDOW = 40  # characters of a line that are shown with a caret
LONGEST_TEXT = 16  # of a Value without a name
DEFAULT = 1.0  # of a name that no line gives a number
FUNCTIONS = {
    name: methodcaller(name) for name in ("relu", "tanh", "exp", "log")
}
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
SIGNS[ast.Pow] = "**"
OPERATIONS = {"+": add, "-": sub, "*": mul, "/": truediv, "**": pow}
KNOWN = set(string.ascii_letters + string.digits + "_+-*/()=., \t")
HINTS = {
    "^": "Write ** for a power.",
    ";": "Write one assignment a line.",
    ":": "Write = to give a name a number.",
    "%": "Only + - * / and ** are known here.",
    '"': "Text in quotes is not a number.",
    "'": "Text in quotes is not a number.",
    "<": "Numbers cannot be compared here, only computed.",
    ">": "Numbers cannot be compared here, only computed.",
    "[": "Lists are not known here; use round brackets.",
    "{": "Sets are not known here; use round brackets.",
}
TWO = {
    "//": "Only + - * / and ** are known here.",
    "==": "Write a single = to give a name a number.",
}
# a name, or a number: digits and at most one dot, and maybe an exponent
WORD = re.compile(r"[A-Za-z_]\w*|(?P<number>(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)")
PLAIN = "Write numbers in plain digits, like 1000, 1.5 or 1e-3."
NOT_ARITHMETIC = {
    ast.Starred: "A function takes one number in its brackets.",
    ast.Tuple: "One number at a time: there is no place for a comma.",
}
TOO_LARGE = f"The graph would have more than {LARGEST} nodes: shorten it."
EXAMPLES = {
    "The lecture's first": """\
a = 2.0
b = -3.0
c = 10.0
f = -2.0
L = (a*b + c) * f""",
    "A neuron": """\
x1 = 2.0
x2 = 0.0
w1 = -3.0
w2 = 1.0
b = 6.8813735870195432
n = x1*w1 + x2*w2 + b
o = tanh(n)""",
    "tanh written out": """\
x1 = 2.0
x2 = 0.0
w1 = -3.0
w2 = 1.0
b = 6.8813735870195432
n = x1*w1 + x2*w2 + b
e = exp(2*n)
o = (e - 1) / (e + 1)""",
    "micrograd's README": """\
a = -4.0
b = 2.0
c = a + b
d = a*b + b**3
c += c + 1
c += 1 + c - a
d += d*2 + relu(b + a)
d += 3*d + relu(b - a)
e = c - d
f = e**2
g = f / 2
g += 10 / f""",
    "A value used twice": """\
a = 3.0
b = a + a""",
    "Two values used twice": """\
a = -2.0
b = 3.0
f = (a*b) * (a + b)""",
    "A relu": """\
x = 1.0
y = relu(x*2 + 1)""",
}


class Trouble(ValueError):
    """What cannot be read, and where: line from 1, character from 0."""

    def __init__(self, sentence: str, line: int = 1, column: int = 0):
        super().__init__(sentence)
        self.line, self.column = line, column


@dataclass(frozen=True)
class Program:
    """What a text says: numbers are given to leaves, then names to sums."""

    leaves: tuple[tuple[str, float], ...]  # and their default numbers
    statements: tuple[tuple[str, tuple], ...]  # a name, and how it is made
    end: str

    @property
    def defaults(self) -> dict[str, float]:
        return dict(self.leaves)


def parse(text: str) -> Program:
    """The Program that a text stands for, or Trouble with a sentence."""
    if len(text) > LONGEST:
        raise Trouble(
            f"That is {len(text):,} characters; {LONGEST:,} is the most."
        )
    lines = [line.partition("#")[0].rstrip() for line in lines_of(text)]
    check_characters(lines)
    check_numbers(lines)
    check_brackets(lines)
    program = Reader().read(tree("\n".join(lines)))
    # A number may be infinite here: the graph is counted, not judged.
    end = evaluate(program, program.defaults)[program.end]
    if len(in_order(end)) > LARGEST:
        raise Trouble(TOO_LARGE, len(lines))
    return program


def check_characters(lines):
    for number, line in enumerate(lines, start=1):
        for column, character in enumerate(line):
            if character not in KNOWN:
                hint = HINTS.get(character, "Use plain letters and digits.")
                sentence = f"{shown(character)} is not known here. {hint}"
                raise Trouble(sentence, number, column)
            for wrong in TWO:
                if line.startswith(wrong, column):
                    raise Trouble(TWO[wrong], number, column)


def shown(character: str) -> str:
    if character.isprintable():
        return f"The character {character}"
    return f"The invisible character number {ord(character)}"


def check_numbers(lines):
    """Python would read 0x10, 1_000 and 1if, and warn of the last."""
    for number, line in enumerate(lines, start=1):
        for word in WORD.finditer(line):
            if not word["number"]:
                continue
            rest, digits = line[word.end() :], word["number"]
            if digits.isdigit() and digits.strip("0") and digits[0] == "0":
                sentence = "Leave out the zeros before a whole number."
                raise Trouble(sentence, number, word.start())
            if rest[:1].isalnum() or rest[:1] in ("_", "."):
                raise Trouble(after_number(digits, rest), number, word.end())


def after_number(digits: str, rest: str) -> str:
    if rest[0] == ".":
        return "A number has one dot at most."
    if rest[0] == "_" or (digits == "0" and rest[0] in "xXoObB"):
        return PLAIN
    return "A number ends here: is an operation missing, like the * in 2*a?"


def check_brackets(lines):
    opened = []
    for number, line in enumerate(lines, start=1):
        for column, character in enumerate(line):
            if character == "(":
                opened.append((number, column))
            if character == ")" and not opened:
                raise Trouble("This bracket was never opened.", number, column)
            if character == ")":
                opened.pop()
            if len(opened) > DEEPEST:
                sentence = f"More than {DEEPEST} brackets inside each other."
                raise Trouble(sentence, number, column)
    if opened:
        raise Trouble("This bracket is never closed.", *opened[-1])


def tree(text: str) -> ast.Module:
    """Python's own reading of the text; nothing of it is ever run."""
    try:
        return ast.parse(text)
    except IndentationError as error:
        sentence = "Begin every line at the left edge."
        raise Trouble(sentence, place(error, text)[0]) from None
    except SyntaxError as error:
        sentence = (
            "This cannot be read on from here: is an operation missing, "
            "like the * in 2*a?"
        )
        raise Trouble(sentence, *place(error, text)) from None
    except (RecursionError, MemoryError, ValueError):
        raise Trouble(TOO_LARGE) from None  # too deep for the parser


def place(error: SyntaxError, text: str) -> tuple[int, int]:
    """Its line and character, within the text."""
    lines = text.split("\n")
    line = min(max(error.lineno or 1, 1), len(lines))
    column = max((error.offset or 1) - 1, 0)
    return line, min(column, len(lines[line - 1]))


def trouble(sentence: str, node: ast.AST) -> Trouble:
    return Trouble(sentence, node.lineno, node.col_offset)


class Reader:
    """Goes through the lines in order and knows what each name means."""

    def __init__(self):
        self.leaves, self.statements = {}, []
        self.guessed = set()  # leaves of a number that no line gave
        self.now = {}  # a name as typed -> as it is called in the Program

    def read(self, module: ast.Module) -> Program:
        if not module.body:
            raise Trouble("Type an expression, for instance L = a*b + c.")
        for line in module.body:
            self.end = self.line(line, line is module.body[-1])
        leaves = tuple(self.leaves.items())
        return Program(leaves, tuple(self.statements), self.end)

    def line(self, line: ast.stmt, last: bool) -> str:
        match line:
            case ast.Assign(targets=[ast.Name() as target]):
                return self.assign(target, line.value)
            case ast.AugAssign(target=ast.Name() as target):
                return self.augment(target, line)
            case ast.Assign(targets=[_, _, *_]):
                raise trouble("One = a line, please.", line.targets[1])
            case ast.Assign() | ast.AugAssign():
                sentence = "Left of = there must be one plain name."
                raise trouble(sentence, line)
            case ast.Expr() if last:
                return self.bare(line.value)
            case ast.Expr():
                self.expression(line.value)
                sentence = "Only the last line may go without a name and =."
                raise trouble(sentence, line)
        raise trouble("Only lines like L = a*b + c are known here.", line)

    def assign(self, target: ast.Name, value: ast.expr) -> str:
        check_name(target)
        number = plain(value)
        made = self.expression(value)
        if number is None or target.id in self.now:
            if number is not None and target.id in self.guessed:
                sentence = f"{target.id} is used above: move this line up."
                raise trouble(sentence, target)
            return self.define(target.id, made)
        self.leaves[target.id] = float(number)
        self.now[target.id] = target.id
        return target.id

    def augment(self, target: ast.Name, line: ast.AugAssign) -> str:
        check_name(target)
        if target.id not in self.now:
            sentence = f"{target.id} has no number yet: give it one above."
            raise trouble(sentence, target)
        old = ("name", self.now[target.id])
        made = operation(line, line.op, old, self.expression(line.value))
        return self.define(target.id, made)

    def bare(self, value: ast.expr) -> str:
        made = self.expression(value)
        return made[1] if made[0] == "name" else self.define("end", made)

    def define(self, name: str, made: tuple) -> str:
        """Named again, c is called c′: the old one stays in the graph."""
        called = name if name not in self.now else f"{self.now[name]}′"
        self.now[name] = called
        self.statements.append((called, made))
        return called

    def expression(self, node: ast.expr, depth: int = 0) -> tuple:
        if depth > LARGEST:
            raise Trouble(TOO_LARGE)
        number = plain(node)
        if number is not None:
            return ("number", number)
        match node:
            case ast.Name():
                return ("name", self.mention(node))
            case ast.UnaryOp(op=ast.USub()):
                return ("negative", self.expression(node.operand, depth + 1))
            case ast.UnaryOp(op=ast.UAdd()):
                return self.expression(node.operand, depth + 1)
            case ast.BinOp():
                left = self.expression(node.left, depth + 1)
                right = self.expression(node.right, depth + 1)
                return operation(node, node.op, left, right)
            case ast.Call():
                return self.call(node, depth)
            case ast.Attribute():
                sentence = "A dot may stand only inside a number, like 2.5."
                dot = node.value
                raise Trouble(sentence, dot.end_lineno, dot.end_col_offset)
        sentence = NOT_ARITHMETIC.get(type(node), "This is not arithmetic.")
        raise trouble(sentence, node)

    def mention(self, node: ast.Name) -> str:
        check_name(node)
        if node.id not in self.now:
            self.now[node.id] = node.id
            self.leaves[node.id] = DEFAULT
            self.guessed.add(node.id)
        return self.now[node.id]

    def call(self, node: ast.Call, depth: int) -> tuple:
        name = getattr(node.func, "id", None)
        if name not in FUNCTIONS:
            if name:
                check_name(node.func)
            said = f"{name} is not known here; " if name else ""
            known = f"the functions are {', '.join(FUNCTIONS)}."
            raise trouble(said + known if said else known.capitalize(), node)
        if len(node.args) != 1 or node.keywords:
            sentence = f"{name} takes one number in its brackets: {name}(a)."
            raise trouble(sentence, node)
        return (name, self.expression(node.args[0], depth + 1))


def check_name(node: ast.Name):
    if node.id in FUNCTIONS:
        sentence = f"{node.id} is a function: write {node.id}(a)."
        raise trouble(sentence, node)
    if node.id.startswith("_"):
        raise trouble("A name begins with a letter.", node)
    if len(node.id) > LONGEST_NAME:
        sentence = f"A name may have {LONGEST_NAME} characters at most."
        raise trouble(sentence, node)


def plain(node: ast.expr) -> int | float | None:
    """The number that stands here, with its sign, if nothing else does."""
    match node:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return -plain(node.operand)
        case ast.UnaryOp(op=ast.UAdd(), operand=ast.Constant()):
            return plain(node.operand)
        case ast.Constant(value=value) if type(value) in (int, float):
            if abs(value) >= 2**1023:
                sentence = "This number is too large: 1e308 is about the most."
                raise trouble(sentence, node)
            return value if abs(value) < 2**53 else float(value)
        case ast.Constant():
            raise trouble(f"{ast.unparse(node)} is not known here.", node)
    return None


def operation(node, sign, left: tuple, right: tuple) -> tuple:
    if type(sign) not in SIGNS:
        sentence = "Only + - * / and ** are known here."
        raise trouble(sentence, node)
    made = (SIGNS[type(sign)], left, right)
    if type(sign) is ast.Pow and bare_numbers(made):
        base = compute(left, {}, Value).data
        if base and math.isinf(compute(made, {}, Value).data):
            sentence = "This power is larger than any number a computer holds."
            raise trouble(sentence, node)
    return made


def bare_numbers(made: tuple) -> bool:
    """Whether no name stands in it, so that no slider can move it."""
    if made[0] in ("name", "number"):
        return made[0] == "number"
    return all(map(bare_numbers, made[1:]))


def evaluate(program: Program, numbers: dict[str, float]) -> dict[str, Value]:
    """Every name's Value, in the order of the lines."""
    leaves = {name: Value(numbers[name]) for name, _ in program.leaves}
    return walk(program, leaves, Value)


def end_of(program: Program, numbers: dict[str, float], name: str) -> Callable:
    """The end as a function of one leaf; the others stay where they are."""

    def end(number: float) -> float:
        return evaluate(program, numbers | {name: number})[program.end].data

    return end


def walk(program: Program, leaves: dict, number) -> dict:
    """The lines on any kind of number that has the operations."""
    named = dict(leaves)
    for name, made in program.statements:
        named[name] = compute(made, named, number)
    return named


def compute(made: tuple, named: dict, number):
    match made:
        case ("name", name):
            return named[name]
        case ("number", typed):
            return number(typed)
        case ("negative", inner):
            return -compute(inner, named, number)
        case ("**", base, ("number", exponent)):
            return compute(base, named, number) ** exponent
        case (sign, left, right):
            left = compute(left, named, number)
            return OPERATIONS[sign](left, compute(right, named, number))
        case (function, inner):
            return FUNCTIONS[function](compute(inner, named, number))


def names(values: dict[str, Value], end: Value) -> dict[Value, str]:
    """A name for every Value on the way to the end: as it was called, or
    how it is made while that is short, else nothing."""
    found = {}
    for name, value in values.items():
        found.setdefault(value, name)
    for value in in_order(end):
        if value not in found:
            parts = [found[parent] for parent in value.parents]
            found[value] = written(value, parts) if all(parts) else ""
    return found


def written(value: Value, parts: list[str]) -> str:
    """How a Value without a name is made, of these parts."""
    match value.op, parts:
        case "", _:
            text = f"{value.data:.4g}"
        case "*", [left, "-1"]:
            text = f"-{left}"
        case "+", [left, right] if right.startswith("-"):
            text = f"({left} - {right[1:]})"
        case "+", [left, right]:
            text = f"({left} + {right})"
        case "*", [left, right]:
            text = f"{left}*{right}"
        case "**", [left, right]:
            text = f"{bracketed(left)}**{bracketed(right)}"
        case op, [inner] if op.startswith("**"):
            text = f"{bracketed(inner)}{op}"
        case op, [inner]:
            held = bracketed(inner)
            text = op.lower() + (held if held[0] == "(" else f"({held})")
    return text if len(text) <= LONGEST_TEXT else ""


def bracketed(text: str) -> str:
    """In brackets, if an operation in it stands outside of any."""
    depth = 0
    for character in text:
        depth += (character == "(") - (character == ")")
        if character in "*-" and not depth:
            return f"({text})"
    return text


def lines_of(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def pointed(line: str, column: int) -> str:
    """The part of a line around a character, and a caret under it."""
    first = max(0, column - WINDOW // 2)
    part = line[first : first + WINDOW].replace("\t", " ")
    part = "".join(c if c.isprintable() else "?" for c in part)
    return f"{part}\n{' ' * (column - first)}^"
