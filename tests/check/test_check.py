"""Bad pages and what becomes of them; good pages and that nothing does."""

from __future__ import annotations

import random
import re
import time
from typing import NamedTuple

import pytest
from selectolax.lexbor import LexborHTMLParser

from pixelwright.page.check import check_page

HEAD = (
    '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Shop</title>\n'
)


def page(body: str, head: str = "") -> str:
    return f"{HEAD}{head}</head>\n<body>\n{body}\n</body>\n</html>\n"


GOOD = {
    "plain": page("<main><h1>Shop</h1><p>Tea &amp; coffee © &copy; 5 &gt; 4</p></main>"),
    "picture": page('<img src="shop.assets/tea.png" alt="Tea"><img src="shop.assets/%E8%8C%B6.png" alt="">'),
    "links out stay": page(
        '<a href="https://example.org/a?b=1&amp;c=2">More</a> <a href="mailto:a@b.c">Mail</a>'
    ),
    "optional tags left out": page("<ul><li>One<li>Two</ul><table><tr><td>1<td>2</table><p>a<p>b"),
    "void and self-closed": page(
        '<br><hr/><input type="text" disabled><svg viewBox="0 0 4 4"><path d="M0 0h4"/></svg>'
    ),
    "style": page("<p>x</p>", "<style>:root{--a:#fff}a>b{background:url('shop.assets/tea.png')}</style>\n"),
    "data": page(
        '<img src="data:image/png;base64,AAAA" alt=""><p style="background:url(data:image/png;base64,AA)">'
    ),
    "svg": page('<svg><defs><g id="g"></g></defs><use href="#g"/><rect fill="url(#g)"></rect></svg>'),
    "script": page("<script>const a = 1 < 2 && '//' ; document.title = 'x'</script>"),
    "upper case doctype": page("<p>x</p>").replace("<!doctype html>", "<!DOCTYPE HTML>"),
    "windows lines": page("<p>x</p>").replace("\n", "\r\n"),
    "comment": page("<!-- note --><pre>\n  a\n   b</pre><textarea>\n x</textarea>"),
}


@pytest.mark.parametrize("case", GOOD)
def test_a_good_page_stays_as_it_is(case: str) -> None:
    checked = check_page(GOOD[case], [], ["shop.assets/tea.png", "shop.assets/茶.png"])
    repaired = [problem for problem in checked.problems if problem.repaired]
    assert repaired == []
    assert checked.document == GOOD[case]


class Bad(NamedTuple):
    """A document, the code of the problem it must raise, what the result must and must not hold."""

    document: str
    code: str
    holds: str = ""
    lacks: str = ""


