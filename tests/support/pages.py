"""A small build of the pages, made up: what the server reads, without Node."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INDEX = """<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta property="csp-nonce" nonce="__CSP_NONCE__">
<!--jb:head-->
<link rel="stylesheet" href="/assets/main-1a2b.css" nonce="__CSP_NONCE__">
</head>
<body><div id="root"><!--jb:snapshot--></div>
<!--jb:boot-->
<script type="module" src="/assets/main-1a2b.js" nonce="__CSP_NONCE__"></script>
</body>
</html>
"""
MAIN = "import './shared-3c4d.js'; console.log('main')\n" * 40
BROTLI = b"as if brotli"
MANIFEST = {
    "index.html": {
        "file": "assets/main-1a2b.js",
        "isEntry": True,
        "imports": ["_shared.js"],
        "dynamicImports": ["src/pages/public/topic/index.tsx"],
        "css": ["assets/main-1a2b.css"],
    },
    "_shared.js": {"file": "assets/shared-3c4d.js"},
    "_table.js": {"file": "assets/table-5e6f.js", "imports": ["_shared.js"], "css": ["assets/table-5e6f.css"]},
    "src/pages/public/topic/index.tsx": {"file": "assets/topic-7a8b.js", "imports": ["_shared.js", "_table.js"]},
}
ROUTES = ["/", "/topics/{topicId}", "/notices", "/sign-in", "/my/topics/{topicId}", "/my/topics/new"]


def write_build(folder: Path) -> Path:
    """Write it, last what says that it is whole."""
    files = {
        "index.html": INDEX.encode(),
        ".vite/manifest.json": json.dumps(MANIFEST).encode(),
        "assets/main-1a2b.js": MAIN.encode(),
        "assets/main-1a2b.js.br": BROTLI,
        "assets/main-1a2b.js.gz": gzip.compress(MAIN.encode()),
        "assets/main-1a2b.css": b"main{}",
        "assets/shared-3c4d.js": b"export {}",
        "assets/table-5e6f.js": b"export {}",
        "assets/table-5e6f.css": b"table{}",
        "assets/topic-7a8b.js": b"export {}",
        "cmaps/UniGB-UCS2-H.bcmap": b"\xe0map",
        "favicon.svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        "routes.json": json.dumps(ROUTES).encode(),
    }
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder
