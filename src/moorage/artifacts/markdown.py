"""A README as HTML that is safe to show: markdown from whoever may push, sanitised.

    text -> markdown-it (GitHub's dialect) -> cleaned -> headings and images arranged -> cleaned

Cleaning comes last. What a page may hold is listed here and nothing else passes; ids and the links
to them get `ID_PREFIX`, so that a README cannot stand in for a part of the page around it. Images
become links: a page that loads one tells a stranger who is reading.
"""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nh3
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

VERSION = 1
"""Changes whenever the same text makes other HTML: part of the key under which HTML is kept."""
ID_PREFIX = "readme-"
LARGEST_BYTES = 1 << 20
LARGEST_HTML = 4 << 20
RENDER_CPU_SECONDS = 2.0
"""Of the rendering thread; the README of a large chart takes a tenth of it."""
MOST_RAW_TAGS = 10_000
"""HTML tags written into the markdown: a sanitiser needs quadratic time for nested ones."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_TAGS = {
    *_HEADINGS,
    *("p", "br", "hr", "div", "span", "blockquote", "pre", "code", "kbd", "samp", "var"),
    *("strong", "b", "em", "i", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "abbr", "q"),
    *("ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "section", "a", "input"),
    *("table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "center"),
}
_REMOVED_WHOLE = {
    *("script", "style", "title", "textarea", "iframe", "noscript", "svg", "math"),
    *("object", "embed", "template", "xmp", "noembed", "noframes", "select", "audio", "video"),
}
_LANGUAGES = (
    "yaml yml json bash sh shell console text go python toml ini hcl terraform dockerfile diff"
)
_ALERTS = "note tip important warning caution"
_CLASSES = {
    "div": {"markdown-alert", *(f"markdown-alert-{kind}" for kind in _ALERTS.split())},
    "p": {"markdown-alert-title"},
    "ul": {"contains-task-list"},
    "li": {"task-list-item", "footnote-item"},
    "section": {"footnotes"},
    "code": {f"language-{name}" for name in _LANGUAGES.split()},
}
_ATTRIBUTES = {
    **{tag: {"align", "id"} for tag in ("p", "div", *_HEADINGS)},
    "a": {"href", "title", "id"},
    "li": {"id"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "details": {"open"},
    "img": {"src", "alt"},
}
_ADDRESS = re.compile(r"(https?://|mailto:)", re.IGNORECASE)
_Filter = Callable[[str, str, str], str | None]
_NOT_IN_SLUG = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Heading:
    """A line of the table of contents; `level` is the README's own, 1 to 6."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class RenderedReadme:
    html: str
    headings: tuple[Heading, ...]
    note: str | None = None
    """Why the text stands as it was written, when it does."""


class _TooCostly(Exception):
    """Rendering takes more time or room than a README is worth."""


def render_readme(text: str) -> RenderedReadme:
    """Markdown as sanitised HTML with its table of contents; takes milliseconds, at most seconds.

    What is too large or too costly to render comes as the text it is, with a note.
    """
    text = text.encode(errors="replace").decode().removeprefix("\ufeff")
    size_bytes = len(text.encode())
    if size_bytes > LARGEST_BYTES:
        shown = text.encode()[:LARGEST_BYTES].decode(errors="ignore")
        return _as_text(
            shown,
            f"The README has {size_bytes} bytes; the first {LARGEST_BYTES} are shown as text.",
        )
    try:
        return _rendered(text)
    except _TooCostly as reason:
        return _as_text(text, f"The README is shown as text: {reason}.")


def _rendered(text: str) -> RenderedReadme:
    parser = _parser()
    environment = {"deadline": time.thread_time() + RENDER_CPU_SECONDS}
    tokens = parser.parse(text, environment)
    written = [
        piece.content
        for token in tokens
        for piece in (token, *(token.children or ()))
        if piece.type in ("html_block", "html_inline")
    ]
    if sum(piece.count("<") for piece in written) > MOST_RAW_TAGS:
        raise _TooCostly(f"it holds more than {MOST_RAW_TAGS} HTML tags")
    for token in tokens:
        _align(token)
    rendered = parser.renderer.render(tokens, parser.options, environment)
    if len(rendered) > LARGEST_HTML:
        raise _TooCostly(f"as HTML it has {len(rendered)} characters, at most {LARGEST_HTML} fit")
    arranged = _Arranged()
    arranged.feed(_first_cleaner().clean(rendered))
    arranged.close()
    return RenderedReadme(_last_cleaner().clean("".join(arranged.parts)), tuple(arranged.headings))


