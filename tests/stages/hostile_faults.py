"""What a hostile site may do: every fault with what must come of it."""

import asyncio
import gzip
import time
import zlib
from dataclasses import dataclass, field
from email.utils import formatdate

import brotli
from backports import zstd

from tests.stages.hostile_server import answer, page

TRUNCATED = "truncated: .*"
TOO_LARGE = "too large: .*"
TIMED_OUT = "timed out .*"
ENDLESS = f"{TOO_LARGE}|{TIMED_OUT}"  # whichever limit a busy machine meets first
NO_ANSWER = "no answer: .*"
OUTSIDE = "redirected outside the site: .*"
UNREADABLE = "robots.txt cannot be read: .*"
FORBIDDEN = "forbidden by robots.txt"
KEPT = None  # the page is recorded

WHOLE = page(text="salam " * 400)
TEXT = ("Content-Type: text/plain",)


@dataclass(frozen=True)
class Fault:
    """How one site misbehaves at `/fault`, which its front page links to between healthy pages.

    `reason` is a pattern; `waits` are least seconds between the first and the second request of
    `/fault`, `spacing` between any two requests; `is_cut_short` means that what is left is
    postponed; `is_shut` that robots.txt allows nothing.
    """

    reply: object = answer(WHOLE)
    reason: str | None = KEPT
    others: dict = field(default_factory=dict)
    waits: float = 0
    spacing: float = 0
    is_cut_short: bool = False
    is_shut: bool = False


def sends(*parts, then="close", every=0.0):
    async def reply(exchange):
        for part in parts:
            await exchange.send(part)
            await asyncio.sleep(every or 0.05)
        {"close": exchange.close, "reset": exchange.reset, "stay": lambda: None}[then]()

    return reply


def drips(head, drop=b"x", every=0.5):
    async def reply(exchange):
        await exchange.send(head)
        for _ in range(200):
            await exchange.send(drop)
            await asyncio.sleep(every)

    return reply


def pours(head, piece):
    async def reply(exchange):
        await exchange.send(head)
        for _ in range(20_000):
            await exchange.send(piece)

    return reply


async def hangs(_):
    await asyncio.sleep(60)


def later(seconds):
    """A busy answer that names a date, by the server's clock; then the page."""

    async def reply(exchange):
        if exchange.is_first:
            now = time.time()
            headers = (
                f"Date: {formatdate(now, usegmt=True)}",
                f"Retry-After: {formatdate(int(now) + seconds, usegmt=True)}",
            )
            await exchange.send(answer(b"busy", 429, headers))
        else:
            await exchange.send(answer(WHOLE))

    return reply


def busy(status, *headers):
    return answer(b"busy", status, headers)


def to(location, status=302):
    return answer(b"", status, (f"Location: {location}",))


def coded(body, coding, **changes):
    return answer(body, headers=(f"Content-Encoding: {coding}",), **changes)


def small_br(body):
    return brotli.compress(body, quality=4)


def chunk(body):
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def bombs(size):
    """Answers, small as sent, of `size` bytes once decoded, by their codings."""
    zeros = bytes(size)
    plain = {
        "gzip": gzip.compress(zeros, 6),
        "deflate": zlib.compress(zeros),
        "br": small_br(zeros),
        "zstd": zstd.compress(zeros),
    }
    nested = {f"{coding}, gzip": gzip.compress(plain[coding]) for coding in ("gzip", "br")}
    return {coding: coded(body, coding) for coding, body in (plain | nested).items()}


def robots(*lines):
    return {"/robots.txt": answer("\n".join(lines).encode(), headers=TEXT)}


def markup(body, kind="text/html; charset=utf-8"):
    return answer(body, headers=(f"Content-Type: {kind}",))


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
OPEN = HEAD + b"\r\n"  # a body that ends with the connection
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
SIZED = HEAD + b"Content-Length: %d\r\n\r\n" % len(WHOLE)
SHUT = ("User-agent: *", "Disallow: /")
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(12))
    + b"]><html><body>&m;</body></html>"
)


