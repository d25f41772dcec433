"""Every page as a visitor finds it: cold, deep, narrow, with bad links."""

import os
import re
import signal
import time
from base64 import b64decode

import pytest
from conftest import ROOT, Server

PAGES = {
    "": "Zero to Hero Playground",
    "micrograd": "1. micrograd",
    "bigram": "2. Bigram",
    "mlp": "3. MLP",
    "batchnorm": "4. Activations and BatchNorm",
    "wavenet": "5. WaveNet",
    "gpt": "6. GPT",
}


def test_a_deep_link_to_a_cold_server_opens_its_lesson(tmp_path, visitor):
    server = Server(tmp_path)
    guest = visitor()
    guest.visit(f"{server.url}/bigram")
    assert guest.page.locator("h1").inner_text() == "2. Bigram"
    assert guest.page.get_by_role("dialog").count() == 0
    guest.is_well()
    server.stop()


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_well_and_has_its_title_and_favicon(
    server, visitor, path
):
    guest = visitor()
    guest.visit(f"{server.url}/{path}")
    page = guest.page
    assert page.locator("h1").inner_text() == PAGES[path]
    assert page.title() in PAGES[path]
    drawing = (ROOT / "assets" / "icons" / f"{path or 'home'}.svg").read_bytes()
    icon = page.locator("link[rel*=icon]").first.get_attribute("href")
    assert b64decode(icon.partition(",")[2]) == drawing
    guest.is_well()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_off_on_a_phone(server, visitor, path, scheme):
    phone = {"width": 390, "height": 844}
    guest = visitor(viewport=phone, color_scheme=scheme)
    guest.visit(f"{server.url}/{path}")
    main = guest.page.get_by_test_id("stMain")
    wide, seen = main.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert wide <= seen
    guest.is_well()


def test_every_picture_has_a_text_alternative(server, visitor):
    for path in PAGES:
        guest = visitor().visit(f"{server.url}/{path}")
        charts = guest.page.get_by_test_id("stVegaLiteChart")
        charts.first.wait_for()
        for chart in charts.all():
            assert len(chart.get_attribute("aria-label") or "") > 20


@pytest.mark.parametrize(
    "place, title", [(0, PAGES["micrograd"]), (1, PAGES["bigram"])]
)
def test_home_leads_to_every_lesson(server, visitor, place, title):
    guest = visitor().visit(server.url)
    guest.stands_still()
    guest.page.get_by_role("link", name="Open the lesson").nth(place).click()
    guest.page.locator("h1", has_text=title).wait_for()
    guest.settle()
    guest.is_well()


