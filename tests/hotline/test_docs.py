"""What the documents say is what the code says."""

from hotline.settings import PROJECT, Settings, effective
from ivr.map import mermaid


def test_the_map_of_the_dialogues_is_the_code_s() -> None:
    page = (PROJECT / "docs" / "dialogues.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{mermaid()}```\n" in page


def test_every_section_and_setting_is_documented() -> None:
    page = (PROJECT / "docs" / "settings.md").read_text(encoding="utf-8")
    for name in effective(Settings(home=PROJECT)):
        section, _, item = name.rpartition(".")
        assert section in page
        assert item in page, name


def test_the_readme_fits_one_screen_and_names_the_two_commands() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert "make run" in readme
    assert "make test" in readme
    assert len(readme.splitlines()) <= 60
