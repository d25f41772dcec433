"""Whatever a stranger types, pastes, uploads or puts into an address: a value
that fits, or one plain sentence; never an exception, never markup."""

import importlib
import re
import time
import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from core import COURSE, expression, knobs
from core.data import names, points, text
from core.runs import store
from pages.parts import words
from pages.sections.gpt import head
from pages.sections.wavenet import shapes

LONGEST = 300  # characters of a sentence that is said of bad input


def cases(count: int):
    """The same cases every time, however slow the machine."""
    return settings(
        max_examples=count,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


MARKED = "**zz**<b>zz</b>[zz](http://zz.com)$zz$ `zz` :red[zz] |zz| &lt;"
NASTY = [
    "",
    " \t\u3000\n",
    MARKED,
    "<script>alert(1)</script>",
    "<img src=x onerror=zz>",
    "![zz](http://zz.com/x.png)",
    "http://zz.com www.zz.com zz@zz.com",
    ":material/face: :streamlit: :smile: :red-badge[zz]",
    "a--b -> c <- d >= e ~= f",
    "|zz|zz|\n|--|--|\n|zz|zz|",
    "zz\n==\n\n    zz\n\n1. zz\n- zz\n> zz",
    "\\(zz\\) $$\\frac{zz}{0}$$ \\",
    "&copy; &#60;b&#62;",
    "\u202ezz\u202c \u2066zz\u2069 \u200f\u061c",  # turns what follows round
    "z\u200bz\ufeff\u00ad\u2060\u034f\u3164",  # cannot be seen
    "zz\u2028zz\u2029zz\x85zz\x0bzz\x0c",  # the end of a line to some
    "\x00\x07\x08\x1b[31mzz\x1b[0m\x7f\x9b",
    "\ud800 zz \udfff",
    "a" + "\u0301\u0489" * 30,
    "nan",
    "-inf",
    "Infinity",
    "-0",
    "1e309",
    "-1e-400",
    "1_000",
    "٣",
    "²",
    "0x10",
    "1e3",
    "9" * 5000,
    "True",
    "None",
    "9**9**9**9",
    "(" * 3000,
    "((((" * 20 + "1" + "))))" * 20,
    "-" * 1000 + "1",
    "+" * 150 + "1",
    "a=" * 60 + "1",
    "a" + ".a" * 500,
    "lambda: 1",
    "__import__('os').system('zz')",
    "().__class__.__bases__[0]",
    "f'{zz}'",
    "a := 1",
    "exec('zz')",
    "1" + "+1" * 199,
    "1" + "+1" * 990,
    "x" + "**x" * 60,
    "2" + "**2" * 60,
    "1 1 1\n2 2 -1",
    "1e400 0 1",
    "nan nan -1",
    "0 0 1\n" * 301,
    "../../etc/passwd",
    "core.runs.store",
    "'; DROP TABLE runs; --",
    "%00%0a%s%n{0}{zz}",
    "zz" * 10_000,
    "z" * 1_000_000,
]
# of every kind of Unicode; one in so many is a lone surrogate
signs = some.one_of(
    some.characters(),
    some.characters(categories=["Cc", "Cf", "Co", "Zl", "Zp", "Cs"]),
    some.characters(categories=["Mn", "Mc", "Me", "Lo", "Lm", "Nd", "No"]),
    some.characters(categories=["Po", "Ps", "Sm", "Sk", "So", "Pd"]),
    some.sampled_from("\\`*_{}[]<>()#+-.!|~:$&@=/'\"\n\r\t 0123456789eEz"),
)
wild = some.text(signs, max_size=60)
joined = some.lists(
    some.one_of(wild, some.sampled_from(NASTY[:-2])), max_size=3
).map(" ".join)
numbers = some.one_of(
    some.integers().map(str),
    some.floats().map(repr),
    some.decimals().map(str),
    some.from_regex(r"[+-]?[\d_]{0,5}\.?[\d_]{0,5}([eE][+-]?\d{1,4})?"),
)
bad = some.one_of(some.sampled_from(NASTY), wild, joined)

BARE = re.compile(r"(?<!\\)(?:\\\\)*[`*_{}\[\]<>#|~$&]")  # of markup
OBEYED = re.compile(  # by the browser even where a backslash stands before
    r":[\w/]|https?://|\bwww\.|\w@\w|--|->|<-|[<>~]=", re.IGNORECASE | re.ASCII
)


def check_sentence(said: str):
    """One short sentence that can be shown, and shows what it quotes."""
    assert said and len(said) <= LONGEST, ascii(said[:400])
    assert said[-1] in ".?"
    check_shown(words.plain(said))


def check_shown(shown: str):
    """Nothing in it is seen otherwise than as the signs that it has."""
    for sign in shown:
        assert sign == words.JOINER or sign.isprintable(), ascii(shown)
    assert not BARE.search(shown), ascii(shown)
    without = shown.replace("\\", "")
    assert not OBEYED.search(without), ascii(shown)
    assert not re.match(r"\s*\d+\.", shown), ascii(shown)


def refused(read, *given):
    """What was read, and None; or None, and the sentence that says why not."""
    try:
        return read(*given), None
    except ValueError as trouble:
        check_sentence(str(trouble))
        return None, trouble


@cases(1500)
@given(bad)
def test_what_a_stranger_wrote_is_shown_and_never_obeyed(typed):
    shown = words.plain(typed)
    check_shown(shown)
    again = re.sub(r"\\(.)", r"\1", shown).replace(words.JOINER, "")
    assert again == "".join(map(words.seen_as, typed))


@pytest.mark.parametrize("stem", COURSE)
def test_an_address_gives_a_config_or_says_what_is_wrong(stem):
    lesson = importlib.import_module(f"core.{stem}")
    every = knobs.knobs_of(lesson.Config)
    said = {k.name: some.one_of(bad, numbers) for k in every}
    strange = some.dictionaries(wild, bad, max_size=2)

    @cases(500)
    @given(some.fixed_dictionaries({}, optional=said), strange)
    def check(texts, others):
        config, complaints = knobs.from_text(lesson.Config, others | texts)
        for each in every:  # every value is one that fits
            assert not knobs.complain(each, getattr(config, each.name))
        assert len(complaints) <= len(texts) + 1
        for complaint in complaints:
            check_sentence(complaint)

    check()


arithmetic = some.lists(
    some.sampled_from(
        [
            "a",
            "b",
            "c1",
            "x_y",
            "_z",
            "relu",
            "tanh",
            "exp",
            "log",
            "lambda",
            "if",
            "for",
            "None",
            "True",
            "1",
            "2.5",
            "1e3",
            "1e400",
            ".5",
            "0x1",
            "07",
            "+",
            "-",
            "*",
            "/",
            "**",
            "**",
            "(",
            ")",
            "(",
            ")",
            "=",
            "+=",
            "==",
            "//",
            "%",
            ",",
            ".",
            ";",
            ":",
            "#",
            "\\",
            "\n",
            "'",
            '"',
            "[",
            "]",
            "@",
            "--",
            "²",
            "٣",
            "é",
        ]
    ),
    max_size=30,
).map(" ".join)
nested = some.recursive(
    some.sampled_from(["a", "b", "0", "2", "1e300", "-3.5", "1e-320"]),
    lambda inner: some.one_of(
        some.tuples(inner, some.sampled_from("+-*/"), inner).map("".join),
        some.tuples(inner, inner).map("({0[0]})**({0[1]})".format),
        some.tuples(inner, inner).map(lambda two: "**".join(two)),
        inner.map("exp({})".format),
        inner.map("-log({})".format),
        inner.map("tanh(({}))".format),
    ),
    max_leaves=30,
)


def check_expression(typed: str):
    """It is read and computed through, or the place is within it."""
    program, trouble = refused(expression.parse, typed)
    if trouble is not None:
        lines = expression.lines_of(typed)
        assert 1 <= trouble.line <= len(lines)
        line = lines[trouble.line - 1]
        assert trouble.column >= 0
        pointed = expression.pointed(line, trouble.column)
        assert len(pointed) < 2 * expression.WINDOW + 3
        assert all(sign.isprintable() for sign in pointed.replace("\n", ""))
        return
    assert len(program.leaves) <= expression.LARGEST
    for name, _ in program.leaves:
        assert re.fullmatch(r"[A-Za-z]\w{0,19}", name, re.ASCII)
    values = expression.evaluate(program, program.defaults)
    end = values[program.end]
    end.backward()
    assert isinstance(end.grad, float)
    expression.names(values, end)


@cases(1500)
@given(some.one_of(bad, arithmetic, arithmetic))
def test_an_expression_is_read_or_gets_a_place_and_a_sentence(typed):
    check_expression(typed)


@cases(700)
@given(nested)
def test_a_sound_expression_of_any_numbers_is_computed(typed):
    check_expression(typed)


@cases(1000)
@given(bad)
def test_a_word_fits_the_data_or_is_refused(typed):
    letters = ".abcdefghijklmnopqrstuvwxyz"
    word, _ = refused(names.one, typed, letters)
    if word is not None:
        assert 0 < len(word) <= names.MAX_LENGTH
        assert set(word) <= set(letters[1:])


uploads = some.one_of(
    some.binary(max_size=200),
    bad.map(lambda typed: typed.encode("utf-8", "surrogatepass")),
    bad.map(lambda typed: typed.encode("utf-16", "surrogatepass")),
    bad.map(lambda typed: b"\xef\xbb\xbf" + typed.encode("utf-8", "replace")),
)
listed = some.lists(
    some.text(some.characters(categories=["Ll", "Lu", "Lo", "Mn"]), min_size=1),
    max_size=20,
).map("\n".join)


@cases(1500)
@given(some.one_of(bad, listed, uploads))
def test_own_words_can_be_shown_or_are_refused(given):
    data, _ = refused(names.own, given)
    if data is not None:
        assert data.letters[0] == names.EDGE and data.source == "own"
        assert 3 <= len(data.letters) <= names.MAX_LETTERS + 1
        assert all(0 < len(w) <= names.MAX_LENGTH for w in data.words)
        kinds = {unicodedata.category(s)[0] for s in data.letters[1:]}
        assert kinds <= set("LMP")
        assert names.parse(data.text).words == data.words


@cases(1000)
@given(some.one_of(bad, uploads), some.integers(1, 4000))
def test_an_own_text_can_be_learned_from_or_is_refused(given, times):
    if len(given) < 10_000:
        given = given * (1 + times // (1 + len(given)))
    data, _ = refused(text.own, given)
    if data is not None:
        assert len(data.text) >= text.MIN_LENGTH
        kinds = {unicodedata.category(s) for s in data.letters} - {"Cc"}
        assert "Cs" not in kinds
        assert not set(map(chr, range(32))) & set(data.letters) - {"\n", "\t"}
        assert text.decode(text.encode(data.text, data.letters), data.letters)


lines = some.tuples(
    some.one_of(numbers, bad), numbers, some.sampled_from(["1", "-1", "+1", ""])
).map(" ".join)


@cases(1500)
@given(some.one_of(bad, some.lists(lines, max_size=9).map("\n".join)))
def test_own_points_lie_on_the_plane_or_are_refused(typed):
    data, _ = refused(points.own, typed)
    reach = points.REACH
    for x, y, label in data.rows if data else points.readable(typed):
        assert -reach <= x <= reach and -reach <= y <= reach
        assert label in (1, -1)


@cases(1500)
@given(bad)
def test_a_prompt_is_tokens_of_the_text_or_is_refused(typed):
    letters = "\n !',-.:;?ABCIJKabcdefghijklmnopqrstuvwxyz"
    refused(text.encode, typed, letters)
    taken, _ = refused(head.taken_as, typed, letters)
    if taken is not None:
        assert 2 <= len(taken) <= head.LONGEST
        tokens = text.encode(taken, letters)
        assert text.decode(tokens, letters) == taken


@cases(700)
@given(some.one_of(bad, some.lists(numbers, max_size=9).map(", ".join)))
def test_a_shape_is_small_whole_numbers_or_is_refused(typed):
    shape, _ = refused(shapes.read, typed)
    if shape is not None:
        assert 0 < len(shape) <= shapes.DIMENSIONS
        assert all(0 < size <= shapes.LONGEST for size in shape)


ENTRY = str(store.ROOT / "streamlit_app.py")
SHOWING = [
    *("title", "header", "subheader", "markdown", "caption", "warning"),
    *("error", "info", "success", "exception", "button", "toggle", "radio"),
    *("slider", "select_slider", "selectbox", "number_input", "text_input"),
    *("text_area", "expander", "metric"),
]
SLOWER = 10  # times as long as a page that nothing was sent to


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """Streamlit keeps what a page has computed for the tests after it."""
    return tmp_path_factory.mktemp("runs")


class Page:
    """A page that is warm, and how long it takes to answer, in seconds of
    this process: what else the machine does has no part in it."""

    def __init__(self, stem: str, **address):
        self.stem, self.worst = stem, ("", 0.0)
        self.open(address)  # the first visit computes
        self.plain = max(self.open(address) for _ in range(3))
        self.worst = ("", 0.0)

    def open(self, address: dict, said: str = "") -> float:
        self.app = AppTest.from_file(ENTRY, default_timeout=120)
        for name, what in address.items():
            self.app.query_params[name] = what
        self.app.switch_page(f"pages/lessons/{self.stem}.py")
        return self.run(said or ascii(address))

    def run(self, said: str) -> float:
        began = time.process_time()
        self.app.run()
        took = time.process_time() - began
        assert not self.app.exception, (said, self.app.exception[0].message)
        self.worst = max(self.worst, (said, took), key=lambda each: each[1])
        return took

    def check(self, said: str):
        """No sign of a marker is obeyed in anything that the page shows."""
        for kind in SHOWING:
            for element in getattr(self.app, kind):
                for shown in sayings(element):
                    check_marks(shown, (self.stem, said, kind))


def sayings(element):
    """What of an element the browser reads as Markdown."""
    yield getattr(element, "label", "") or ""
    typed = ("text_input", "text_area", "number_input", "selectbox", "slider")
    if element.type not in (*typed, "select_slider", "radio", "toggle"):
        yield str(getattr(element, "value", ""))


def check_marks(shown: str, where):
    """The markers below stand here escaped, or in code, or not at all."""
    prose = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", shown)
    for sign in prose:
        category = unicodedata.category(sign)
        allowed = sign in "\n" + words.JOINER or category[0] != "C"
        assert allowed, (where, ascii(shown))
    for found in re.finditer("qz+q", prose):
        around = prose[max(0, found.start() - 2) : found.end() + 2]
        assert not BARE.search(around), (where, ascii(shown))
        assert not OBEYED.search(around.replace("\\", "")), ascii(shown)


MARKERS = [
    "**qzq**",
    "<b>qzq</b>",
    "[qzq](http://qzq.com)",
    "$qzq$",
    "`qzq`",
    ":red[qzq]",
    "~~qzq~~",
    "|qzq|",
    ":qzq:",
    "http://qzq.com",
    "www.qzq.com",
    "qzq@qzq.com",
    "qzq--qzq",
    "qzq\x1b[31mqzq\x00",
    "\u202eqzq\u202c\u200b",
    "qzq\u2028\n\n# qzq\n---",
]
sendable = bad.map(lambda s: s.encode("utf-8", "replace").decode())
sent = some.one_of(some.sampled_from(MARKERS), sendable)


@pytest.mark.parametrize("stem", ["home", *COURSE])
def test_no_address_breaks_a_page(stem, lecture_names, folders, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUNS", str(folders))
    page = Page(stem)
    known = ["word", "text", "expression", "speed", "scrub", "embed", "data"]
    if stem != "home":
        lesson = importlib.import_module(f"core.{stem}")
        known += [knob.name for knob in knobs.knobs_of(lesson.Config)]
    names_of = some.one_of(
        some.sampled_from(known), some.sampled_from(known), sent
    )
    # nothing that a knob could take: a new question may take its time
    values = sent.map(lambda said: f"{said}q").filter(lambda v: len(v) < 1e5)
    given_values = some.one_of(values, some.lists(values, max_size=3))

    @cases(12)
    @given(some.dictionaries(names_of, given_values, max_size=4))
    def check(address):
        took = page.open(address)
        page.check(ascii(address)[:400])
        assert took < SLOWER * page.plain, (ascii(address)[:400], took)

    check()
    print(f"{stem}: {page.plain:.3f} s, worst {page.worst[1]:.3f} s")


@pytest.mark.parametrize("stem", COURSE)
def test_no_box_breaks_a_page(stem, lecture_names, folders, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUNS", str(folders))
    page = Page(stem, **({"text": "own"} if stem == "gpt" else {}))
    app = page.app
    boxes = [(b.key, b.value) for b in [*app.text_input, *app.text_area]]
    kinds = {b.key: b.type for b in [*app.text_input, *app.text_area]}
    assert boxes

    @cases(4 * len(boxes))
    @given(some.sampled_from(boxes), sent)
    def check(box, typed):
        key, before = box
        typed = typed + "7" * (key == "own words")  # no word has a digit
        getattr(app, kinds[key])(key).set_value(typed)
        said = f"{key}: {ascii(typed)[:400]}"
        took = page.run(said)
        page.check(said)
        getattr(app, kinds[key])(key).set_value(before)
        assert took < SLOWER * page.plain, (said, took)

    check()
    print(f"{stem}: {page.plain:.3f} s, worst {page.worst}")


@pytest.mark.parametrize(
    "stem, key, pasted, said",
    [
        ("micrograd", "own points", "0 0 1\n" * 4000, "That is too long"),
        ("wavenet", "wavenet left shape", "4, " * 99, "Keep it to"),
    ],
)
def test_what_is_pasted_too_long_gets_a_sentence(
    stem, key, pasted, said, lecture_names
):
    """A box with max_chars drops it in the browser, and says nothing."""
    app = AppTest.from_file(ENTRY, default_timeout=120)
    app.switch_page(f"pages/lessons/{stem}.py").run()
    [box] = [b for b in [*app.text_area, *app.text_input] if b.key == key]
    assert not box.max_chars
    box.set_value(pasted).run()
    assert not app.exception
    assert any(
        each.value.startswith(said) for each in [*app.error, *app.warning]
    )
