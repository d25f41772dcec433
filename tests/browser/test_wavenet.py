"""Lesson 5 in a real browser: a run, and a node chosen by keyboard."""

import re


def test_a_run_shows_its_smoothed_loss_and_both_splits(server, visitor):
    knobs = "steps=400&hidden=16&embedding=4"
    guest = visitor().visit(f"{server.url}/wavenet?{knobs}")
    guest.press("Train")
    guest.waits_for_status("Done: 400 steps")
    guest.press("Newest")
    guest.settle()
    guest.sees(re.compile(r"Train \d\.\d{4} nats .*dev \d\.\d{4}"))
    guest.is_well()


def test_every_slider_of_the_tree_answers_to_arrow_keys(server, visitor):
    guest = visitor().visit(f"{server.url}/wavenet")
    page = guest.page
    for name, key in (("Level", "ArrowLeft"), ("Node", "ArrowLeft")):
        slider = page.get_by_role("slider", name=name).first
        slider.scroll_into_view_if_needed()
        slider.focus()
        before = heard(page)
        page.keyboard.press(key)
        page.wait_for_function(
            "before => !document.body.innerText.includes(before)",
            arg=before,
        )
        guest.settle()
        assert heard(page) != before, name
    guest.is_well()


def heard(page) -> str:
    """The sentence about the chosen node."""
    said = page.get_by_text(re.compile(r"hears ")).first
    return said.inner_text()