def faults(decoy_port):
    """All faults by name; `decoy_port` listens at this machine's private addresses."""
    home = f"127.0.0.1:{decoy_port}"
    entity = (
        '<?xml version="1.0"?><!DOCTYPE h [<!ENTITY x SYSTEM "file:///etc/passwd">'
        f'<!ENTITY y SYSTEM "http://{home}/xxe">]><html><body>&x;&y;</body></html>'
    ).encode()
    private = [
        f"http://{host}:{decoy_port}/secret"
        for host in (
            *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0.0.0.0"),  # noqa: S104
            *("[::1]", "[::ffff:127.0.0.1]", "[::]", "localhost", "LOCALHOST.", "ⓛocalhost"),
            *("169.254.169.254", "10.0.0.1", "user@127.0.0.1", "a.example:80@127.0.0.1"),
        )
    ] + ["file:///etc/passwd", "data:text/html,x", "ftp://127.0.0.1/", "gopher://127.0.0.1:1/"]
    return {
        **_statuses(),
        **_breaks(),
        **_endless(),
        **_codings(),
        **_contents(entity, private),
        **_redirects(home, decoy_port),
        **_robots(home),
    }


def _statuses():
    return {
        "429_seconds": Fault([busy(429, "Retry-After: 2"), answer(WHOLE)], waits=2),
        "429_date": Fault(later(4), waits=3),
        "503_seconds": Fault([busy(503, "Retry-After: 2"), answer(WHOLE)], waits=2),
        "503_for_an_hour": Fault(busy(503, "Retry-After: 3600"), "HTTP 503", is_cut_short=True),
        "429_for_ever": Fault(
            busy(429, "Retry-After: " + "9" * 400), "HTTP 429", is_cut_short=True
        ),
        "retry_after_nonsense": Fault([busy(503, "Retry-After: soon"), answer(WHOLE)]),
        "retry_after_negative": Fault([busy(503, "Retry-After: -5"), answer(WHOLE)]),
        "redirect_retry_after": Fault(
            answer(b"", 302, ("Location: /target", "Retry-After: 2")),
            others={"/target": answer(WHOLE)},
            spacing=0,
        ),
        "500": Fault(busy(500), "HTTP 500"),
        "502_once": Fault([busy(502), answer(WHOLE)]),
        "403": Fault(busy(403), "HTTP 403"),
        "410": Fault(busy(410), "HTTP 410"),
        "206_unasked": Fault(answer(WHOLE[:99], 206), "HTTP 206"),
        "304_unasked": Fault(b"HTTP/1.1 304 X\r\n\r\n", "HTTP 304"),
        "999": Fault(answer(b"no", 999), "HTTP 999"),
        "no_http": Fault(sends(b"SSH-2.0-OpenSSH_9.2\r\n"), NO_ANSWER),
    }


def _breaks():
    half = WHOLE[:900]
    return {
        "reset_at_once": Fault(sends(then="reset"), NO_ANSWER),
        "reset_once": Fault([sends(then="reset"), answer(WHOLE)]),
        "reset_in_headers": Fault(sends(HEAD, then="reset"), NO_ANSWER),
        "reset_in_body": Fault(sends(SIZED + half, then="reset"), TRUNCATED),
        "reset_in_chunks": Fault(sends(CHUNKED + chunk(half), then="reset"), TRUNCATED),
        "reset_in_open_body": Fault(sends(OPEN + WHOLE, then="reset"), TRUNCATED),
        "closed_without_a_word": Fault(sends(), NO_ANSWER),
        "closed_in_headers": Fault(sends(HEAD), NO_ANSWER),
        "short_body": Fault(sends(SIZED + half), TRUNCATED),
        "short_body_once": Fault([sends(SIZED + half), answer(WHOLE)]),
        "chunk_cut": Fault(sends(CHUNKED + chunk(WHOLE)[:500]), TRUNCATED),
        "last_chunk_missing": Fault(sends(CHUNKED + chunk(WHOLE)), TRUNCATED),
        "chunk_size_nonsense": Fault(sends(CHUNKED + b"zz\r\n" + WHOLE), TRUNCATED),
        "open_body_cut": Fault(sends(OPEN + half), TRUNCATED),
        "open_body_whole": Fault(sends(OPEN + WHOLE)),
        "longer_than_its_length": Fault(answer(WHOLE, length=900), TRUNCATED),
        "two_lengths": Fault(
            answer(WHOLE, headers=("Content-Length: 5", "Content-Length: 900")), NO_ANSWER
        ),
        "negative_length": Fault(answer(WHOLE, length=-5), NO_ANSWER),
        "gzip_cut": Fault(coded(gzip.compress(WHOLE)[:-9], "gzip"), TRUNCATED),
        "deflate_cut": Fault(coded(zlib.compress(WHOLE)[:-9], "deflate"), TRUNCATED),
        "br_cut": Fault(coded(small_br(WHOLE)[:-3], "br"), TRUNCATED),
        "zstd_cut": Fault(coded(zstd.compress(WHOLE)[:-5], "zstd"), TRUNCATED),
        "gzip_with_a_wrong_sum": Fault(
            coded(gzip.compress(WHOLE)[:-8] + bytes(8), "gzip"), TRUNCATED
        ),
    }


