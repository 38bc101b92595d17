"""The map of all dialogues, drawn from the menus themselves."""

from __future__ import annotations

from ivr.map import menus, mermaid


def test_the_map_shows_every_key_of_every_menu() -> None:
    assert mermaid() == (
        "flowchart LR\n"
        "    language{{language}} -- 1 zh, 2 yue, 3 en --> main\n"
        "    main{{main}} -- 1 --> account\n"
        "    main{{main}} -- 2 --> transfer\n"
        "    main{{main}} -- 7 --> complaints\n"
        "    account{{account}} -- 1 --> balance[balance]\n"
        "    account{{account}} -- 2 --> holdings[holdings]\n"
        "    account{{account}} -- 3 --> movements[movements]\n"
        "    transfer{{transfer}} -- 1 --> to_securities[to securities]\n"
        "    transfer{{transfer}} -- 2 --> to_bank[to bank]\n"
        "    transfer{{transfer}} -- 3 --> todays_transfers[todays transfers]\n"
        "    complaints{{complaints}} -- 1 --> person-complaints([a person for complaints])\n"
        "    main -- * --> language\n"
    )


def test_every_menu_has_a_name_of_its_own() -> None:
    names = [menu.name for menu in menus()]
    assert names == ["language", "main", "account", "transfer", "complaints", "confirm"]