def test_the_address_sets_the_knobs_and_the_knobs_the_address(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram?steps=200&decay=0.5")
    assert knob(guest, "steps") == "200"
    guest.sees("Not trained yet with these knobs: 200 steps.")
    guest.press("As in the lecture")
    guest.sees("Not trained yet with these knobs: 100 steps.")
    guest.settle()
    assert "steps=100" in guest.page.url
    assert "decay" not in guest.page.url  # the default needs no mention
    guest.is_well()


def test_a_knob_changes_its_sections_its_address_and_the_run(server, visitor):
    guest = visitor().visit(f"{server.url}/mlp?steps=2000")
    hidden = guest.page.locator("input[aria-label=hidden]")
    hidden.press("ArrowRight")
    guest.sees("yours has hidden 201 instead of 200")
    guest.settle()
    assert "hidden=201" in guest.page.url and "steps=2000" in guest.page.url
    link = guest.page.get_by_test_id("stCode").last
    assert "hidden=201" in link.inner_text()
    guest.press("Train")
    guest.waits_for_status("Done: 2,000 steps")
    hidden.press("ArrowLeft")
    guest.waits_for_status("Not trained yet")
    hidden.press("ArrowRight")
    guest.waits_for_status("Done: 2,000 steps")
    guest.is_well()


def knob(guest, name):
    return guest.page.get_by_role("slider", name=name).get_attribute(
        "aria-valuetext"
    )


@pytest.mark.parametrize("bad", ["0", "99999999", "many", "", "1e3", "<b>x"])
def test_a_bad_knob_in_the_address_gets_one_sentence(server, visitor, bad):
    guest = visitor().visit(f"{server.url}/bigram?steps={bad}")
    alerts = guest.page.get_by_test_id("stAlert")
    alerts.first.wait_for()
    assert alerts.count() == 1
    said = alerts.inner_text()
    assert re.search(r"steps must be .* Using 1,000 instead\.", said), said
    assert knob(guest, "steps") == "1000"
    guest.is_well()


def test_own_words_are_used_and_bad_ones_change_nothing(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram")
    page = guest.page
    page.get_by_text("Use your own words").click()
    box = page.get_by_role("textbox", name="One word a line")
    box.fill("emma\notto\nada")
    box.press("Control+Enter")
    guest.sees("In use: your own 3 words.")
    guest.sees("14 pairs")  # 4 + 4 + 3 letters, and an edge a word
    box.fill("agent 007")
    box.press("Control+Enter")
    guest.sees("0 is not a letter")
    guest.sees("In use: the lectures' 32,033 names.")
    guest.settle()
    guest.is_well()


def test_the_keepdim_switch_is_in_the_address_and_reruns_its_section(
    server, visitor
):
    guest = visitor().visit(f"{server.url}/bigram")
    page = guest.page
    page.get_by_text("Forget keepdim").click()
    guest.sees("6.92, 4.37, 0.21")  # lectures.md: what the rows sum to
    assert "forget_keepdim=true" in page.url
    again = visitor().visit(page.url)
    again.sees("Yours: without keepdim")
    again.is_well()


def test_an_upload_is_used(server, visitor):
    guest = visitor().visit(f"{server.url}/bigram")
    page = guest.page
    page.get_by_text("Use your own words").click()
    upload = page.locator("input[type=file]")
    file = {"name": "w.txt", "mimeType": "text/plain"}
    upload.set_input_files({**file, "buffer": b"\xff\xfe\x00"})
    guest.sees("not a text file")
    upload.set_input_files({**file, "buffer": "zoë\nada".encode()})
    guest.sees("In use: your own 2 words.")
    guest.settle()
    guest.is_well()


def test_without_network_and_data_the_built_in_names_are_used(
    tmp_path, visitor
):
    nowhere = {"PLAYGROUND_DATA": str(tmp_path), "https_proxy": "127.0.0.1:9"}
    server = Server(tmp_path, **nowhere)
    guest = visitor().visit(f"{server.url}/bigram")
    guest.sees("In use: the built-in list of")
    guest.is_well()
    server.stop()


FULL_COLLECTIONS = """
import gc, os
def note(phase, info):
    if phase == "start" and info["generation"] == 2:
        with open(os.environ["GC_LOG"], "a") as log:
            log.write("x")
gc.callbacks.append(note)
"""


def test_the_server_does_not_collect_after_every_run_nor_watch_files(
    tmp_path, visitor
):
    (tmp_path / "sitecustomize.py").write_text(FULL_COLLECTIONS)
    log = tmp_path / "gc.log"
    path = {"PYTHONPATH": str(tmp_path), "GC_LOG": str(log)}
    server = Server(tmp_path, **path)
    guest = visitor().visit(f"{server.url}/bigram")
    time.sleep(5)  # torch is imported, and what is there is frozen
    before = log.stat().st_size
    for _ in range(10):
        guest.press("Draw ten others")
        guest.settle()
    assert log.stat().st_size - before < 5  # with the default: 10 and more
    open_files = f"/proc/{server.process.pid}/fd"
    links = [os.readlink(f"{open_files}/{fd}") for fd in os.listdir(open_files)]
    assert not any("inotify" in link for link in links)
    server.stop(signal.SIGTERM)
