"""BatchNorm and its batch mates: lecture 4's figures, torch.nn, autograd."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from streamlit.testing.v1 import AppTest

from core import batch_mates, batchnorm, mlp
from core.data import names
from core.layers import BatchNorm1d, Linear, Nonlinearity

FEW = names.own("emma olivia ava isabella sophia mia amelia harper luna nora")
TEXTS = {
    "one word": "ab",
    "two letters": "a b",
    "Cyrillic": "я он она оно мы",
    "60 letters": "".join(chr(0x4E00 + i) for i in range(30))
    + " "
    + "".join(chr(0x4E00 + i) for i in range(30, 60)),
}


def examples(data):
    """Every context X (N, T) and letter y (N,) to learn from."""
    words = mlp.split(data).train
    return mlp.windows(words, data.letters, batch_mates.NET.context)


@pytest.fixture(scope="module")
def lecture_pool(lecture_names):
    return examples(lecture_names)


@pytest.fixture(scope="module")
def few():
    """A net of few words after some steps, and the words' examples."""
    X, y = examples(FEW)
    config, V = batch_mates.LEARNING, len(FEW.letters)
    return batch_mates.learned(config, V, X, y, 50), X, y


def test_the_stages_end_where_torch_s_batchnorm_does():
    sums = torch.randn(32, generator=torch.Generator().manual_seed(1)) * 3 + 1
    stages = batch_mates.stages(sums, gamma=1.5, beta=-0.5)
    theirs = torch.nn.BatchNorm1d(1)
    theirs.weight.data.fill_(1.5)
    theirs.bias.data.fill_(-0.5)
    expected = theirs(sums[:, None])[:, 0].detach()
    # torch divides the variance by 32, the lecture by 31
    rescaled = -0.5 + (expected + 0.5) * (31 / 32) ** 0.5
    assert torch.allclose(stages["plus beta"], rescaled, atol=1e-5)
    assert torch.equal(stages["tanh of that"], stages["plus beta"].tanh())
    normal = stages["by their spread"]
    assert normal.mean().item() == pytest.approx(0, abs=1e-6)
    assert normal.std().item() == pytest.approx(1, abs=1e-5)


def test_batchnorm_leaves_the_shape():
    g = torch.Generator().manual_seed(2)
    humps = torch.cat([torch.randn(500, generator=g) - 6, torch.ones(500) * 6])
    normal = batch_mates.stages(humps)["by their spread"]
    assert batch_mates.within(humps) == batch_mates.within(normal)
    bell = torch.randn(100_000, generator=g)
    # 68.27 % from the tables; three standard errors are 0.0044
    assert batch_mates.within(bell) == pytest.approx(0.6827, abs=0.0044)


@pytest.mark.parametrize("scale", [0.05, 5.0])
def test_the_layer_after_batchnorm_is_the_same_at_every_scale(
    scale, lecture_pool
):
    batch = batch_mates.first_batch(batch_mates.NET, 27, *lecture_pool)
    sums = batch_mates.sums(batch)
    _, one = batch_mates.whole_layer(sums, 1.0)
    before, after = batch_mates.whole_layer(sums, scale)
    # eps is 1e-5, beside a variance of 0.006 and less at the small scale
    assert torch.allclose(one, after, atol=0.02)
    assert not torch.allclose(sums, before, atol=1)


def test_flat_is_what_the_lecture_counts_as_saturated(lecture_pool):
    batch = batch_mates.first_batch(batch_mates.DEEP, 27, *lecture_pool)
    batch.net(batch.X)
    for layer in batch.net.every(Nonlinearity):
        expected = sum(abs(x) > 0.97 for x in layer.out.flatten().tolist())
        found = batch_mates.flat(layer.x) * layer.out.numel()
        assert found == pytest.approx(expected, abs=0.1)


def test_normshow_is_the_lecture_s():
    # L4.25: randn(5) * 5 of the seed 2147483647 + 1, the first one replaced
    g = torch.Generator().manual_seed(2147483647 + 1)
    expected = (torch.randn(5, generator=g) * 5).tolist()
    x, y = batch_mates.five(30.0)
    assert x.tolist() == pytest.approx([30.0, *expected[1:]])
    mean = sum(x.tolist()) / 5
    spread = (sum((each - mean) ** 2 for each in x.tolist()) / 4) ** 0.5
    wanted = [(each - mean) / spread for each in x.tolist()]
    assert y.tolist() == pytest.approx(wanted, abs=1e-5)
    drawn = batch_mates.five()[1].tolist()
    moved = max(
        abs(a - b) for a, b in zip(y.tolist()[1:], drawn[1:], strict=True)
    )
    assert batch_mates.others_moved(30.0) == pytest.approx(moved)
    assert batch_mates.others_moved(expected[0]) == 0


