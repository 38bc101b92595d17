"""Conversations of customers who key their account number where an option was asked for."""

from __future__ import annotations

from tests.conversation import conversation
from tests.ivr.test_identify import BALANCE


async def test_an_account_number_may_be_keyed_straight_away_at_a_customers_menu() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 6
        caller: 00100000001#
        bank:   key-pin
        caller: 246810 (secret)
        bank:   thank-you / [account]
        caller: 1
        """
        + BALANCE
    )


async def test_a_stray_key_at_a_customers_menu_is_asked_about_and_a_star_goes_back_to_the_menu() -> None:
    await conversation(
        """
        bank:   welcome / [language]
        caller: 1
        bank:   call-is-recorded / [main]
        caller: 2
        bank:   [transfer]
        caller: 9
        bank:   rest-of-account
        caller: *#
        bank:   [transfer]
        caller: (hangs up)
        """
    )


async def test_who_starts_the_account_number_anew_after_a_stray_key_is_understood() -> None:
    await conversation(
        """
        bank:   welcome-back / call-is-recorded / [main]
        caller: 1
        bank:   [account]
        caller: 6
        bank:   rest-of-account
        caller: #
        bank:   rest-of-account
        caller: 600100000001#
        bank:   key-pin
        caller: 246810 (secret)
        bank:   thank-you / [account]
        caller: (hangs up)
        """,
        caller="13800000001",
    )
