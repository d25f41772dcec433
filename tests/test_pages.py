"""Pages as Streamlit runs them, without a browser: what they say and do."""

import math
import os
import subprocess
import sys

import pytest
from streamlit.testing.v1 import AppTest

from core import COURSE, LECTURES, bigram, landmarks
from core.runs import store
from pages.parts import course, server

ENTRY = str(store.ROOT / "streamlit_app.py")


@pytest.fixture
def app(lecture_names):
    return AppTest.from_file(ENTRY, default_timeout=60)


def lesson(app, **address):
    for name, text in address.items():
        app.query_params[name] = text
    app.switch_page("pages/lessons/bigram.py").run()
    assert not app.exception
    return app


def test_home_shows_every_lecture_and_opens_the_built_ones(app):
    app.run()
    assert not app.exception
    said = " ".join(text.value for text in [*app.markdown, *app.caption])
    for lecture in LECTURES:
        assert lecture.title in said and lecture.idea in said
    assert said.count("Not built yet") == len(LECTURES) - len(COURSE)
    assert "32,033 names" in said


def test_every_lecture_has_an_icon_and_a_drawing():
    for lecture in LECTURES:
        assert lecture.stem in course.ICONS
        assert os.path.exists(f"assets/icons/{lecture.stem}.svg")


def test_the_metrics_are_the_published_landmarks(app, lecture_names):
    shown = {metric.label: metric.value for metric in lesson(app).metric}
    # facts.md: log 27 = 3.2958, unigram entropy 2.8227, counted 2.4540
    found = [
        shown[f"{who}, nats"] for who in ("Guessing", "Unigram", "Counted")
    ]
    assert found == ["3.2958", "2.8227", "2.4540"]
    assert landmarks.guessing(lecture_names.letters) == pytest.approx(
        float(shown["Guessing, nats"]), abs=5e-5
    )


def test_the_sidebar_has_a_widget_for_every_knob(app):
    lesson(app)
    numbers = {s.key: s.value for s in [*app.slider, *app.number_input]}
    config = bigram.Config()
    for name in ("steps", "rate", "decay", "seed"):
        assert numbers[name] == getattr(config, name)


def test_the_lecture_preset_turns_every_knob(app):
    lesson(app)
    app.slider("rate").set_value(3.0).run()
    app.button("preset lecture").click().run()
    assert not app.exception
    assert app.slider("rate").value == bigram.PRESETS["lecture"].rate
    assert app.slider("steps").value == bigram.PRESETS["lecture"].steps


def test_a_bad_address_is_said_and_the_default_used(app):
    lesson(app, steps="many", rate="1000")
    [said] = [warning.value for warning in app.warning]
    assert said.split("  \n") == [
        "steps must be a whole number, not 'many'. Using 1,000 instead.",
        "rate must be between 0.1 and 100, not 1,000. Using 50 instead.",
    ]
    assert app.slider("steps").value == 1000


def test_the_shown_source_is_the_code_that_runs(app):
    shown = "\n".join(code.value for code in lesson(app).code)
    files = (store.ROOT / "core").rglob("*.py")
    text = "\n".join(file.read_text() for file in files)
    for function in (bigram.count, bigram.loss, bigram.draw, bigram.train):
        assert f"def {function.__name__}(" in shown
    blocks = [code.value for code in app.code if code.language == "python"]
    assert all(block in text for block in blocks)


def test_own_words_are_used_and_bad_ones_change_nothing(app):
    lesson(app)
    app.text_area("own words").input("emma otto ada").run()
    assert any("your own 3 words" in text.value for text in app.caption)
    app.text_area("own words").input("aaa").run()
    assert "one letter only" in app.error[0].value
    assert any("32,033 names" in text.value for text in app.caption)


def test_a_word_is_scored_and_a_bad_one_gets_a_sentence(app):
    lesson(app, word="andrejq")
    assert any("jq never occurs" in info.value for info in app.info)
    app.text_input("word").input("x7").run()
    assert "7 is not a letter" in app.warning[0].value
    app.text_input("word").input("zoë").run()
    assert "ë does not occur" in app.warning[0].value
    assert not app.exception


def test_the_slot_machine_spells_the_first_sampled_name(app):
    lesson(app)
    for _ in "mor":
        [spin] = [b for b in app.button if b.label.startswith("Spin")]
        spin.click().run()
    said = [text.value for text in app.markdown if "Written:" in text.value]
    assert "**mor**" in said[0] and "the end of the word" in said[0]


def test_smoothing_moves_the_loss_of_a_word(app):
    lesson(app, word="andrejq")
    app.select_slider("smoothing").set_value(0).run()
    said = " ".join(text.value for text in app.markdown)
    assert "With 0 added, **andrejq** has loss inf" in said
    app.select_slider("smoothing").set_value(1).run()
    said = " ".join(text.value for text in app.markdown)
    assert "With 1 added, **andrejq** has loss 3.48" in said  # lectures.md


def test_markup_in_an_address_stays_text(app):
    lesson(app, steps="[hi](//evil.com)")
    [said] = [warning.value for warning in app.warning]
    assert "](" not in said and "evil" in said


def test_a_preset_takes_the_complaint_back(app):
    lesson(app, steps="many")
    app.button("preset lecture").click().run()
    assert not app.warning


@pytest.mark.parametrize("own", ["a b", "zoë ada", "ab " * 20, "я он она оно"])
def test_no_section_breaks_on_few_or_strange_words(app, own):
    lesson(app)
    app.text_area("own words").input(own).run()
    assert not app.exception
    assert any("your own" in text.value for text in app.caption)