def result_of(training):
    """What a training returns when it is through."""
    while True:
        try:
            next(training)
        except StopIteration as end:
            return end.value


def test_the_net_learns_as_the_lesson_s_own_loop_does():
    X, y = examples(FEW)
    config = replace(batch_mates.LEARNING, steps=30)
    net = batch_mates.learned(config, len(FEW.letters), X, y, 30)
    result = result_of(batchnorm.train(config, FEW))
    norm = net.every(BatchNorm1d)[0]
    ours = [*net.parameters(), norm.running_mean, norm.running_var]
    theirs = [*result.weights, *result.running]
    for mine, other in zip(ours, theirs, strict=True):
        assert torch.equal(mine, other)


def test_neighbours_jitter_an_activation_as_published(lecture_pool):
    # facts.md: 0.324 at batch 4, 0.224 at 8, 0.110 at 32, 0.055 at 128, 0.019
    # at 1,024. Whose activation it does not say: of the lecture's net at its
    # start, the mean over all neurons and the first batch's examples is
    # within a tenth
    batch = batch_mates.first_batch(batch_mates.NET, 27, *lecture_pool)
    X, _ = lecture_pool
    published = {4: 0.324, 8: 0.224, 32: 0.110, 128: 0.055}
    for size, expected in published.items():
        spreads = [
            batch_mates.jitter(
                batch_mates.among_mates(batch.net, each, X, size, draws=40)
            ).mean()
            for each in batch.X
        ]
        found = torch.stack(spreads).mean().item()
        assert found == pytest.approx(expected, rel=0.1)


def test_a_single_example_s_jitter_is_published_to_a_few_percent(lecture_pool):
    # facts.md, as above; the deep net's first layer at emm
    batch = batch_mates.first_batch(batch_mates.DEEP, 27, *lecture_pool)
    front = batchnorm.Sequential([*batch.net.layers[:5], None])
    emm, X = torch.tensor([5, 13, 13]), lecture_pool[0]
    published = {4: 0.324, 8: 0.224, 32: 0.110, 128: 0.055, 1024: 0.019}
    for size, expected in published.items():
        said = batch_mates.among_mates(front, emm, X, size, draws=200)
        found = batch_mates.jitter(said).mean().item()
        assert found == pytest.approx(expected, rel=0.1)


def test_mates_give_what_one_batch_through_the_net_gives(few):
    net, X, _ = few
    said = batch_mates.among_mates(net, X[0], X, 8, seed=3, draws=2)
    g = torch.Generator().manual_seed(3)
    for row in said:
        at = torch.randint(0, len(X), (7,), generator=g)
        linear, norm = net.every(Linear)[0], net.every(BatchNorm1d)[0]
        embedded = net.layers[0].weight[torch.cat([X[:1], X[at]])].flatten(1)
        sums = embedded @ linear.weight
        normal = (sums - sums.mean(0)) / (sums.var(0) + 1e-5).sqrt()
        expected = (norm.gamma * normal + norm.beta).tanh()[0]
        assert torch.allclose(row, expected, atol=1e-5)


def test_neighbours_by_name_are_one_batch(few):
    net, X, _ = few
    said = batch_mates.beside(net, X[0], X[1:4])
    linear, norm = net.every(Linear)[0], net.every(BatchNorm1d)[0]
    sums = net.layers[0].weight[X[:4]].flatten(1) @ linear.weight
    normal = (sums - sums.mean(0)) / (sums.var(0) + 1e-5).sqrt()
    expected = (norm.gamma * normal + norm.beta).tanh()[0]
    assert torch.allclose(said, expected, atol=1e-5)
    moved = batch_mates.beside(net, X[0], X[4:7])
    assert not torch.allclose(said, moved, atol=1e-2)
    still = [
        batch_mates.beside(net, X[0], mates, training=False)
        for mates in (X[1:4], X[4:7])
    ]
    # the same in another row of a product: rounding only
    assert torch.allclose(*still, atol=1e-6)


