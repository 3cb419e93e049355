"""A chart by somebody who wishes its readers ill."""

from __future__ import annotations

import json

from tests.console.content import ChartVersion

SCRIPT = "<script>window.hostile = true</script>"
IMAGE = '<img src=x onerror="window.hostile = true">'
SVG = '<svg onload="window.hostile = true"><script>window.hostile = true</script></svg>'
LINK = "[press me](javascript:window.hostile=true)"
LONG = "w" * 4000
ODD = "\u202egnp.exe \u2066 \u200b e\u0301\u0301\u0301\u0301 \U0001f6a2 \ufdfd \u0007"

README = f"""# {SCRIPT}{IMAGE} Hostile {ODD}

{SVG} {LINK} [relative](/api/v1/user) [other](//evil.example/)

<a href="javascript:window.hostile=true">and me</a> <form action="//evil.example"><input></form>
<div class="pf-v6-c-backdrop" style="position:fixed;inset:0">{LONG}</div>
<p id="root">root</p><h1 id="main">main</h1>
![tracker](https://evil.example/tracker.png)

| {LONG} | b |
|---|---|
| {SCRIPT} | {IMAGE} |

```yaml
{LONG}
```
"""


def chart() -> ChartVersion:
    """Every text that is shown anywhere is an attack, or too long, or odd."""
    metadata: dict[str, object] = {
        "name": "hostile",
        "home": "javascript:window.hostile=true",
        "sources": ["javascript:window.hostile=true", "https://example.org/" + LONG[:200]],
        "version": "1.0.0",
        "description": SCRIPT + IMAGE + ODD + LONG[:300],
        "keywords": [SCRIPT, ODD, "k" * 60],
        "maintainers": [
            {"name": SCRIPT, "email": "a@b?subject=x", "url": "javascript:window.hostile=true"}
        ],
        "icon": "javascript:window.hostile=true",
        "apiVersion": "v2",
        "appVersion": SCRIPT,
        "annotations": {
            "artifacthub.io/changes": json.dumps(
                [{"description": IMAGE, "links": [{"name": "x", "url": "javascript:alert(1)"}]}]
            ),
            SCRIPT: IMAGE,
        },
        "dependencies": [
            {"name": "a" * 80, "version": SCRIPT, "repository": "javascript:window.hostile=true"}
        ],
    }
    values = f'{SCRIPT}: 1\n"{IMAGE}":\n  - {ODD.replace(chr(7), "")}\nlong: {LONG}\n'
    files = {
        "README.md": README,
        "values.yaml": values + "".join(f"key{number}: {number}\n" for number in range(3000)),
        "values.schema.json": json.dumps(
            {"properties": {SCRIPT: {"type": IMAGE, "default": SCRIPT, "description": LONG}}}
        ),
        "templates/<img src=x onerror=alert(1)>.yaml": SCRIPT + IMAGE + LONG,
        f"templates/{'d' * 60}/{'f' * 60}.yaml": "x: 1\n" * 2000,
    }
    return ChartVersion("1.0.0", files, metadata)
