import contextlib
import http.client
import importlib.util
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import lxml.html
import pytest

from pipeline.text.identify import identify_language
from pipeline.text.split import split_sentences

FOLDER = Path(__file__).parents[2] / "examples" / "news_site"
MODULES = ("stories", "gold", "render", "serve")  # each may import those before it
HOST = "habar.example"
ARTICLE = re.compile(r"^/(?P<language>tk|ru|en)/[a-z]+/(?P<id>\d+)/")


def _module(name):
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def site():
    before = {name: sys.modules.get(name) for name in MODULES}
    modules = SimpleNamespace(**{name: _module(name) for name in MODULES})
    yield modules
    for name, module in before.items():
        if module is None:
            del sys.modules[name]
        else:
            sys.modules[name] = module


@pytest.fixture(scope="module")
def stories(site):
    return site.stories.load_stories()


@pytest.fixture(scope="module")
def pages(site, stories):
    return site.render.render_site(stories)


@pytest.fixture(scope="module")
def port(site, pages):
    with _served(site, pages) as number:
        yield number


@contextlib.contextmanager
def _served(site, pages):
    with site.serve.NewsServer(pages, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def _ask(port, target, method="GET", host=HOST, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, headers={"Host": host, **names})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers, body


def _links(path, page):
    document = lxml.html.document_fromstring(page.body.decode())
    addresses = document.xpath("//a/@href | //link/@href | //img/@src | //form/@action")
    return {urljoin(f"http://{HOST}{path}", address) for address in addresses}


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _serve(*arguments, **options):
    command = [sys.executable, str(FOLDER / "serve.py"), *map(str, arguments)]
    return subprocess.Popen(command, stdout=-1, stderr=-1, text=True, **options)


def test_stories_have_the_promised_languages(stories):
    languages = Counter("+".join(story.title) for story in stories)
    expected = {"tk+ru+en": 27, "tk+ru": 3, "tk": 4, "ru": 4, "en": 1, "ru+en": 1}
    assert languages == expected
    assert [story.id for story in stories if story.fallback] == [1519]
    assert sum(not story.has_language_links for story in stories) == 5


def test_stories_have_three_to_five_paragraphs_of_autumn_2026(stories):
    for story in stories:
        assert 3 <= len(story.paragraphs) <= 5, story.slug
        assert 6 <= sum(map(len, story.paragraphs)) <= 10, story.slug
        assert (story.published_on.year, story.published_on.month) in {(2026, 10), (2026, 11)}


def test_every_title_and_paragraph_is_identified_as_its_language(site, stories):
    codes = site.stories.LANGUAGES
    wrong = [
        (story.id, text)
        for story in stories
        for language in story.title
        for text in [story.title[language], *story.text_on(language)]
        if identify_language(text, [*codes.values()]).code != codes[language]
    ]
    assert wrong == []


def test_paragraphs_split_into_the_sentences_they_were_written_in(site, stories):
    for story in stories:
        for language in story.title:
            for text, beads in zip(story.text_on(language), story.paragraphs, strict=True):
                written = [sentence for bead in beads for sentence in bead.sides[language]]
                assert split_sentences(text, site.stories.LANGUAGES[language]) == written


def test_no_sentence_is_written_twice(stories):
    sentences = Counter(
        sentence
        for story in stories
        for paragraph in story.paragraphs
        for bead in paragraph
        for side in bead.sides.values()
        for sentence in side
    )
    assert [sentence for sentence, count in sentences.items() if count > 1] == []


def test_gold_pairs_have_the_promised_shapes_and_equal_numbers(site, stories):
    pairs = list(site.gold.gold_pairs(stories))
    shapes = Counter((len(pair.source), len(pair.target)) for pair in pairs if pair.place)
    assert shapes == {(1, 1): 210, (2, 1): 14, (1, 2): 7, (2, 2): 6}
    assert sum(pair.place == 0 for pair in pairs) == 30
    for pair in pairs:
        source, target = (sorted(re.findall(r"\d+", " ".join(side))) for side in pair[2:])
        assert source == target, pair


def test_mined_gold_joins_stories_without_a_twin_and_is_up_to_date(site, stories):
    pairs = site.gold.mined_pairs(stories)
    alone = {story.id for story in stories if len(story.title) == 1}
    assert len(pairs) == 14
    assert {(pair.source_id, pair.target_id) for pair in pairs} == {(1507, 1510), (1513, 1516)}
    assert {pair.source_id for pair in pairs} | {pair.target_id for pair in pairs} <= alone
    stored = (FOLDER / "gold_mined.tsv").read_text(encoding="utf-8")
    assert stored == site.gold.mined_tsv(pairs)


def test_rendering_twice_gives_identical_pages(site, pages):
    assert site.render.pages() == pages


def test_articles_and_nothing_else_have_the_address_of_an_article(stories, pages):
    found = {(m["language"], int(m["id"])) for m in map(ARTICLE.match, pages) if m}
    assert found == {(code, story.id) for story in stories for code in story.page_languages}
    assert Counter(code for code, _ in found) == {"tk": 35, "ru": 35, "en": 29}


def test_every_internal_link_except_the_dead_one_leads_to_a_page(site, pages):
    targets = {
        urlsplit(link).path
        for path, page in pages.items()
        if page.content_type == site.render.HTML and page.body
        for link in _links(path if path != "404" else "/", page)
    }
    assert {target for target in targets if target not in pages} == {site.render.DEAD}
    assert {pages[target].status for target in targets & pages.keys()} == {200, 301, 403}


def test_every_article_is_reached_from_the_front_pages(pages):
    reached, waiting = set(), ["/tk/", "/ru/", "/en/"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in pages or path.startswith(("/admin/", "/search")):
            continue
        reached.add(path)
        if pages[path].status == 200 and pages[path].body.startswith(b"<!DOCTYPE"):
            waiting += [urlsplit(link).path for link in _links(path, pages[path])]
    assert {path for path in pages if ARTICLE.match(path)} <= reached


def test_language_links_name_the_versions_of_a_story_except_where_left_out(stories, pages):
    for path in filter(ARTICLE.match, pages):
        document = lxml.html.document_fromstring(pages[path].body.decode())
        named = document.xpath("//link[@rel='alternate']/@hreflang")
        story = next(story for story in stories if f"/{story.id}/" in path)
        is_linked = story.has_language_links and len(story.page_languages) > 1
        assert named == (list(story.page_languages) if is_linked else [])


def test_the_turkmen_page_of_the_trap_shows_russian_text(stories, pages):
    document = lxml.html.document_fromstring(pages["/tk/habar/1519/post-stamps"].body.decode())
    story = next(story for story in stories if story.id == 1519)
    shown = [text.text_content() for text in document.xpath("//div[@class='post-body']/p")]
    assert shown == story.text_on("ru")
    assert document.xpath("//link[@hreflang='tk']/@href") == [
        "http://habar.example/tk/habar/1519/post-stamps"
    ]


def test_edits_change_nine_articles_and_nothing_else(site, pages):
    after = site.render.pages(FOLDER / "edits.yaml")
    changed = {path for path in pages if after[path] != pages[path]}
    assert after.keys() == pages.keys()
    assert len(changed) == 9
    assert {int(ARTICLE.match(path)["id"]) for path in changed} == {1402, 1438, 1456}


@pytest.mark.parametrize("edit", ["7: {1: []}", "1402: {9: []}", "1402: {0: []}"])
def test_an_edit_of_what_does_not_exist_is_refused(site, stories, tmp_path, edit):
    (tmp_path / "edits.yaml").write_text(edit)
    with pytest.raises(ValueError, match="has no paragraph"):
        site.stories.edited(stories, tmp_path / "edits.yaml")


def test_a_bead_without_a_language_and_an_unknown_category_are_refused(site, tmp_path):
    source = (FOLDER / "articles" / "01_library.yaml").read_text(encoding="utf-8")
    story = tmp_path / "01_library.yaml"
    story.write_text(re.sub(r"\n    ru: .*", "", source, count=1), encoding="utf-8")
    with pytest.raises(ValueError, match=r"01_library\.yaml: a bead must have text"):
        site.stories.load_stories(tmp_path)
    story.write_text(source.replace("culture", "gossip"), encoding="utf-8")
    with pytest.raises(ValueError, match=r"01_library\.yaml: categories are"):
        site.stories.load_stories(tmp_path)


def test_two_stories_with_one_id_are_refused(site, tmp_path):
    source = (FOLDER / "articles" / "01_library.yaml").read_text(encoding="utf-8")
    for name in ("01_library.yaml", "02_library.yaml"):
        (tmp_path / name).write_text(source, encoding="utf-8")
    with pytest.raises(ValueError, match="share an id"):
        site.stories.load_stories(tmp_path)


def test_the_server_sends_each_page_with_its_length_and_etag(port, pages):
    for path in ("/tk/", "/ru/novosti/1402/library", "/robots.txt", "/media/library.svg"):
        status, headers, body = _ask(port, path)
        assert (status, body) == (200, pages[path].body)
        assert headers["Content-Length"] == str(len(body))
        assert headers["ETag"] == pages[path].etag
        assert headers["Cache-Control"] is None


def test_the_server_answers_304_without_a_body_to_the_etag_of_a_page(port, pages):
    etag = pages["/tk/"].etag
    status, headers, body = _ask(port, "/tk/", if_none_match=f'"other", {etag}')
    assert (status, headers["ETag"], body) == (304, etag, b"")
    assert _ask(port, "/ru/", if_none_match=etag)[0] == 200


def test_a_head_request_gets_the_head_alone(port, pages):
    status, headers, body = _ask(port, "/tk/", method="HEAD")
    assert (status, headers["Content-Length"], body) == (200, str(len(pages["/tk/"].body)), b"")


def test_absolute_requests_and_host_headers_are_answered_alike(port, pages):
    assert _ask(port, f"http://{HOST}/en/", host="127.0.0.1")[2] == pages["/en/"].body
    assert _ask(port, "/en/", host=f"{HOST}:8791")[2] == pages["/en/"].body
    assert _ask(port, "/search?q=suw")[0] == 200


@pytest.mark.parametrize(
    ("target", "host"),
    [
        ("/tk/", "example.org"),
        ("/tk/", "127.0.0.1"),
        ("/tk/", f"www.{HOST}"),
        ("http://example.org/tk/", HOST),
    ],
)
def test_other_hosts_are_misdirected(port, target, host):
    status, _, body = _ask(port, target, host=host)
    assert (status, b"Habar" in body) == (421, False)


@pytest.mark.parametrize(
    "target",
    ["/../../../etc/passwd", "/%2e%2e/serve.py", "//etc/passwd", "/serve.py", "404", "/tk", "*"],
)
def test_nothing_outside_the_pages_is_served(port, target):
    assert _ask(port, target)[0] in {404, 421}


def test_the_traps_answer_as_the_readme_says(site, port):
    assert _ask(port, site.render.DEAD)[0] == 404
    assert _ask(port, "/admin/")[0] == 403
    status, headers, _ = _ask(port, site.render.MOVED)
    assert (status, headers["Location"]) == (301, "/ru/novosti/1402/library")
    assert b"Disallow: /admin/\nDisallow: /search\n" in _ask(port, "/robots.txt")[2]


def test_the_server_listens_on_the_loopback_alone(site, pages):
    with site.serve.NewsServer(pages, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_command_finds_the_site_and_its_status_is_returned():
    port = _free_port()
    asks = (
        "import sys, http.client as h; c = h.HTTPConnection('127.0.0.1', int(sys.argv[1]));"
        f"c.request('GET', '/tk/', headers={{'Host': '{HOST}'}});"
        "sys.exit(40 + c.getresponse().status // 100)"
    )
    process = _serve("--port", port, "--", sys.executable, "-c", asks, port)
    output = process.communicate(timeout=30)
    assert (process.returncode, output) == (42, ("", ""))


def test_a_client_that_leaves_early_is_not_reported(site, pages, capfd):
    with _served(site, pages) as port:
        for _ in range(8):
            with socket.create_connection(("127.0.0.1", port)) as client:
                linger = struct.pack("ii", 1, 0)  # close with a reset
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                client.sendall(f"GET /tk/ HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        assert _ask(port, "/tk/")[0] == 200
    assert capfd.readouterr().err == ""


def test_a_port_that_serves_this_very_site_is_used(site, port, capsys):
    process = _serve("--port", port, "--", sys.executable, "-c", "raise SystemExit(3)")
    assert (process.communicate(timeout=30)[1], process.returncode) == ("", 3)
    assert site.serve.main(["--port", str(port)]) == 0
    assert capsys.readouterr().out == f"Habar is already served at 127.0.0.1:{port}.\n"


@pytest.mark.parametrize("edits", [[], ["--edits", str(FOLDER / "edits.yaml")]])
def test_a_port_that_serves_something_else_ends_with_one_sentence_and_status_2(
    site, pages, capsys, edits
):
    with _served(site, {**pages, "/tk/": pages["/ru/"]}) as taken:
        assert site.serve.main(["--port", str(taken), *edits, "--", "true"]) == 2
    sentence = f"Port {taken} is in use by something else; choose another with --port.\n"
    assert capsys.readouterr().err == sentence


def test_a_missing_command_is_named(site, capsys):
    assert site.serve.run(["no-such-command"]) == 127
    assert capsys.readouterr().err == "no-such-command: there is no such command\n"


def _sleeper(report):
    return (
        "import signal, sys, time\n"
        f"signal.signal(signal.{report}, lambda *_: sys.exit(7))\n"
        "print('ready', flush=True)\n"
        "time.sleep(30)\n"
    )


def test_sigterm_reaches_the_command():
    process = _serve("--port", 0, "--", sys.executable, "-c", _sleeper("SIGTERM"))
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    process.communicate(timeout=30)
    assert process.returncode == 7


def test_ctrl_c_of_the_terminal_reaches_the_command():
    command = [sys.executable, "-c", _sleeper("SIGINT")]
    process = _serve("--port", 0, "--", *command, start_new_session=True)
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)  # a terminal signals the whole group
    process.communicate(timeout=30)
    assert process.returncode == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_without_a_command_stops_in_order(number):
    process = _serve("--port", 0)
    assert "for the host habar.example" in process.stdout.readline()
    process.send_signal(number)
    _, error = process.communicate(timeout=30)
    assert (process.returncode, error) == (0, "")