def _endless():
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 50
    return {
        "hang": Fault(hangs, TIMED_OUT),
        "drip_of_headers": Fault(drips(HEAD, b"X: y\r\n"), TIMED_OUT),
        "drip_of_body": Fault(drips(SIZED), TIMED_OUT),
        "drip_of_chunks": Fault(drips(CHUNKED, b"1\r\nx\r\n"), TIMED_OUT),
        "hang_in_body": Fault(sends(SIZED, every=60), TIMED_OUT),
        "endless_body": Fault(pours(OPEN, b"x" * 65536), ENDLESS),
        "endless_chunks": Fault(pours(CHUNKED, chunk(b"x" * 65536)), ENDLESS),
        "endless_headers": Fault(pours(HEAD, b"X-Y: z\r\n" * 500), ENDLESS),
        "endless_header_line": Fault(pours(HEAD + b"X: ", b"y" * 9999), f"{ENDLESS}|{NO_ANSWER}"),
        "endless_status_line": Fault(
            pours(b"HTTP/1.1 200 ", b"y" * 9999), f"{ENDLESS}|{NO_ANSWER}"
        ),
        "endless_interim_answers": Fault(pours(b"", interim), ENDLESS),
        "large_length": Fault(answer(WHOLE, length=10**12), TOO_LARGE),
        "large_body": Fault(answer(page(text="x" * 3 * 2**20)), TOO_LARGE),
    }


def _codings():
    return {
        **{
            f"{coding.replace(', ', '_in_')}_bomb": Fault(bomb, TOO_LARGE)
            for coding, bomb in bombs(64 * 2**20).items()
        },
        "gzip_in_zstd": Fault(coded(zstd.compress(gzip.compress(WHOLE)), "gzip, zstd")),
        "too_many_codings": Fault(coded(WHOLE, ", ".join(["gzip"] * 900)), TRUNCATED),
        "plain_called_gzip": Fault(coded(WHOLE, "gzip"), TRUNCATED),
        "unknown_coding": Fault(coded(WHOLE, "exi"), TRUNCATED),
        "many_gzip_members": Fault(coded(gzip.compress(b"") * 40_000, "gzip"), TRUNCATED),
    }


def _contents(entity, private):
    return {
        "external_entities": Fault(markup(entity, "application/xhtml+xml")),
        "billion_laughs": Fault(markup(LAUGHS, "application/xhtml+xml")),
        "deep_html": Fault(markup(b"<div>" * 100_000)),
        "deep_formatting": Fault(markup(b"<b><i>" * 100_000)),
        "huge_text": Fault(markup(page(text="x" * 900_000))),
        "huge_tag": Fault(markup(b"<a " + b"x=1 " * 200_000 + b">")),
        "many_links": Fault(
            markup(page(*(f"http://n{n}.example/" for n in range(25_000)))),
        ),
        "nul": Fault(markup(b"\0" * 9999 + WHOLE)),
        "no_characters": Fault(markup(bytes(range(256)) * 99)),
        "unknown_charset": Fault(markup(WHOLE, "text/html; charset=klingon-8")),
        "lying_charset": Fault(markup("ýaşa".encode(), "text/html; charset=utf-16")),
        **{
            f"charset_{name}": Fault(markup(WHOLE, f"text/html; charset={name}"))
            for name in ("zlib", "base64", "punycode", "idna", "undefined", "unicode_escape")
        },
        "charset_in_markup": Fault(markup(b"<meta charset=bz2>" + WHOLE, "text/html")),
        "empty": Fault(answer(b"")),
        "picture": Fault(markup(b"\x89PNG" * 99, "image/png"), "not HTML: image/png"),
        "private_links": Fault(markup(page(*private))),
        "private_base": Fault(markup(f'<base href="{private[0]}">'.encode() + page("x", "../y"))),
    }


