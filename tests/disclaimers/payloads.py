"""300 texts that try to run, and 60 that try to use htmx: built from what is known to have worked elsewhere."""

from itertools import product

TAGS = (
    '<img src=x {on}="{js}">', "<svg {on}={js}>", '<body {on}="{js}">', "<details open {on}={js}><summary>x</summary>",
    "<input autofocus {on}={js}>", "<video {on}={js}><source></video>", "<audio src=x {on}={js}>", "<marquee {on}={js}>x</marquee>",
    "<iframe {on}={js}></iframe>", "<a href=# {on}={js}>x</a>", "<u {on}='{js}'>x</u>", "<table {on}={js}><td>x</table>",
)  # fmt: skip
HANDLERS = (
    "onerror",
    "onload",
    "onfocus",
    "ontoggle",
    "onmouseover",
    "onclick",
    "onanimationstart",
    "onpointerenter",
    "onbegin",
    "onstart",
)
JS = "fired(1)"
LINKS = (
    "[x](javascript:fired(1))", "[x](JaVaScRiPt:fired(1))", "[x]( javascript:fired(1))", "[x](java\tscript:fired(1))",
    "[x](&#106;avascript:fired(1))", "[x](&#x6A;avascript:fired(1))", "[x](javascript&colon;fired(1))", "[x](vbscript:fired(1))",
    "[x](data:text/html,<script>fired(1)</script>)", "[x](data:text/html;base64,PHNjcmlwdD5maXJlZCgxKTwvc2NyaXB0Pg==)",
    "<javascript:fired(1)>", "![x](javascript:fired(1))", "![x](x \"onerror=fired(1)\")", '![x" onerror="fired(1)](x)',
    '[x](https://a.example "onclick=fired(1)")', '[x](https://a.example/"onmouseover="fired(1))', "[a]: javascript:fired(1)\n\n[a]",
    '<a href="javascript:fired(1)">x</a>', "<a href='java&#x0A;script:fired(1)'>x</a>", '<a href=" javascript:fired(1)">x</a>',
    '<a href="\x01javascript:fired(1)">x</a>', '<a href="data:text/html,<script>fired(1)</script>">x</a>',
    '<a href="https://a.example" target="_self" ping="https://b.example">x</a>', '<base href="javascript:/a/">', '<form action="javascript:fired(1)"><button>x',
    '<button formaction="javascript:fired(1)">x</button>', '<isindex action="javascript:fired(1)">', '<object data="javascript:fired(1)">',
    '<embed src="javascript:fired(1)">', '<iframe src="javascript:fired(1)">', '<iframe srcdoc="<script>fired(1)</script>">',
)  # fmt: skip
MUTATIONS = (
    "<script>fired(1)</script>", "<scr<script>ipt>fired(1)</scr</script>ipt>", "<script/src=data:,fired(1)></script>", "<SCRIPT>fired(1)</SCRIPT>",
    "<script\n>fired(1)</script\n>", "<style>@import 'javascript:fired(1)';</style>", "<style><img src=x onerror=fired(1)></style>",
    "<noscript><p title='</noscript><img src=x onerror=fired(1)>'>", "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=fired(1)&gt;'>",
    "<svg><style><img src=x onerror=fired(1)></style></svg>", "<svg><animate onbegin=fired(1) attributeName=x dur=1s>", "<svg><a xlink:href=javascript:fired(1)><text>x</text></a>",
    "<svg><script>fired(1)</script></svg>", "<svg><foreignObject><iframe onload=fired(1)>", "<math href=javascript:fired(1)>x</math>", "<math><maction actiontype=statusline xlink:href=javascript:fired(1)>x",
    "<!--><img src=x onerror=fired(1)>-->", "<!--[if gte IE 4]><script>fired(1)</script><![endif]-->", "<![CDATA[<img src=x onerror=fired(1)>]]>", "<?xml version='1.0'?><script>fired(1)</script>",
    "<textarea><img title='</textarea><img src=x onerror=fired(1)>'>", "<title><img title='</title><img src=x onerror=fired(1)>'></title>", "<xmp><p title='</xmp><img src=x onerror=fired(1)>'></xmp>",
    "<plaintext><img src=x onerror=fired(1)>", "<template><img src=x onerror=fired(1)></template>", "<select><template shadowrootmode=open><img src=x onerror=fired(1)>",
    "<p style='background:url(javascript:fired(1))'>x</p>", "<p style='animation:x' onanimationstart=fired(1)>x</p>", "<link rel=stylesheet href=javascript:fired(1)>", "<meta http-equiv=refresh content='0;url=javascript:fired(1)'>",
    "`</code><img src=x onerror=fired(1)>`", "```\n</code></pre><img src=x onerror=fired(1)>\n```", "```html onload=fired(1)\nx\n```", "~~~\"><img src=x onerror=fired(1)>\nx\n~~~",
    "| a |\n|---|\n| <img src=x onerror=fired(1)> |", "> <img src=x onerror=fired(1)>", "- <svg onload=fired(1)>", "# <img src=x onerror=fired(1)>", "*[x]: \"><img src=x onerror=fired(1)>\n\nx",
    "[^1]\n\n[^1]: <img src=x onerror=fired(1)>", "::: warning <img src=x onerror=fired(1)>\nx\n:::", "==<img src=x onerror=fired(1)>==", "++<svg onload=fired(1)>++", "H~<img/src=x/onerror=fired(1)>~O", ":/<img src=x onerror=fired(1)>",
    "<img src=x\x00 onerror=fired(1)>", "<img\x0csrc=x\x0conerror=fired(1)>", "<img src=`x`onerror=fired(1)>", "<img \"\"\"><script>fired(1)</script>\">", "<<img src=x onerror=fired(1)//",
    "<img src='x' alt='\"><script>fired(1)</script>'>", "<img alt='\x1fpicture\x1ejavascript:fired(1)\x1ex\x1f' src=x>", "\x1fpicture\x1ejavascript:fired(1)\x1ex\x1f", "\x1fpicture\x1ehttps://a.example/\" onclick=\"fired(1)\x1ex\x1f",
    "<img src=\"https://a.example/'onclick='fired(1)\" alt=x>", "<img src='https://a.example/\" onclick=\"fired(1)' alt=x>", "<img src=https://a.example/?<script>fired(1)</script> alt=x>",
    "<u>\n\n<script>fired(1)</script>\n\n</u>", "<div>\n\n*x*\n\n<img src=x onerror=fired(1)></div>", "&lt;script&gt;fired(1)&lt;/script&gt;", "&#60;img src=x onerror=fired(1)&#62;", "<img src=x onerror=\nfired(1)>",
    "</div></main><script>fired(1)</script>", "</textarea><script>fired(1)</script>", "</pre><script>fired(1)</script>", "{{constructor.constructor('fired(1)')()}}", "${fired(1)}", "<%= fired(1) %>", "{% csrf_token %}{{ request.user }}",
)  # fmt: skip
BREAKOUTS = (
    '<img src="http://e.com/onmouseover=fired(1)//" alt="<abbr title=">">x</abbr>', '<abbr title="&#31;picture&#30;http://e.com/onmouseover=fired(1)//&#30;x&#31;">x</abbr>',
    '<img src="http://e.com/hx-post=/gadget?" alt="<abbr title=">">x</abbr>', '<IMG SRC="http://e.com/x" ALT="<b onclick=fired(1)>">', '<a title="<img src=http://e.com/onclick=fired(1)// alt=x>" href="https://a.example">x</a>',
)  # fmt: skip
PAYLOADS = tuple(
    list(BREAKOUTS)
    + [tag.format(on=on, js=JS) for tag, on in product(TAGS, HANDLERS)]
    + list(LINKS)
    + list(MUTATIONS)
    + [
        f'<{tag} id="text" name="csrfmiddlewaretoken" {on}="{JS}" x="{place}">'
        for tag, on, place in product(("p", "span", "div", "td"), HANDLERS[:5], ("'", "/>", "&#34;"))
    ]
    + [f"[{mark}](https://a.example){{{on}={JS}}}" for mark, on in product("*_~", HANDLERS[:7])]
)[:300]