BAD = {
    "nothing": Bad("", "doctype", '<html lang="en">'),
    "words only": Bad("Hello there", "doctype", "Hello there"),
    "fence": Bad(f"Here it is:\n```html\n{page('<p>x</p>')}```\nEnjoy!", "fence", "<p>x</p>", "Enjoy"),
    "open fence": Bad(f"```html\n{page('<p>x</p>')}", "fence", "<p>x</p>", "```"),
    "words before": Bad(f"Sure! {page('<p>x</p>')}", "fence", "<p>x</p>", "Sure"),
    "no doctype": Bad(page("<p>x</p>").replace("<!doctype html>\n", ""), "doctype", "<!doctype html>"),
    "old doctype": Bad(
        page("<p>x</p>").replace(
            "<!doctype html>",
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/x.dtd">',
        ),
        "doctype",
        "<!doctype html>",
        "w3.org",
    ),
    "no lang": Bad(page("<p>x</p>").replace(' lang="en"', ""), "lang", 'lang="en"'),
    "chinese without lang": Bad(
        page("<p>欢迎光临 Shop</p>").replace(' lang="en"', ""), "lang", 'lang="zh-CN"'
    ),
    "japanese without lang": Bad(
        page("<p>東京へようこそ</p>").replace(' lang="en"', ""), "lang", 'lang="ja"'
    ),
    "no charset": Bad(page("<p>x</p>").replace('<meta charset="utf-8">\n', ""), "charset", 'charset="utf-8"'),
    "wrong charset": Bad(page("<p>x</p>").replace("utf-8", "gbk"), "charset", 'charset="utf-8"', "gbk"),
    "no viewport": Bad(re.sub("<meta name.*\n", "", page("<p>x</p>")), "viewport", "width=device-width"),
    "no title": Bad(
        page("<h1>Tea <b>bar</b></h1>").replace("<title>Shop</title>", ""), "title", "<title>Tea bar"
    ),
    "empty title": Bad(page("<p>x</p>").replace("Shop<", " <"), "title", "<title>Page"),
    "unclosed tags": Bad(page("<div><section><p>x"), "structure", "</p></section></div>"),
    "crossed tags": Bad(page("<b><i>x</b>y</i>"), "structure", "</i></b>"),
    "cut off in a tag": Bad(HEAD + '</head><body><p>x</p><div class="a', "structure", "<p>x</p>"),
    "cut off in a style": Bad(HEAD + "<style>a{color:red", "structure", "a{color:red</style>"),
    "block in a paragraph": Bad(page("<p>a<div>b</div></p>"), "structure", "<div>b</div>"),
    "duplicate attribute": Bad(page('<p class="a" class="b">x</p>'), "structure", 'class="a"', 'class="b"'),
    "null and surrogates": Bad(page("<p>a\0b\ud800c</p>"), "encoding", "a\ufffdb\ufffdc"),
    "duplicate ids": Bad(page('<p id="a">x</p><p id="a">y</p><p id="a-2">z</p>'), "duplicateId", 'id="a-3"'),
    "empty id": Bad(page('<p id="">x</p>'), "duplicateId", "<p>x</p>", "id="),
    "img outside": Bad(
        page('<img src="https://cdn.example/x.png" alt="Tea">'), "outsideReference", 'alt="Tea"', "cdn"
    ),
    "img without scheme": Bad(
        page('<img src=" //cdn.example/x.png">'), "outsideReference", "data:image/gif", "cdn"
    ),
    "img with backslashes": Bad(page('<img src="\\\\cdn.example/x.png">'), "outsideReference", lacks="cdn"),
    "img with controls": Bad(page('<img src="ht\ntps://cdn.example/x">'), "outsideReference", lacks="cdn"),
    "img from the disk": Bad(page('<img src="file:///etc/passwd">'), "outsideReference", lacks="passwd"),
    "srcset": Bad(
        page('<img src="t.png" srcset="t.png 1x, http://cdn/x.png 2x">'), "outsideReference", "t.png", "cdn"
    ),
    "picture source": Bad(
        page('<picture><source srcset="//cdn/x"><img src="t.png"></picture>'),
        "outsideReference",
        "t.png",
        "cdn",
    ),
    "video": Bad(
        page('<video src="ftp://cdn/v.mp4" poster="//cdn/p.png"></video>'), "outsideReference", lacks="cdn"
    ),
    "script": Bad(
        page('<script src="https://cdn.example/x.js"></script>'), "outsideReference", lacks="script"
    ),
    "script that fetches": Bad(
        page("<script>fetch('https://api.example')</script>"), "outsideReference", lacks="api"
    ),
    "module import": Bad(
        page('<script type="module">import x from "https://e.sh/x"</script>'),
        "outsideReference",
        lacks="e.sh",
    ),
    "web socket": Bad(
        page("<script>new WebSocket('wss://x.example')</script>"), "outsideReference", lacks="wss"
    ),
    "stylesheet": Bad(
        page("<p>x</p>", '<link rel="stylesheet" href="https://fonts.example/css">'),
        "outsideReference",
        lacks="fonts",
    ),
    "import": Bad(
        page("<p>x</p>", "<style>@import 'https://a.example/x.css';p{color:red}</style>"),
        "outsideReference",
        "p{color:red}",
        "a.example",
    ),
    "import by url": Bad(
        page("<p>x</p>", "<style>@import url(//a.example/x.css) screen;p{}</style>"),
        "outsideReference",
        "p{}",
        "a.example",
    ),
    "css url": Bad(
        page("<p>x</p>", "<style>p{background:red url( http://a.example/x.png ) no-repeat}</style>"),
        "outsideReference",
        'red url("data:,") no-repeat',
        "a.example",
    ),
    "css url in a style attribute": Bad(
        page("<p style=\"background:url('http://a.example/x')\">x</p>"),
        "outsideReference",
        "data:,",
        "a.example",
    ),
    "css url escaped": Bad(
        page("<p>x</p>", r"<style>p{background:u\72l(http\3a //a.example/x)}</style>"),
        "outsideReference",
        lacks="a.example",
    ),
    "image-set": Bad(
        page("<p>x</p>", "<style>p{background:image-set('//a.example/x' 1x)}</style>"),
        "outsideReference",
        lacks="a.example",
    ),
    "svg paint": Bad(
        page('<svg><rect fill="url(http://a.example/#g)"></rect></svg>'),
        "outsideReference",
        lacks="a.example",
    ),
    "svg image": Bad(
        page('<svg><image xlink:href="http://a.example/x"/></svg>'), "outsideReference", lacks="image"
    ),
    "svg use": Bad(page('<svg><use href="//a.example/x.svg#i"/></svg>'), "outsideReference", lacks="use"),
    "svg animation": Bad(
        page('<svg><set attributeName="href" to="http://a.example"/></svg>'),
        "outsideReference",
        lacks="a.example",
    ),
    "template": Bad(
        page('<template><img src="https://a.example/x"></template>'), "outsideReference", lacks="a.example"
    ),
    "iframe": Bad(page('<iframe src="https://a.example"></iframe>'), "embedded", lacks="iframe"),
    "iframe in an iframe": Bad(
        page('<object data="x"><embed src="y"></object><p>x</p>'), "embedded", "<p>x", "embed"
    ),
    "refresh": Bad(
        page("<p>x</p>", '<meta http-equiv="Refresh" content="0;url=http://a.example">'),
        "refresh",
        lacks="a.example",
    ),
    "base": Bad(page("<p>x</p>", '<base href="https://a.example/">'), "base", lacks="a.example"),
    "form": Bad(
        page('<form action="https://a.example/x"><button>Go</button></form>'),
        "outsideReference",
        "<button>Go",
        "a.example",
    ),
    "formaction": Bad(
        page('<button formaction="//a.example/x">Go</button>'), "outsideReference", "Go", "a.example"
    ),
    "ping": Bad(
        page('<a href="#" ping="https://a.example">x</a>'), "outsideReference", 'href="#"', "a.example"
    ),
    "javascript link": Bad(
        page('<a href=" JaVaScRiPt:alert(1)">x</a>'), "scriptUrl", '<a href="#">x</a>', "alert"
    ),
    "javascript picture": Bad(page('<img src="javascript:alert(1)">'), "scriptUrl", lacks="alert"),
    "table background": Bad(
        page('<table background="http://a.example/x"><tr><td>1</td></tr></table>'),
        "outsideReference",
        "<td>1",
        "a.example",
    ),
    "missing asset": Bad(
        page('<img src="shop.assets/gone.png" alt="Tea">'), "missingAsset", 'alt="Tea"', "gone.png"
    ),
    "missing asset in css": Bad(
        page('<p style="background:url(gone.png)">x</p>'), "missingAsset", lacks="gone.png"
    ),
    "img without source": Bad(page('<img src="" alt="Tea">'), "missingAsset", "data:image/gif"),
    "path out of the folder": Bad(page('<img src="../../secret.jpg">'), "missingAsset", lacks="secret"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_page_is_repaired(case: str) -> None:
    bad = BAD[case]
    checked = check_page(bad.document, [], ["t.png"])
    assert bad.code in {problem.code for problem in checked.problems if problem.repaired}
    assert bad.holds in checked.document
    assert not bad.lacks or bad.lacks not in checked.document
    for problem in checked.problems:
        assert problem.message.endswith(".")
        assert "\n" not in problem.message
    # What was repaired once needs nothing more.
    again = check_page(checked.document, [], ["t.png"])
    assert again.document == checked.document
    assert [problem for problem in again.problems if problem.repaired] == []


def test_an_empty_page_is_told() -> None:
    assert "empty" in {problem.code for problem in check_page(page(""), [], []).problems}
    assert "empty" not in {problem.code for problem in check_page(page("<p>x</p>"), [], []).problems}


def test_assets_that_nothing_shows_are_told() -> None:
    body = '<img src="a/one.png" alt=""><p style="background:url(\'a/two.png\')">x</p>'
    checked = check_page(page(body), [], ["one.png", "a/two.png", "three.png"])
    assert [(p.code, p.repaired) for p in checked.problems] == [("unusedAsset", False)]
    assert "three.png" in checked.problems[0].message


def test_texts_that_stand_in_the_page_are_found() -> None:
    body = (
        "<h1>Coffee for  slow\nmornings</h1><p>Free <b>ship</b>ping — today’s offer</p><p>ＡＢＣ１２３</p>"
        '<input placeholder="Your e-mail"><img src="data:," alt="Tea cup"><style>.nothidden{}</style>'
    )
    texts = [
        "Coffee for slow",
        "MORNINGS",
        "Free shipping - today's offer",
        "ABC123",
        "Your e‐mail",
        "Tea cup",
    ]
    checked = check_page(page(body), texts, [])
    assert checked.text_score == 1.0
    assert checked.problems == ()


def test_missing_texts_are_named_and_counted() -> None:
    texts = ["Add to basket", "completely elsewhere", "Add to basket"]
    checked = check_page(page("<button>Add to basket</button>"), texts, [])
    missing = [problem.message for problem in checked.problems]
    assert len(missing) == 2
    assert 0.2 < checked.text_score < 0.4


def test_a_slip_of_ocr_is_no_missing_text() -> None:
    checked = check_page(
        page("<p>Shipping is free for orders over $49.90</p>"),
        ["Shippimg is free tor orders over $49.9O"],
        [],
    )
    assert checked.problems == ()
    assert 0.85 < checked.text_score < 1


def test_hidden_words_do_not_count() -> None:
    body = "<script>var a = 'Add to basket'</script><style>/* Add to basket */</style><p>Hi</p>"
    checked = check_page(page(body), ["Add to basket"], [])
    assert checked.text_score < 0.5


def test_many_texts_are_quick_and_summed_up() -> None:
    texts = [f"Line number {n} of a long list" for n in range(400)]
    whole = check_page(page("<p>" + "</p><p>".join(texts) + "</p>"), texts, [])
    assert whole.text_score == 1.0
    none = check_page(page("<p>一二三</p>"), texts, [])
    assert none.text_score < 0.05
    assert len(none.problems) == 21


@pytest.mark.parametrize("piece", ['<a href="', "<!--", "<div>", "</p", "<", "<style>@import url("])
def test_a_writer_that_repeats_itself_costs_little_time(piece: str) -> None:
    started = time.process_time()
    check_page(piece * 3000, ["Shop"], [])
    assert time.process_time() - started < 3


def test_whatever_comes_nothing_is_raised() -> None:
    """A page broken at random places, 400 times: always an answer, and nothing in it that loads."""
    whole = "".join(GOOD.values()) + "".join(bad.document for bad in BAD.values())
    dice = random.Random(20)
    pieces = [
        "<",
        ">",
        "</",
        '"',
        "'",
        "&#x",
        "<!",
        "<![CDATA[",
        "<?",
        "-->",
        "url(",
        "@import",
        "\\",
        "\0",
        "`",
        "=",
        "<svg>",
        "<table>",
        "<select>",
        "<math>",
        "</p>",
        "<frameset>",
        "<template>",
        "<plaintext>",
        "<title>",
        "\ufeff",
    ]
    for _ in range(400):
        start = dice.randrange(len(whole))
        text = whole[start : start + dice.randrange(600)]
        for _ in range(dice.randrange(12)):
            at = dice.randrange(len(text) + 1)
            text = text[:at] + dice.choice(pieces) + text[at + dice.randrange(4) :]
        checked = check_page(text, ["Shop", text[:40]], ["t.png"])
        assert 0 <= checked.text_score <= 1
        checked.document.encode("utf-8")
        tree = LexborHTMLParser(checked.document)
        for node in tree.css("img[src], script[src], link[href], iframe, object, embed, base"):
            source = node.attributes.get("src") or node.attributes.get("href") or ""
            assert not re.match(r"\s*(https?:|ftp:|//)", source, re.IGNORECASE), checked.document