def test_running_statistics_leave_no_jitter_and_stay(few):
    net, X, _ = few
    kept = net.every(BatchNorm1d)[0].running_mean.clone()
    for size in batch_mates.SIZES[:4]:
        said = batch_mates.among_mates(net, X[0], X, size, training=False)
        assert (said == said[0]).all()
    batch_mates.among_mates(net, X[0], X, 4)
    batch_mates.passed(net, X[:1], training=True)
    assert torch.equal(kept, net.every(BatchNorm1d)[0].running_mean)
    assert net.every(BatchNorm1d)[0].training


def test_one_example_is_nan_in_training_and_chances_in_evaluation(few):
    # L4.11, claim 63
    net, X, _ = few
    training = batch_mates.passed(net, X[:1], training=True)
    assert training.out.isnan().all() and training.chances.isnan().all()
    found = batch_mates.passed(net, X[:1], training=False)
    assert found.chances.sum().item() == pytest.approx(1, abs=1e-5)
    norm = net.every(BatchNorm1d)[0]
    expected = F.batch_norm(
        found.sums, norm.running_mean, norm.running_var, norm.gamma, norm.beta
    )
    assert torch.allclose(found.out, expected, atol=1e-5)
    with pytest.raises(ValueError, match="more than 1 value per channel"):
        batch_mates.by_torch(found.sums)


def test_a_bias_before_batchnorm_has_no_slope(lecture_pool):
    # L4.12; the lecture's own loop leaves the rounding of some 1e-9
    V, config = 27, batch_mates.NET
    found = batch_mates.steepest(config, V, *lecture_pool)
    net, X, y = batch_mates.first_batch(config, V, *lecture_pool)
    linear, norm = net.every(Linear)[0], net.every(BatchNorm1d)[0]
    linear.bias = torch.zeros(config.hidden)
    batchnorm.plain_slopes(net, X, y)  # by autograd
    bias, weight, gamma, beta = found.values()
    assert bias < 1e-8 and linear.bias.grad.abs().max() < 1e-8
    theirs = linear.weight.grad, norm.gamma.grad, norm.beta.grad
    for ours, other in zip((weight, gamma, beta), theirs, strict=True):
        assert ours == pytest.approx(other.abs().max().item(), rel=1e-3)
        assert ours > 1e5 * bias


@pytest.mark.parametrize("bias", [-5.0, 0.5, 5.0])
def test_a_bias_before_batchnorm_moves_nothing(bias):
    sums = torch.randn(32, generator=torch.Generator().manual_seed(4))
    found = batch_mates.biased(sums, bias)
    assert torch.equal(found.given, sums + bias)
    assert found.moved < 1e-5  # float32: rounding of numbers around 5


def test_sprinkled_spreads_are_published(lecture_pool):
    # lectures.md, claim 57: .62 .48 .41 .35 .32 without, .63-.64 with
    none = batch_mates.sprinkled(1.0, 27, *lecture_pool, [False] * 5)
    assert none == pytest.approx([0.62, 0.48, 0.41, 0.35, 0.32], abs=0.006)
    for gain in (0.5, 1.0, 3.0):
        every = batch_mates.sprinkled(gain, 27, *lecture_pool, [True] * 5)
        assert all(0.625 < each < 0.645 for each in every)


def test_a_layer_sprinkled_is_mended_and_those_before_it_are_not(lecture_pool):
    none = batch_mates.sprinkled(1.0, 27, *lecture_pool, [False] * 5)
    fourth = [False, False, False, True, False]
    found = batch_mates.sprinkled(1.0, 27, *lecture_pool, fourth)
    assert found[:3] == none[:3]
    assert 0.62 < found[3] < 0.65 and found[4] < 0.55


def test_without_any_it_is_the_net_without_batchnorm(lecture_pool):
    config = replace(batch_mates.DEEP, batchnorm=False, gain=5 / 3)
    net, X, _ = batch_mates.first_batch(config, 27, *lecture_pool)
    net(X)
    expected = [layer.out.std().item() for layer in net.every(Nonlinearity)]
    found = batch_mates.sprinkled(5 / 3, 27, *lecture_pool, [False] * 5)
    assert found == pytest.approx(expected)