def _redirects(home, port):
    away = {
        "private_address": f"http://{home}/secret",
        "decimal_address": f"http://2130706433:{port}/",
        "hexadecimal_address": f"http://0x7f.1:{port}/",
        "octal_address": f"http://0177.0.0.1:{port}/",
        "ipv6_address": f"http://[::1]:{port}/",
        "mapped_address": f"http://[::ffff:127.0.0.1]:{port}/",
        "metadata_address": "http://169.254.169.254/latest/meta-data/",
        "same_scheme": f"//{home}/",
        "user_name": f"http://redirect_to_user_name.example@{home}/",
        "file": "file:///etc/passwd",
        "data": "data:text/html,<p>x</p>",
        "ftp": f"ftp://{home}/",
        "script": "javascript:alert(1)",
        "broken_address": "http://[::1/",
    }
    chain = {f"/{n}": to(f"/{n + 1}") for n in range(1, 5)}
    return {
        **{f"redirect_to_{name}": Fault(to(url), OUTSIDE) for name, url in away.items()},
        "redirect_to_itself": Fault(to("/fault"), "redirected more .*"),
        "redirect_in_turns": Fault(
            to("/turn"), "redirected more .*", others={"/turn": to("/fault", 307)}
        ),
        "redirect_without_end": Fault(
            to("/n?p=1"),
            "redirected more .*",
            others={f"/n?p={n}": to(f"/n?p={n + 1}") for n in range(9)},
        ),
        "redirect_five_times": Fault(to("/1"), others=chain | {"/5": answer(WHOLE)}),
        "redirect_nowhere": Fault(answer(b"", 302), "HTTP 302"),
        "redirect_to_what_is_forbidden": Fault(
            to("/private/x"), FORBIDDEN, others=robots("User-agent: *", "Disallow: /private/")
        ),
    }


def _robots(home):
    def shut(reply):
        return Fault(reason=UNREADABLE, others={"/robots.txt": reply}, is_shut=True)

    def file(reply, reason=KEPT, **changes):
        return Fault(reason=reason, others={"/robots.txt": reply}, **changes)

    long = b"User-agent: *\nDisallow: /fault\n" + b"# much\n" * (10 * 2**20 // 7)
    rules = b"User-agent: *\nDisallow: /fault\n"
    return {
        "robots_404": file(answer(b"", 404)),
        "robots_403": file(answer(b"", 403)),
        "robots_500": shut(busy(500)),
        "robots_429": shut(busy(429)),
        "robots_hang": shut(hangs),
        "robots_drip": shut(drips(SIZED)),
        "robots_reset": shut(sends(then="reset")),
        "robots_cut": shut(sends(SIZED + rules)),
        "robots_redirected": Fault(
            reason=FORBIDDEN, others={"/robots.txt": to("/rules"), "/rules": answer(rules)}
        ),
        "robots_redirect_loop": shut(to("/robots.txt")),
        "robots_redirected_to_private_address": shut(to(f"http://{home}/robots.txt")),
        "robots_redirected_to_file": shut(to("file:///etc/passwd")),
        "robots_with_mark": file(answer(b"\xef\xbb\xbf" + rules), FORBIDDEN),
        "robots_10_megabytes": file(answer(long), FORBIDDEN),
        "robots_endless": file(pours(OPEN + rules, b"# more\n" * 9999), FORBIDDEN),
        "robots_gzip": file(coded(gzip.compress(rules), "gzip"), FORBIDDEN),
        "robots_gzip_bomb": shut(coded(gzip.compress(rules + bytes(64 * 2**20)), "gzip")),
        "robots_html": file(answer(WHOLE)),
        "robots_nul": file(answer(b"\0" * 9999)),
        "robots_disallow_all": Fault(reason=FORBIDDEN, others=robots(*SHUT), is_shut=True),
        "robots_for_others": Fault(others=robots("User-agent: Other", "Disallow: /")),
        "robots_for_us": Fault(
            reason=FORBIDDEN,
            others=robots("User-agent: *", "Allow: /", "", "User-agent: DUTAR", "Disallow: /fault"),
        ),
        "robots_wildcards": Fault(
            reason=FORBIDDEN, others=robots("User-agent: *", "Disallow: /*ul$", "Disallow: /f*t$")
        ),
        "robots_many_stars": Fault(
            others=robots("User-agent: *", "Disallow: /" + "*a" * 500 + "*b$")
        ),
        "robots_crawl_delay": Fault(
            others=robots("User-agent: *", "Crawl-delay: 1.5"), spacing=1.5
        ),
        "robots_crawl_delay_of_a_day": Fault(
            others=robots("User-agent: *", "Crawl-delay: 86400"), is_shut=True, is_cut_short=True
        ),
    }
