"""What browsers load is built from pinned packages, and asks no other server for anything."""

from __future__ import annotations

import json
import re

from softphone_ui.static import FOLDER
from tests.softphone_ui.test_texts import HOME

ELSEWHERE = re.compile(r"""url\(["']?(?!data:|\./|["'])[^)]{0,40}|@import[^;]{0,40}""")
BUILT, WEB = FOLDER / "built", HOME / "web"


def test_style_and_scripts_load_nothing_from_elsewhere() -> None:
    files = [file for file in BUILT.iterdir() if file.suffix in {".css", ".js"}]
    assert {"style.css", "theme.js"} <= {file.name for file in files}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert file.suffix == ".js" or ELSEWHERE.findall(text) == [], (
            file.name
        )  # of scripts the policy sees to it
        assert "sourceMappingURL" not in text


def test_every_picture_is_in_the_one_file_of_pictures() -> None:
    drawn = re.findall(r'<symbol id="([^"]+)"', (BUILT / "icons.svg").read_text(encoding="utf-8"))
    assert drawn == json.loads((WEB / "icons.json").read_text(encoding="utf-8"))


def test_packages_are_pinned_and_no_server_is_named() -> None:
    wanted = json.loads((WEB / "package.json").read_text(encoding="utf-8"))
    pinned = json.loads((WEB / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in (wanted["dependencies"] | wanted["devDependencies"]).items():
        assert pinned[f"node_modules/{name}"]["version"] == version
    assert all(package.get("integrity") for name, package in pinned.items() if name)
    assert [name for name, package in pinned.items() if "resolved" in package] == []