VERBS = ("hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete", "data-hx-get")
TRIGGERS = ("load", "revealed", "every 1s", "mouseenter from:body", "intersect")
GADGETS = tuple(
    [f'<div {verb}="/gadget" hx-trigger="{trigger}">x</div>' for verb, trigger in product(VERBS, TRIGGERS)]
    + [f'<u hx-on:{event}="fired(1)">x</u>' for event in ("load", "click", "htmx:load", "htmx:before-request")]
    + [f'<u hx-on--{event}="fired(1)">x</u>' for event in ("load", "after-settle")]
    + [
        '<div hx-vals="js:{a: fired(1)}" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-headers="js:{a: fired(1)}" hx-get="/gadget" hx-trigger="load">x</div>',
        '<div hx-trigger="load[fired(1)]" hx-get="/gadget">x</div>', '<div hx-ext="x" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-sse="connect:/gadget">x</div>',
        '<div hx-ws="connect:/gadget">x</div>', '<a hx-boost="true" href="/gadget" autofocus>x</a>', '<div hx-swap-oob="true" id="messages">gone</div>', '<div hx-swap-oob="outerHTML:#preview">gone</div>',
        '<form hx-post="/gadget" hx-trigger="load"><input name=a></form>', '<input hx-get="/gadget" hx-trigger="load">', '<div hx-include="[name=csrfmiddlewaretoken]" hx-post="/gadget" hx-trigger="load">x</div>',
        '<div hx-target="body" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-select="body" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-history="false" hx-get="/gadget" hx-trigger="load">x</div>',
        '<div hx-push-url="/gadget" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-disinherit="*" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-inherit="*" hx-get="/gadget" hx-trigger="load">x</div>',
        '<div hx-encoding="multipart/form-data" hx-post="/gadget" hx-trigger="load">x</div>', '<div hx-request=\'{"credentials":true}\' hx-get="/gadget" hx-trigger="load">x</div>',
        '<div hx-confirm="x" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-prompt="x" hx-get="/gadget" hx-trigger="load">x</div>', '<div hx-params="*" hx-get="/gadget" hx-trigger="load">x</div>',
        '<div hx-preserve id="state">x</div>',
    ]
)[:60]  # fmt: skip
