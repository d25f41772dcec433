"""What README says on hosting: its nginx block, its Dockerfile, no network."""

import re
import shutil
import socket
import subprocess
import time
import urllib.parse
import urllib.request

import pytest
from conftest import ROOT, Server, skip_or_fail

from core.data import names, text

WITH_A_PATH = ["--server.baseUrlPath", "playground"]
MAIN = """
daemon off;
master_process off;
pid {place}/nginx.pid;
error_log {place}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    include {place}/playground.conf;
}}
"""


def block(language) -> str:
    """README's one code block in this language."""
    readme = (ROOT / "README.md").read_text()
    (found,) = re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)
    return found


def replaced(text, old, new) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class ServerUnderPath(Server):
    """It answers under /playground and nowhere else."""

    def wait_until_it_answers(self):
        self.url += "/playground"
        super().wait_until_it_answers()


class Nginx:
    """README's block on a free port, in front of a server."""

    def __init__(self, place, server, path=""):
        program = shutil.which(
            "nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin"
        )
        if program is None:
            skip_or_fail("needs nginx: apt-get install nginx-light")
        port, site = free_port(), block("nginx")
        site = replaced(site, "listen 80;", f"listen 127.0.0.1:{port};")
        site = replaced(site, ":8501;", f":{server.port};")
        site = replaced(site, "location / {", f"location {path}/ {{")
        (place / "playground.conf").write_text(site)
        (place / "nginx.conf").write_text(MAIN.format(place=place))
        self.errors, self.url = place / "error.log", f"http://127.0.0.1:{port}"
        self.url += path
        self.process = subprocess.Popen(
            [program, "-c", place / "nginx.conf", "-e", self.errors]
        )

    def health(self) -> str:
        for _ in range(100):
            try:
                with urllib.request.urlopen(
                    f"{self.url}/_stcore/health", timeout=5
                ) as answer:
                    return answer.read().decode()
            except OSError:
                time.sleep(0.1)
        raise TimeoutError(self.errors.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(15)


@pytest.fixture(scope="module", params=["", "/playground"])
def nginx(request, tmp_path_factory):
    place = tmp_path_factory.mktemp("nginx")
    if request.param:
        server = ServerUnderPath(place, options=WITH_A_PATH)
    else:
        server = Server(place)
    nginx = Nginx(place, server, request.param)
    yield nginx
    nginx.stop()
    server.stop()


def test_the_health_address_answers_through_nginx(nginx):
    assert nginx.health() == "ok"


def test_a_run_trains_and_is_watched_through_nginx(nginx, visitor):
    guest = visitor()
    guest.visit(f"{nginx.url}/bigram?steps=200")
    assert guest.page.locator("h1").inner_text() == "2. Bigram"
    guest.press("Train")
    guest.waits_for_status("Done: 200 steps")
    assert guest.heard > 10  # messages of the websocket
    guest.is_well()


def test_home_leads_to_a_lesson_through_nginx(nginx, visitor):
    guest = visitor().visit(nginx.url)
    path = urllib.parse.urlsplit(nginx.url).path
    label = f"[aria-label$='link: {path}/bigram']"  # a point of the chart
    guest.page.locator(f"svg {label}").wait_for()
    guest.stands_still()
    guest.page.get_by_role("link", name="Open the lesson").first.click()
    guest.page.locator("h1", has_text="1. micrograd").wait_for()
    guest.settle()
    assert guest.page.url == f"{nginx.url}/micrograd"
    guest.is_well()


def test_five_megabytes_are_uploaded_through_nginx(nginx, visitor):
    guest = visitor().visit(f"{nginx.url}/gpt?text=own")
    whole = (b"to be or not to be\n" * 300_000)[: text.MAX_BYTES]
    guest.page.locator("input[type=file]").set_input_files(
        {"name": "t.txt", "mimeType": "text/plain", "buffer": whole}
    )
    guest.sees("In use: your own text, 5,000,000 characters")
    guest.settle()
    guest.is_well()


def test_the_dockerfile_takes_along_the_lectures_files():
    dockerfile = block("dockerfile")
    for file in (names.LECTURES, text.SHAKESPEARE):
        assert f"sha256:{file.sha256} " in dockerfile
        assert f"    {file.url} " in dockerfile
        assert f"    /lectures/{file.name}\n" in dockerfile


def test_without_a_network_pages_come_and_say_what_they_use(tmp_path, visitor):
    """The network swallows whatever is sent, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as hole:
        nowhere = f"127.0.0.1:{hole.getsockname()[1]}"
        server = Server(
            tmp_path, PLAYGROUND_DATA=str(tmp_path), https_proxy=nowhere
        )
        guest = visitor().visit(server.url)
        guest.sees("In use: the built-in list of")
        guest = visitor().visit(f"{server.url}/gpt")
        guest.sees("In use: the Python manual")
        guest.is_well()
        server.stop()
