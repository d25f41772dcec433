"""The first loss: four chances, the squashed logits, the hockey stick."""

from functools import lru_cache

import altair as alt
import pandas as pd
import pyarrow as pa

from pages.charts import arms, arrow, colour, loss

NATS = "loss, nats per character"


def chances(shares: list[float], right: int) -> pa.Table:
    """One row a class: its chance, and whether it is the right one."""
    rows = [
        (str(i), share, i == right, f"{share:.1%}" + " right" * (i == right))
        for i, share in enumerate(shares)
    ]
    return arrow.table(rows, ["class", "chance", "right", "said"])


@lru_cache(maxsize=1)
def four() -> dict:
    """Four chances as bars; the right one has a frame and says so."""
    x = alt.X("class:N", title="class").axis(labelAngle=0)
    y = alt.Y("chance:Q", title="chance").scale(domain=[0, 1])
    y = y.axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    tip = ["class:N", alt.Tooltip("chance:Q", format=".2%")]
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    frame = base.transform_filter("datum.right").mark_bar(
        strokeWidth=3, fillOpacity=0, stroke=colour.INK
    )
    said = base.mark_text(dy=-9, fontSize=13, tooltip=None, fill=colour.INK)
    chart = alt.layer(
        base.mark_bar(fillOpacity=0.75),
        frame,
        said.encode(text="said:N"),
        title="How large is the chance of the right one?",
    )
    return colour.spec(chart.properties(height=300))


def by_scale(
    curve: list[tuple[float, float]], scale: float, at: float
) -> pa.Table:
    """One row a scale of W2: the first loss; `here` on the chosen one."""
    rows = [(x, y, False) for x, y in curve] + [(scale, at, True)]
    return arrow.table(rows, ["scale", "loss", "here"])


@lru_cache(maxsize=16)
def squashed(guessing: float, high: float) -> dict:
    """The first loss over W2's scale, and the chosen scale on it."""
    x = alt.X("scale:Q", title="what W2 is multiplied by")
    x = x.scale(domain=[0, 1.02], nice=False)
    y = loss.vertical("loss", 0, high, NATS)
    tip = [
        alt.Tooltip("scale:Q", format=".2f"),
        alt.Tooltip("loss:Q", format=".4f"),
    ]
    base = colour.means(alt.Chart().encode(x, y, tooltip=tip), "data")
    here = base.transform_filter("datum.here")
    look = {"fontSize": 14, "dy": -14, "tooltip": None}
    number = here.encode(text=alt.Text("loss:Q", format=".4f"))
    left = number.transform_filter("datum.scale < 0.5")
    right = number.transform_filter("datum.scale >= 0.5")
    chart = alt.layer(
        *loss.lines({"guessing": guessing}, y),
        base.transform_filter("!datum.here").mark_line(strokeWidth=2.5),
        here.mark_point(size=110, filled=True, clip=False),
        *colour.rimmed(left, align="left", dx=8, **look),
        *colour.rimmed(right, align="right", dx=-8, **look),
        title="Smaller logits, smaller first loss",
    )
    return colour.spec(chart.properties(height=320))


def sticks(runs: dict[str, list[float]], around: int) -> pd.DataFrame:
    """One row a step of each run: its loss and the mean of the last few."""
    frames = []
    for name, losses in runs.items():
        rows = pd.DataFrame({"run": name, "loss": losses})
        mean = rows["loss"].rolling(around, min_periods=1).mean()
        rows = rows.assign(smooth=mean, step=range(1, len(losses) + 1))
        rows["end"] = rows["step"] == len(losses)
        frames.append(rows)
    return pd.concat(frames, ignore_index=True).round(4)


@lru_cache(maxsize=16)
def hockey(
    names: tuple[str, str], guessing: float, high: float, steps: int
) -> dict:
    """The losses of both over the first steps, smooth ones strong; the first
    is named above its end, the second below."""
    x = alt.X("step:Q", title="step")
    x = x.scale(domain=[0, 1.03 * steps], nice=False).axis(
        values=[steps * i // 3 for i in range(4)], grid=False
    )
    low = -0.13 * high  # room for a name
    ticks = list(range(0, int(high) + 1, 5 if high > 8 else 1))
    raw, smooth = (
        loss.vertical(field, low, high, NATS, clamp=True).axis(values=ticks)
        for field in ("loss", "smooth")
    )
    hue, dash = arms.told_apart("run", list(names))
    tip = [
        "run:N",
        alt.Tooltip("step:Q"),
        alt.Tooltip("loss:Q", format=".4f"),
        alt.Tooltip("smooth:Q", title="mean of ten", format=".4f"),
    ]
    base = alt.Chart().encode(x, smooth, hue.legend(None), tooltip=tip)
    end = base.transform_filter("datum.end")
    named = end.transform_calculate(
        said="datum.run + '  ' + format(datum.smooth, '.2f')"
    ).encode(text="said:N")
    above = named.transform_filter(f"datum.run == '{names[0]}'")
    below = named.transform_filter(f"datum.run == '{names[1]}'")
    look = {"align": "right", "dx": 4, "fontSize": 13, "tooltip": None}
    curves = alt.layer(
        base.mark_line(strokeWidth=1, opacity=0.3).encode(raw),
        base.mark_line(strokeWidth=3).encode(dash.legend(None)),
        end.mark_point(filled=True, size=60),
        *colour.rimmed(above, dy=-16, **look),
        *colour.rimmed(below, dy=15, **look),
    )
    chart = alt.layer(
        landmark(guessing, raw),
        curves,
        title="Which of them looks like a hockey stick?",
    )
    chart = chart.resolve_scale(color="independent")
    quick = {"embedOptions": {"renderer": "canvas"}}
    return colour.spec(chart.properties(height=360, usermeta=quick))


def landmark(guessing: float, y) -> alt.LayerChart:
    """The loss of guessing, named at the left, where no curve is so low."""
    row = {"loss": guessing, "said": f"guessing  {guessing:.4f}"}
    mark = alt.Chart(alt.Data(values=[row])).encode(y)
    mark = colour.means(mark, "published")
    look = {"align": "left", "dx": 6, "dy": -8, "fontSize": 12}
    name = mark.encode(x=alt.value(0), text="said:N")
    return alt.layer(
        mark.mark_rule(strokeDash=[5, 4], tooltip=None),
        name.mark_text(tooltip=None, **look),
    )
