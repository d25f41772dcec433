"""What a learner types: read rightly, or refused with one sentence."""

import math
import time
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import in_order
from core.expression import (
    EXAMPLES,
    LARGEST,
    LONGEST,
    Program,
    Trouble,
    evaluate,
    names,
    parse,
)

# lecture 1 and micrograd's README print these: the end, and slopes of leaves
PUBLISHED = {
    "The lecture's first": (-8, 1e-9, {"a": 6, "b": -4, "c": -2, "f": 4}),
    "A neuron": (
        0.7071,
        5e-5,
        {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0, "b": 0.5},
    ),
    "tanh written out": (
        0.7071,
        5e-5,
        {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0, "b": 0.5},
    ),
    "micrograd's README": (24.7041, 5e-5, {"a": 138.8338, "b": 645.5773}),
    "A value used twice": (6.0, 1e-9, {"a": 2.0}),
    # L1.19, the bug of a slope that is set in place of added to
    "Two values used twice": (-6.0, 1e-9, {"a": -3.0, "b": -8.0}),
    "A relu": (3.0, 1e-9, {"x": 2.0}),  # L1.38, trace_graph at x = 1
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_lectures_examples_have_their_figures(name):
    end, tolerance, slopes = PUBLISHED[name]
    program = parse(EXAMPLES[name])
    values = evaluate(program, program.defaults)
    values[program.end].backward()
    assert values[program.end].data == pytest.approx(end, abs=tolerance)
    assert list(program.defaults) == [name for name, _ in program.leaves]
    assert set(program.defaults) == set(slopes)
    for leaf, slope in slopes.items():  # printed with four digits
        assert values[leaf].grad == pytest.approx(slope, abs=5e-5)


HOSTILE = [
    ("a.b", 1, 1),
    ("a.b = 2", 1, 0),
    ("__import__('os')", 1, 11),
    ("open(a)", 1, 0),
    ("L = a +\\\n b", 1, 7),
    ("relu(x=1)", 1, 0),
    ("relu(*a)", 1, 5),
    ("relu(**a)", 1, 0),
    ("relu(a, b)", 1, 0),
    ("relu()", 1, 0),
    ("a(b)(c)", 1, 0),
    ("relu", 1, 0),
    ("relu = 2", 1, 0),
    ("__a__ = 2", 1, 0),  # would be bold in a sentence
    ("x" * 1500 + "(2)", 1, 0),
    ("__a__(2)", 1, 0),
    ("9**9**9", 1, 0),
    ("L = 2**5000", 1, 4),
    ("a" * 10_000, 1, 0),
    ("(" * 300 + "a" + ")" * 300, 1, 50),
    ("-" * 1999 + "a", 1, 0),
    ("+-" * 900 + "a", 1, 0),
    ("+".join(["a"] * 900), 1, 0),
    ("a\0b", 1, 1),
    ("a\x07b", 1, 1),
    ("a = 1 + \u0430", 1, 8),  # a Cyrillic letter that looks like an a
    ("\u2124 = 2", 1, 0),
    ("9" * 1500, 1, 0),
    ("1e999", 1, 0),
    ("'text'", 1, 0),
    ("a = 2\nb = 1j", 2, 5),
    ("True", 1, 0),
    ("None", 1, 0),
    ("...", 1, 0),
    ("[x for x in a]", 1, 0),
    ("(x for x in a)", 1, 0),
    ("lambda x: x", 1, 8),
    ("(a := 2)", 1, 3),
    ("a < b", 1, 2),
    ("a == b", 1, 2),
    ("a // b", 1, 2),
    ("a % b", 1, 2),
    ("a ^ 2", 1, 2),
    ("a if b else c", 1, 0),
    ("not a", 1, 0),
    ("a and b", 1, 0),
    ("(yield)", 1, 1),
    ("import os", 1, 0),
    ("a = b = 2", 1, 4),
    ("a, b = 1, 2", 1, 0),
    ("  a", 1, 0),
    ("a = 2\n b = 3", 2, 0),
    ("2a", 1, 1),
    ("L = 0x10", 1, 5),
    ("0B1", 1, 1),
    ("a = 2\nL = a + 1_000", 2, 9),
    ("1__0", 1, 1),
    ("1if a else 2", 1, 1),
    ("0or a", 1, 1),
    ("1e5in a", 1, 3),
    ("1e", 1, 1),
    ("1.5.2", 1, 3),
    ("1..2", 1, 2),
    ("1.real", 1, 2),
    ("a = 007", 1, 4),
    ("a +", 1, 3),
    ("a = (b\nc", 1, 4),
    ("a)", 1, 1),
    ("c += 1", 1, 0),
    ("a\nb", 1, 0),
    ("L = a * b\na = 2", 2, 0),
    ("x" * 21, 1, 0),
    ("", 1, 0),
    ("# nothing but a remark", 1, 0),
]


@pytest.mark.parametrize("text, line, column", HOSTILE)
def test_what_is_not_arithmetic_gets_one_sentence(text, line, column):
    times = []
    for _ in range(3):  # into one of them may fall a full garbage collection
        began = time.perf_counter()
        with pytest.raises(Trouble) as caught:
            parse(text)
        times.append(time.perf_counter() - began)
    assert min(times) < 0.1
    assert (caught.value.line, caught.value.column) == (line, column)
    sentence = str(caught.value)
    assert sentence[-1] in ".?" and "\n" not in sentence
    assert len(sentence) < 100


@pytest.mark.parametrize("text", [text for text, *_ in HOSTILE])
def test_python_warns_of_nothing_in_a_text(text):
    # recorded: raised as an error, Python's parser would hide it as its own
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(Trouble):
            parse(text)
    assert not caught


@pytest.mark.parametrize(
    "text, number",
    [
        ("1", 1),
        ("1.5", 1.5),
        (".5", 0.5),
        ("1.", 1),
        ("1e-3", 0.001),
        ("2E+2", 200),
        ("0", 0),
        ("0.05", 0.05),
        ("1.-.5", 0.5),
    ],
)
def test_a_plain_decimal_number_is_read(text, number):
    program = parse(f"L = {text}")
    assert evaluate(program, program.defaults)["L"].data == number


@pytest.mark.parametrize("name", ["x1", "a_1", "e5", "b0x1", "E"])
def test_a_name_may_look_like_a_number_from_its_second_letter(name):
    assert parse(f"L = {name} + 1").leaves == ((name, 1.0),)


def test_a_deep_stack_changes_nothing_of_a_refusal():
    def deep(calls):
        return deep(calls - 1) if calls else parse("-" * 1999 + "a")

    for calls in (0, 300, 700):
        with pytest.raises(Trouble, match="more than 200 nodes"):
            deep(calls)


@pytest.mark.parametrize(
    "text, end",
    [
        ("1 / 0", math.inf),
        ("a = -1\nb = 0\na / b", -math.inf),
        ("2**-1**2", 0.5),
        ("-2**2", -4),
        ("2**3**2", 512),
        ("a = 2 # two\nL = a * 3 # six", 6),
        ("a = 2\r\nL = a\r\n", 2),
        ("a = +2\na *= 3\na -= 1\na /= 2\na", 2.5),
        ("L = (a +\n  1)", 2),
        ("x1 = 2; ".strip("; "), 2),
        ("1e3 + 0.5", 1000.5),
        ("log(0)", -math.inf),
        ("exp(1000)", math.inf),
    ],
)
def test_arithmetic_is_read_as_python_reads_it(text, end):
    program = parse(text)
    assert evaluate(program, program.defaults)[program.end].data == end


def test_a_name_given_again_leaves_the_old_one_in_the_graph():
    program = parse("a = 2\na = a * 3\na")
    values = evaluate(program, {"a": 5})
    assert program.leaves == (("a", 2.0),) and program.end == "a′"
    assert values["a"].data == 5 and values["a′"].data == 15


def test_the_largest_graph_is_let_through():
    # a leaf and a sum for each of the others
    program = parse("+".join(["a"] * LARGEST))
    values = evaluate(program, program.defaults)
    assert len(in_order(values[program.end])) == LARGEST
    with pytest.raises(Trouble):
        parse("+".join(["a"] * (LARGEST + 1)))


@pytest.mark.parametrize(
    "text",
    [
        "L = (a*b)**2 + 1",
        "L = 1 + (-a)**2",
        "L = 1 + 2**(a*b)",
        "L = 1 + tanh((a + b)*a)",
        "L = a / (b*a)",
        "L = 1 + (a**2)**3",
        "L = a - (b - a)",
    ],
)
def test_a_node_is_called_what_it_is(text):
    program = parse(f"a = 1.5\nb = 0.25\n{text}")
    values = evaluate(program, program.defaults)
    end = values["L"]
    known = {"a": 1.5, "b": 0.25, "L": end.data, "tanh": math.tanh}
    for value, name in names(values, end).items():
        if name:  # Python reads the name: this is a test, with our own text
            assert eval(name, known) == pytest.approx(value.data), name


SCRAPS = ["a", "L", "=", "+=", "**", "(", ")", "\n", "relu", "exp(", "-", "9"]
SCRAPS += [
    "0x",
    "_",
    "1",
    "or",
    "/",
    "#",
    ".",
    ",",
    "if ",
    "for ",
    "lambda",
    "1e9",
    "'",
    ":",
    "\0",
]


@given(st.text(max_size=LONGEST + 1) | st.lists(st.sampled_from(SCRAPS)))
@settings(max_examples=500, deadline=None, database=None)
def test_any_text_is_a_program_or_a_trouble(text):
    text = "".join(text)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert isinstance(parse(text), Program)
    except Trouble as trouble:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= trouble.line <= len(lines)
        assert 0 <= trouble.column <= len(lines[trouble.line - 1])
    assert not caught


NUMBERS = {"a": 1.25, "b": -0.5, "c": 3.0}
LEAVES = st.sampled_from([(name, x) for name, x in NUMBERS.items()])
LEAVES |= st.floats(0.1, 3).map(lambda x: (repr(x), x))


def grown(inner):
    """A text, and its number computed here, by Python's own floats."""
    two = st.tuples(inner, inner)
    return st.one_of(
        two.map(lambda p: (f"({p[0][0]} + {p[1][0]})", p[0][1] + p[1][1])),
        two.map(lambda p: (f"({p[0][0]} - {p[1][0]})", p[0][1] - p[1][1])),
        two.map(lambda p: (f"({p[0][0]} * {p[1][0]})", p[0][1] * p[1][1])),
        two.map(
            lambda p: (
                f"({p[0][0]} / (1 + tanh({p[1][0]})**2))",
                p[0][1] / (1 + math.tanh(p[1][1]) ** 2),
            )
        ),
        inner.map(lambda p: (f"-{p[0]}", -p[1])),
        inner.map(lambda p: (f"tanh({p[0]})", math.tanh(p[1]))),
        inner.map(lambda p: (f"relu({p[0]})", max(0.0, p[1]))),
        inner.map(lambda p: (f"exp(tanh({p[0]}))", math.exp(math.tanh(p[1])))),
    )


@given(st.recursive(LEAVES, grown, max_leaves=12))
@settings(max_examples=300, deadline=None, database=None)
def test_any_expression_has_pythons_number(expression):
    text, number = expression
    given_first = "".join(f"{name} = {x}\n" for name, x in NUMBERS.items())
    program = parse(f"{given_first}L = {text}")
    end = evaluate(program, program.defaults)[program.end].data
    # x / y is x times y ** -1 here, rounded twice, of at most 3 ** 12
    assert end == pytest.approx(number, rel=1e-9, abs=1e-9)
