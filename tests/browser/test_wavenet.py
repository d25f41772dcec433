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
    layer = page.get_by_role("slider", name="Level").first
    layer.scroll_into_view_if_needed()
    layer.focus()
    before = layer.get_attribute("aria-valuetext")
    for key in ("ArrowRight", "ArrowLeft"):
        page.keyboard.press(key)
        guest.settle()
        if layer.get_attribute("aria-valuetext") != before:
            break
    assert layer.get_attribute("aria-valuetext") != before
    guest.is_well()