def test_there_and_back_is_the_lecture_s_last_cell():
    # L4.27: x 31.01 -> out 1.0; slopes x 0.0315, w 0.0312, inp 0.995
    found = batch_mates.there_and_back()
    assert found["sums"] == pytest.approx((31.01, 0.0315), abs=5e-3)
    assert found["outputs"][0] == pytest.approx(1.0, abs=1e-4)
    assert found["sums"][1] == pytest.approx(0.0315, abs=5e-5)
    assert found["weights"][1] == pytest.approx(0.0312, abs=5e-5)
    assert found["inputs"][1] == pytest.approx(0.995, abs=5e-4)


def test_the_slope_comes_back_the_same_at_every_scale():
    one, large = map(batch_mates.there_and_back, (1.0, 100.0))
    assert large["inputs"][1] == pytest.approx(one["inputs"][1], rel=1e-3)
    assert large["weights"][1] == pytest.approx(one["weights"][1] / 100, 1e-3)


SECTION = """
from core.data import names
from pages.sections.batchnorm import mates, neighbours, sprinkle
data = {data}
word = mates.show(data)
neighbours.show(data, word)
mates.show_alone(data, word)
sprinkle.show(data)
"""


def section(data="names.local()"):
    code = SECTION.format(data=data)
    app = AppTest.from_string(code, default_timeout=60).run()
    assert not app.exception
    return app


def text(app):
    return " ".join(m.value for m in app.markdown)


def test_the_section_shows_the_jitter_and_its_end(lecture_names):
    app = section()
    assert "a **regulariser**" in text(app)
    first = text(app)
    app.button("bn mates draw").click().run()
    assert not app.exception and text(app) != first, "other mates"
    app.toggle("bn mates running").set_value(True).run()
    assert not app.exception
    assert "**exactly 0**" in text(app)
    code = " ".join(each.value for each in app.code)
    assert "ValueError: Expected more than 1 value per channel" in code


def test_the_section_says_the_published_spreads(lecture_names):
    app = section()
    assert "spread 0.62 0.48 0.41 0.35 0.32 from" in text(app)
    app.segmented_control("bn sprinkle gain").set_value(3.0).run()
    app.pills[0].set_value([]).run()
    assert not app.exception
    assert "with all of it 0.63 0.64 0.64 0.64 0.64," in text(app)
    app.slider("bn bias").set_value(0.0).run()
    assert "**not at all**" in text(app)


def test_another_word_has_other_contexts_and_a_wrong_one_is_refused():
    app = section("names.own('anna otto')")
    assert app.selectbox("bn mates context").options[-1] == "nna"
    app.text_input("bn mates word").set_value("otto").run()
    assert not app.exception
    assert app.selectbox("bn mates context").value == "tto"
    app.text_input("bn mates word").set_value("x").run()
    assert not app.exception
    assert "Using anna instead" in app.warning[0].value


@pytest.mark.parametrize("words", TEXTS.values(), ids=TEXTS)
def test_the_sections_stand_on_any_words(words):
    app = section(f"names.own({words!r})")
    assert "nan at" not in text(app)
    app.slider("bn mates neuron").set_value(200).run()
    app.slider("bn bias").set_value(5.0).run()
    assert not app.exception


def test_clouds_lie_apart_and_have_their_spread():
    from pages.charts import mates as chart

    said = {2: [0.1, 0.2], 1024: [0.3, 0.3]}
    frame = chart.cloud(said, [0.07, 0.0]).to_pandas()
    assert frame["spread"].dropna().tolist() == ["0.070", "0.000"]
    assert frame["size"].unique().tolist() == ["2", "1,024"]
    bell = chart.layer([0.0] * 32, [1.0] + [0.0] * 31, 5.0).to_pandas()
    shares = bell[bell["way"] == "a Gaussian"]["share"]
    assert math.isclose(shares.sum(), 1, abs_tol=2e-3)


def test_changing_a_neighbour_moves_training_and_not_evaluation(lecture_names):
    app = section()
    before = [(m.label, m.value) for m in app.metric]
    app.selectbox("bn beside second").set_value(9).run()
    assert not app.exception
    after = [(m.label, m.value) for m in app.metric]
    changed = [one != other for one, other in zip(before, after, strict=True)]
    assert changed == [True, False]
    assert app.metric[1].delta.startswith("+0.0000") or app.metric[
        1
    ].delta.startswith("-0.0000")