def _align(cell: Token) -> None:
    """A column's alignment as an attribute: the page's policy allows no style."""
    style = str(cell.attrs.pop("style", ""))
    if style.startswith("text-align:"):
        cell.attrs["align"] = style.partition(":")[2]


def _as_text(text: str, note: str) -> RenderedReadme:
    return RenderedReadme(f"<pre><code>{html.escape(text)}</code></pre>", (), note)


class _Arranged(HTMLParser):
    """Clean HTML once more: headings get ids and one level less, images become links.

    The page has its own h1, so the README's becomes h2. A heading's id is GitHub's, to which the
    links within a README point.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.parts: list[str] = []
        self.headings: list[Heading] = []
        self._opened: tuple[int, int] | None = None
        self._text: list[str] = []
        self._times_used: dict[str, int] = {}
        self._links = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _HEADINGS:
            self._opened, self._text = (len(self.parts), int(tag[1])), []
            self.parts.append("")
        elif tag == "img":
            self._show_image(dict(attrs))
        else:
            self._links += tag == "a"
            self.parts.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in _HEADINGS:
            self._end_heading()
            return
        self._links -= tag == "a"
        self.parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
        self._text.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")

    def _end_heading(self) -> None:
        if self._opened is None:
            return
        (place, level), self._opened = self._opened, None
        text = " ".join(html.unescape("".join(self._text)).split())
        slug = self._unique(_NOT_IN_SLUG.sub("", text.lower()).replace(" ", "-"))
        shown = min(level + 1, 6)
        self.parts[place] = f'<h{shown} id="{slug}">'
        self.parts.append(f"</h{shown}>")
        if text:
            self.headings.append(Heading(level, ID_PREFIX + slug, text))

    def _unique(self, slug: str) -> str:
        """As GitHub counts: `usage`, `usage-1`, `usage-2`."""
        count = self._times_used.get(slug, 0)
        self._times_used[slug] = count + 1
        return f"{slug}-{count}" if count else slug

    def _show_image(self, attributes: dict[str, str | None]) -> None:
        source, alternative = attributes.get("src") or "", attributes.get("alt") or ""
        text = html.escape(alternative or "image")
        if source and not self._links:
            self.parts.append(f'<a href="{html.escape(source)}">{text}</a>')
        elif alternative or source:
            self.parts.append(text)


@cache
def _parser() -> MarkdownIt:
    """The import and the set-up cost time and memory, so the first README pays for them."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.gfm import gfm_plugin

    parser = MarkdownIt("commonmark").use(gfm_plugin)
    parser.block.ruler.before("table", "deadline", _block_deadline, {"alt": []})
    parser.inline.ruler.before("text", "deadline", _inline_deadline)
    return parser


def _block_deadline(state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:
    return _is_parsed_here(state)


def _inline_deadline(state: StateInline, _silent: bool) -> bool:
    return _is_parsed_here(state)


def _is_parsed_here(state: StateBlock | StateInline) -> bool:
    """Never; but the parser asks so often that a costly text is noticed in time."""
    if time.thread_time() > state.env["deadline"]:
        raise _TooCostly(f"rendering it takes more than {RENDER_CPU_SECONDS:g} seconds")
    return False


@cache
def _first_cleaner() -> nh3.Cleaner:
    """Makes one well-formed tree of what people write, with images and with ids as written."""
    return _cleaner(_TAGS | {"img"}, _kept, "")


@cache
def _last_cleaner() -> nh3.Cleaner:
    return _cleaner(_TAGS, _prefixed, ID_PREFIX)


def _cleaner(tags: set[str], attribute_filter: _Filter, id_prefix: str) -> nh3.Cleaner:
    import nh3

    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=_REMOVED_WHOLE,
        attributes={tag: names for tag, names in _ATTRIBUTES.items() if tag in tags},
        attribute_filter=attribute_filter,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow ugc",
        allowed_classes=_CLASSES,
        tag_attribute_values={"input": {"checked": {""}}},
        set_tag_attribute_values={
            "input": {"type": "checkbox", "disabled": "", "aria-label": "task"}
        },
        id_prefix=id_prefix or None,
    )


def _kept(_tag: str, attribute: str, value: str) -> str | None:
    """Whole addresses and links within the README; what is relative leads to no page."""
    if attribute not in ("href", "src"):
        return value
    value = value.strip()
    is_kept = _ADDRESS.match(value) or (attribute == "href" and value.startswith("#"))
    return value if is_kept else None


def _prefixed(tag: str, attribute: str, value: str) -> str | None:
    kept = _kept(tag, attribute, value)
    if attribute == "href" and kept is not None and kept.startswith("#"):
        return "#" + ID_PREFIX + kept[1:].removeprefix(ID_PREFIX)
    return kept
