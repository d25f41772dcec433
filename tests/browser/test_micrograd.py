"""Lesson 1 in a real browser: what no AppTest can press."""

import re


def knob(guest, name) -> str:
    """What the slider of a knob says, once the browser has drawn it."""
    place = guest.page.locator(f".st-key-{name}").first
    place.get_by_role("slider").first.wait_for()
    return place.inner_text()


POINTS = (
    "(document.querySelector('textarea[aria-label^=\"The points\"]')?.value"
    " ?? '')"
)


def points(guest, low, high) -> list[str]:
    """The lines in the box, once there are from low to high of them."""
    guest.page.wait_for_function(
        f"""([low, high]) => {{
            const count = {POINTS}.split('\\n').filter(Boolean).length;
            return low <= count && count <= high;
        }}""",
        arg=[low, high],
    )
    return guest.page.evaluate(POINTS).splitlines()


def test_lessons_with_knobs_of_one_name_do_not_share_them(server, visitor):
    guest = visitor()
    guest.visit(f"{server.url}/micrograd?steps=50&rate=2.5")
    assert "50" in knob(guest, "steps") and "2.5" in knob(guest, "rate")
    # once a run has followed the first, Streamlit keeps what the knobs say
    guest.page.get_by_role("slider", name="width").press("ArrowRight")
    guest.settle()
    guest.page.get_by_role("link", name="Bigram", exact=True).first.click()
    guest.page.locator("h1", has_text="2. Bigram").wait_for()
    guest.settle()
    for name, default in (("steps", "1000"), ("rate", "50")):
        slider = guest.page.locator(f".st-key-{name}").get_by_role("slider")
        assert slider.get_attribute("aria-valuetext") == default
    assert "?" not in guest.page.url
    assert guest.page.get_by_test_id("stAlertContainer").count() == 0
    guest.is_well()


def test_a_press_on_the_board_adds_a_point_and_another_takes_it(
    server, visitor
):
    guest = visitor()
    guest.visit(f"{server.url}/micrograd")
    before = points(guest, 1, 99)
    board = guest.page.locator("[aria-label^='A plane with']").first
    board.scroll_into_view_if_needed()
    guest.page.wait_for_timeout(1000)
    place = {"x": 200, "y": 200}
    board.click(position=place)
    more = len(before) + 1
    added = points(guest, more, more)
    assert added[:-1] == before
    assert re.fullmatch(r"-?[\d.]+ -?[\d.]+ 1", added[-1])
    guest.page.wait_for_timeout(1500)  # the new board is drawn
    board.click(position=place)
    assert points(guest, len(before), len(before)) == before
    guest.is_well()


def test_a_run_ends_with_the_moons_told_apart(server, visitor):
    guest = visitor()
    guest.visit(f"{server.url}/micrograd")
    guest.settle()
    guest.press("Train")
    guest.waits_for_status("Done", 240_000)  # busy, a step takes 1 s
    guest.press("Newest")
    guest.page.locator(
        "[aria-label*='; 100% are on their own side']"
    ).first.wait_for(timeout=20_000)
    guest.is_well()


def test_a_bug_runs_beside_the_correct_code(server, visitor):
    guest = visitor()
    guest.visit(f"{server.url}/micrograd")
    guest.press("Run both")
    wrong = "[aria-label^='The decision map of with the bug']"
    guest.sees(re.compile("with the bug, step 100"))
    assert "50%" in guest.page.locator(wrong).get_attribute("aria-label")
    guest.sees(re.compile("correct, step 100.*100% right"))
    guest.is_well()