def test_smoothing_and_decay_lead_to_guessing_alike(app):
    lesson(app)
    app.select_slider("twin smoothing").set_value(100_000).run()
    app.select_slider("twin decay").set_value(1.0).run()
    assert not app.exception
    losses = [m.value for m in app.metric if m.label == "loss, nats"][-2:]
    smoothed, decayed = (float(loss) for loss in losses)
    assert smoothed == pytest.approx(3.284, abs=1e-3)  # facts.md
    assert 2.6 < decayed < math.log(27)  # on its way there


def divided(app):
    """Losses and row sums of the two tables of the keepdim section."""
    said = [t.value for t in app.markdown if "First rows sum to" in t.value]
    return [m.value for m in app.metric if m.label == "loss, nats"][:2], said


def test_the_keepdim_switch_changes_the_sums_and_not_the_loss(app):
    lesson(app)
    losses, sums = divided(app)
    assert losses == ["2.4546", "2.4546"]  # issue 3, both times
    assert all("1.00, 1.00" in total for total in sums)
    app.toggle("forget_keepdim").set_value(True).run()
    assert not app.exception
    losses, sums = divided(app)
    assert losses == ["2.4546", "2.4546"]
    # lectures.md: rows sum to 6.92, 4.37, 0.21
    assert "6.92, 4.37, 0.21" in sums[0] and "1.00, 1.00" in sums[1]


def test_the_more_words_are_counted_the_lower_the_loss_on_all(app):
    lesson(app)
    losses = []
    for size in (0, 10, 1000, 32033):
        app.select_slider("words counted").set_value(size).run()
        said = [t.value for t in app.markdown if "Loss on all words" in t.value]
        losses.append(float(said[0].split("**")[1]))
    assert losses == sorted(losses, reverse=True)
    assert losses[0] == pytest.approx(math.log(27), abs=5e-5)  # guessing
    assert losses[-1] == pytest.approx(2.4546, abs=5e-5)  # facts.md, +1


def test_the_word_is_shown_as_examples_and_its_forward_pass(app):
    lesson(app, word="emma")
    tables = [table.value for table in app.table]
    [forward] = [t for t in tables if "surprise, nats" in t]
    nll = [float(n) for n in forward["surprise, nats"]]
    # L2.23: the five examples of emma, mean 3.7693
    assert sum(nll) / len(nll) == pytest.approx(3.7693, abs=1e-4)
    [examples] = [t.set_index("0") for t in tables if "xs" in t.values]
    assert list(examples.loc["xs"]) == ["0", "5", "13", "13", "1"]
    assert list(examples.loc["ys"]) == ["5", "13", "13", "1", "0"]


def test_two_models_rank_alike_by_chance_and_by_logarithm(app):
    lesson(app, word="emma")
    # the counted chances of lecture 2: .e 0.0478, em 0.0377, mm 0.0253,
    # ma 0.3899, a. 0.1960; 1 / 27 is 0.0370
    [said] = [t.value for t in app.markdown if "By chance the" in t.value]
    assert said.count("**4**") == 2 and "the very same ones" in said


def test_a_chance_of_nothing_surprises_without_end(app):
    lesson(app)
    app.slider("a chance").set_value(0.0).run()
    assert not app.exception


def test_three_sliders_show_the_logarithm_of_a_product(app):
    lesson(app)
    app.slider("factor a").set_value(0.25).run()
    [said] = [t.value for t in app.markdown if "log(abc)" in t.value]
    one, other = (part.split("**")[0] for part in said.split(" = **")[1:])
    expected = math.log(0.25 * 0.2 * 0.05)
    assert float(one) == pytest.approx(expected, abs=1e-6)
    assert one == other


def test_torch_is_asked_for_its_dtypes(app):
    tables = [table.value for table in lesson(app).table]
    [answers] = [table for table in tables if "you write" in table]
    said = dict(answers.to_numpy().tolist())
    assert said["`torch.tensor([5, 13])`"].startswith("torch.int64")
    assert said["`torch.Tensor([5, 13])`"].startswith("torch.float32")


@pytest.mark.parametrize("hosted, said", [("1", "just been woken"), ("", "")])
def test_a_hosted_app_says_once_that_it_was_asleep(hosted, said, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_HOSTED", hosted)
    server.launcher.clear()  # a server that has just started
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    assert said in "".join(toast.value for toast in app.toast)
    assert bool(app.toast) == bool(said)
    assert not app.run().toast
    server.launcher().close()
    server.launcher.clear()


def test_a_busy_app_says_how_many_wait(monkeypatch):
    line = dict.fromkeys(range(7))
    monkeypatch.setattr(server.launcher(), "line", line)
    monkeypatch.setattr(server.launcher(), "seats", 2)
    app = AppTest.from_file(ENTRY, default_timeout=60).run()
    assert "7 runs wait in line" in app.toast[0].value
    monkeypatch.undo()


def test_no_lesson_makes_torch_import_its_compiler():
    """It takes 70 MB and two seconds, and nothing here is compiled."""
    code = (
        "import sys; from streamlit.testing.v1 import AppTest\n"
        "for name in ('batchnorm', 'wavenet', 'gpt'):\n"
        f"    app = AppTest.from_file({ENTRY!r}, default_timeout=60)\n"
        "    app.switch_page(f'pages/lessons/{name}.py').run()\n"
        "    assert app.title and not app.exception\n"
        "print({'torch._dynamo', 'sympy'} & {*sys.modules})"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        cwd=store.ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "set()"
