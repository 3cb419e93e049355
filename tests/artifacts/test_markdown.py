"""READMEs by whoever may push: what is meant to be shown is, and nothing else."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from moorage.artifacts.markdown import Heading, render_readme

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script with a broken end": "<script>alert(1)</script foo>",
    "script in a link": "[a](<javascript:alert(1)>)",
    "script in capitals": '<a href="JaVaScRiPt:alert(1)">a</a>',
    "script behind a tab": '<a href="java\tscript:alert(1)">a</a>',
    "script behind a control character": '<a href="\x01javascript:alert(1)">a</a>',
    "script as entities": '<a href="&#106;avascript:alert(1)">a</a>',
    "vbscript": '<a href="vbscript:msgbox(1)">a</a>',
    "data in a link": "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "data in an image": '<img src="data:image/svg+xml,<svg onload=alert(1)>">',
    "handler of an image": "<img src=x onerror=alert(1)>",
    "handler of a paragraph": '<p onclick="alert(1)" onmouseover=alert(1)>a</p>',
    "handler of details": "<details open ontoggle=alert(1)>a</details>",
    "svg": "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "svg link": '<svg><a xlink:href="javascript:alert(1)"><text>a</text></a></svg>',
    "math": '<math><mi xlink:href="javascript:alert(1)">a</mi></math>',
    "mutation by math": "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "mutation by svg": "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "mutation by noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "mutation by template": "<template><img src=x onerror=alert(1)></template>",
    "mutation by a comment": "<!--><img src=x onerror=alert(1)>-->",
    "mutation by text": "<textarea><img title='</textarea><img src=x onerror=alert(1)>'>",
    "frame": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "object": '<object data="https://evil.test/x.swf"></object><embed src="//evil.test">',
    "form": '<form action="https://evil.test"><input name=password><button>Go</button></form>',
    "text field": "<input type=text value=password autofocus>",
    "style element": "<style>body{display:none}</style>",
    "style attribute": '<div style="position:fixed;inset:0;background:url(//evil.test)">a</div>',
    "page's own classes": '<div class="pf-v6-c-backdrop pf-v6-c-modal-box">a</div>',
    "base": '<base href="https://evil.test/">',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://evil.test">',
    "stylesheet": '<link rel="stylesheet" href="https://evil.test/x.css">',
    "remote image": "![a](https://evil.test/tracking.png)",
    "remote picture": '<picture><source srcset="//evil.test/a"><img src="//evil.test/b"></picture>',
    "video": '<video src="https://evil.test/a" poster="https://evil.test/b"></video>',
    "address without a scheme": "[a](//evil.test/x)",
    "address within the server": "[a](/api/v1/user/) [b](../../signout) [c](?x=1)",
    "id of a form": '<a id="root">a</a><p id="csrf_token">b</p>',
    "name of a document": '<a name="cookie">a</a><img name="body">',
    "attribute in a heading": '## a {onclick=alert(1)}\n<h2 id="root" onclick=alert(1)>b</h2>',
    "attribute in alternative text": '![x" onerror="alert(1)](https://evil.test/a.png)',
    "attribute in an address": '[a](https://a.test/"onmouseover="alert(1))',
    "language of a block": '```yaml" onclick="alert(1)\na\n```',
    "title": "[a](https://a.test '\"><img src=x onerror=alert(1)>')",
    "NUL": "<scr\0ipt>alert(1)</scr\0ipt>",
    "lone surrogate": "\ud800<script>alert(1)</script>",
    "footnote": "[^<script>]\n\n[^<script>]: <img src=x onerror=alert(1)>",
}
ALLOWED = {
    "a": {"href", "title", "id", "rel"},
    "input": {"type", "checked", "disabled", "aria-label"},
    "code": {"class"},
    "div": {"class", "align", "id"},
    "p": {"class", "align", "id"},
    "li": {"class", "id"},
    "ul": {"class"},
    "ol": {"start"},
    "section": {"class"},
    "details": {"open"},
    "td": {"align"},
    "th": {"align"},
    **{f"h{level}": {"id"} for level in range(1, 7)},
}
FORBIDDEN_TAGS = set(
    "script style svg math iframe object embed form button textarea select base meta link img "
    "picture source video audio template noscript title frame math mglyph".split()
)


class Seen(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.parametrize("around", ["{}", "a {} b", "> - {}", "<div>\n\n{}\n", "| {} |\n|---|\n"])
def test_nothing_of_a_hostile_readme_runs_loads_or_poses_as_the_page(
    text: str, around: str
) -> None:
    shown = Seen(render_readme(around.format(text)).html)

    for tag, attributes in shown.tags:
        assert tag not in FORBIDDEN_TAGS
        assert attributes.keys() <= ALLOWED.get(tag, set())
        assert re.fullmatch(r"(https?://|mailto:|#readme-).*", attributes.get("href") or "#readme-")
        assert (attributes.get("id") or "readme-").startswith("readme-")
        assert "pf-" not in (attributes.get("class") or "")
        if tag == "input":
            assert attributes["type"] == "checkbox"
            assert "disabled" in attributes


@pytest.mark.parametrize("opener", ["[", "![", "`", "*a ", "> ", "<div>", "mailto:", "a@", "|a"])
def test_a_costly_readme_is_shown_as_the_text_it_is(opener: str) -> None:
    text = opener * ((10 << 20) // len(opener))

    rendered = render_readme(text)

    assert rendered.note is not None
    assert "10485" in rendered.note
    assert rendered.html.startswith("<pre><code>")


def test_a_readme_of_nested_tags_is_shown_as_the_text_it_is() -> None:
    rendered = render_readme("<div>" * 150_000)

    assert rendered.note == "The README is shown as text: it holds more than 10000 HTML tags."
    assert rendered.html.startswith("<pre><code>&lt;div&gt;")


def test_a_readme_that_takes_too_long_is_shown_as_the_text_it_is() -> None:
    rendered = render_readme("mailto:" * 140_000)

    assert rendered.note == ("The README is shown as text: rendering it takes more than 2 seconds.")


def test_headings_make_the_contents_and_links_within_the_readme_find_them() -> None:
    rendered = render_readme(
        "# My chart\n## Usage\n[up](#my-chart)\n## Usage\n<h3>`x` & *y*</h3>\n"
    )

    assert rendered.headings == (
        Heading(1, "readme-my-chart", "My chart"),
        Heading(2, "readme-usage", "Usage"),
        Heading(2, "readme-usage-1", "Usage"),
        Heading(3, "readme-x--y", "`x` & *y*"),
    )
    assert '<h2 id="readme-my-chart">My chart</h2>' in rendered.html
    assert 'href="#readme-my-chart"' in rendered.html
    assert rendered.note is None


def test_githubs_dialect_is_understood() -> None:
    html = render_readme(
        "| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n\n> [!WARNING]\n> mind\n\n~~old~~ "
        "https://a.test\n\n```yaml\na: 1\n```\n"
    ).html

    assert '<th align="right">b</th>' in html
    box = re.search("<input ([^>]+)>", html)
    assert box is not None
    # The sanitiser keeps attributes in no certain order.
    assert set(box[1].split()) == {
        'checked=""',
        'type="checkbox"',
        'disabled=""',
        'aria-label="task"',
    }
    assert '<div class="markdown-alert markdown-alert-warning">' in html
    assert "<s>old</s>" in html
    assert '<a href="https://a.test" rel="noopener noreferrer nofollow ugc">' in html
    assert '<code class="language-yaml">' in html


def test_an_image_becomes_a_link_and_a_badge_keeps_its_own() -> None:
    html = render_readme(
        "![logo](https://a.test/logo.png)\n[![build](https://a.test/b.svg)](https://ci.test)"
    ).html

    assert html == (
        '<p><a href="https://a.test/logo.png" rel="noopener noreferrer nofollow ugc">logo</a>\n'
        '<a href="https://ci.test" rel="noopener noreferrer nofollow ugc">build</a></p>\n'
    )


def test_other_scripts_and_emoji_come_through() -> None:
    text = "# Größe 大きさ حجم 🚢\n\ne\u0301 \u202e gnp.exe \u2066 \u0000"

    rendered = render_readme("\ufeff" + text)

    assert rendered.headings == (Heading(1, "readme-größe-大きさ-حجم-", "Größe 大きさ حجم 🚢"),)
    assert "e\u0301 \u202e gnp.exe" in rendered.html
