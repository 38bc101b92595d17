"""What every bank behind the port must do; `TestLedger` and `TestHttpBank` are this, word for word."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bank.ledger.codes import MOST_A_DAY
from bank.port import (
    AccountNumber,
    Approval,
    Cause,
    CodeNeeded,
    Direction,
    Frozen,
    KeyMisused,
    KeyVoid,
    Locked,
    NoMoreCodes,
    NotEnough,
    NotIdentified,
    OutsideHours,
    OverLimit,
    Purse,
    Segment,
    TransferKey,
    WrongCode,
)
from core.secret import Secret
from core.words import Language
from tests.bank.stage import CHAN, LIU, NOBODY, PINS, SMITH, WRONG, ZHANG, Stage

BANK, SECURITIES = Purse.BANK, Purse.SECURITIES
START = {SECURITIES: 50_000_00, BANK: 200_000_00}


class Customers:
    """Who somebody is."""

    async def test_the_right_pin_tells_who_the_customer_is(self, stage: Stage) -> None:
        customer = await stage.bank.identify(CHAN, PINS[CHAN])
        assert customer.account == CHAN
        assert customer.name == "陳美玲"
        assert customer.segment is Segment.VIP
        assert customer.language is Language.YUE
        assert customer.born.year == 1990

    async def test_whose_account_it_is_can_be_asked_without_a_pin(self, stage: Stage) -> None:
        customer = await stage.bank.customer(CHAN)
        assert customer == await stage.bank.identify(CHAN, PINS[CHAN])
        assert await stage.bank.customer(NOBODY) is None

    async def test_a_wrong_pin_and_a_wrong_account_sound_the_same(self, stage: Stage) -> None:
        with pytest.raises(NotIdentified) as wrong_pin:
            await stage.bank.identify(ZHANG, WRONG)
        with pytest.raises(NotIdentified) as no_account:
            await stage.bank.identify(NOBODY, WRONG)
        assert type(wrong_pin.value) is type(no_account.value) is NotIdentified
        assert str(wrong_pin.value) == str(no_account.value)

    @pytest.mark.parametrize("account", [ZHANG, NOBODY, AccountNumber("not a number")])
    async def test_five_wrong_pins_lock_an_account_whether_it_exists_or_not(
        self, stage: Stage, account: AccountNumber
    ) -> None:
        for _ in range(5):
            with pytest.raises(NotIdentified) as refused:
                await stage.bank.identify(account, WRONG)
            assert not isinstance(refused.value, Locked)
        with pytest.raises(Locked):
            await stage.bank.identify(account, PINS.get(account, WRONG))

    async def test_a_lock_counts_across_identification_and_transfers(self, stage: Stage) -> None:
        for _ in range(3):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(ZHANG, WRONG)
        for _ in range(2):
            with pytest.raises(NotIdentified):
                await stage.bank.transfer(stage.order(1), pin=WRONG)
        with pytest.raises(Locked):
            await stage.transfer(stage.order(1))
        assert await stage.money() == START

    async def test_a_right_pin_in_between_forgives_nothing(self, stage: Stage) -> None:
        for _ in range(4):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(ZHANG, WRONG)
        await stage.bank.identify(ZHANG, PINS[ZHANG])
        with pytest.raises(NotIdentified):
            await stage.bank.identify(ZHANG, WRONG)
        with pytest.raises(Locked):
            await stage.bank.identify(ZHANG, PINS[ZHANG])

    async def test_a_wrong_pin_is_forgotten_after_a_day(self, stage: Stage) -> None:
        for _ in range(5):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(ZHANG, WRONG)
            stage.clock.turn(hours=1)
        stage.clock.turn(hours=18, minutes=59)
        with pytest.raises(Locked):
            await stage.bank.identify(ZHANG, PINS[ZHANG])
        stage.clock.turn(minutes=1)
        await stage.bank.identify(ZHANG, PINS[ZHANG])

    async def test_tries_against_a_locked_account_do_not_lengthen_the_lock(self, stage: Stage) -> None:
        for _ in range(5):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(ZHANG, WRONG)
        stage.clock.turn(hours=23)
        with pytest.raises(Locked):
            await stage.bank.identify(ZHANG, WRONG)
        stage.clock.turn(hours=1)
        await stage.bank.identify(ZHANG, PINS[ZHANG])

    async def test_an_operator_unlocks_an_account(self, stage: Stage) -> None:
        for _ in range(6):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(ZHANG, WRONG)
        assert await stage.unlock(ZHANG)
        await stage.bank.identify(ZHANG, PINS[ZHANG])

    async def test_however_many_guess_at_once_five_are_answered(self, stage: Stage) -> None:
        guesses = [Secret(f"{number:06}") for number in range(24)]
        answers = await asyncio.gather(
            *(stage.bank.identify(ZHANG, guess) for guess in guesses), return_exceptions=True
        )
        assert sum(type(answer) is NotIdentified for answer in answers) == 5
        assert sum(type(answer) is Locked for answer in answers) == 19

    async def test_a_registered_telephone_is_known_and_a_strange_one_is_not(self, stage: Stage) -> None:
        customer = await stage.bank.known_caller("13800000003")
        assert customer
        assert customer.account == SMITH
        assert await stage.bank.known_caller("13999999999") is None


class Accounts:
    """What somebody has."""

    async def test_balances_come_securities_first(self, stage: Stage) -> None:
        securities, bank = await stage.bank.balances(ZHANG)
        assert (securities.purse, securities.balance, securities.available) == (SECURITIES, 5000000, 5000000)
        assert (bank.purse, bank.balance, bank.available) == (BANK, 20000000, 20000000)

    async def test_holdings_come_by_code(self, stage: Stage) -> None:
        holdings = await stage.bank.holdings(ZHANG)
        assert [(each.code, each.quantity, each.available, each.cost) for each in holdings] == [
            ("000001", 1000, 1000, 10_00),
            ("600519", 100, 100, 1500_00),
        ]

    async def test_the_last_movements_come_newest_first(self, stage: Stage) -> None:
        await stage.transfer(stage.order(250.5))
        movements = await stage.bank.movements(ZHANG)
        assert [(each.purse, each.cause, each.amount, each.balance_after) for each in movements] == [
            (SECURITIES, Cause.TRANSFER, -250_50, 49_749_50),
            (BANK, Cause.TRANSFER, 250_50, 200_250_50),
            (BANK, Cause.INTEREST, 124_00, 200_000_00),
            (SECURITIES, Cause.TRADE, -10_000_00, 50_000_00),
            (SECURITIES, Cause.TRADE, -150_000_00, 60_000_00),
        ]
        assert movements[0].at == stage.clock.now

    async def test_as_many_movements_come_as_were_asked_for(self, stage: Stage) -> None:
        assert len(await stage.bank.movements(ZHANG, most=2)) == 2
        assert len(await stage.bank.movements(ZHANG, most=50)) == 7

    async def test_a_stranger_has_nothing(self, stage: Stage) -> None:
        with pytest.raises(NotIdentified):
            await stage.bank.balances(NOBODY)
        assert await stage.bank.holdings(NOBODY) == []
        assert await stage.bank.movements(NOBODY) == []
        assert await stage.bank.transfers_today(NOBODY) == []


class Transfers:
    """How money moves."""

    @pytest.mark.parametrize(
        ("direction", "after"),
        [
            (Direction.TO_BANK, {SECURITIES: 48_749_50, BANK: 201_250_50}),
            (Direction.TO_SECURITIES, {SECURITIES: 51_250_50, BANK: 198_749_50}),
        ],
    )
    async def test_money_moves_either_way(
        self, stage: Stage, direction: Direction, after: dict[Purse, int]
    ) -> None:
        order = stage.order(1250.5, direction)
        receipt = await stage.transfer(order)
        assert await stage.money() == after
        assert (receipt.key, receipt.direction, receipt.amount) == (order.key, direction, 1250_50)
        assert receipt.at == stage.clock.now
        assert receipt.reference.isdecimal()
        assert len(receipt.reference) == 10
        assert await stage.books() == []

    async def test_the_same_key_returns_the_first_receipt(self, stage: Stage) -> None:
        order = stage.order(100)
        first = await stage.transfer(order)
        stage.clock.turn(hours=1)
        assert await stage.transfer(order) == first
        assert await stage.money() == {SECURITIES: 49_900_00, BANK: 200_100_00}

    async def test_the_same_key_at_the_same_time_from_many_sessions_moves_once(self, stage: Stage) -> None:
        order = stage.order(100)
        receipts = await asyncio.gather(*(stage.transfer(order) for _ in range(8)))
        assert len(set(receipts)) == 1
        assert await stage.money() == {SECURITIES: 49_900_00, BANK: 200_100_00}

    async def test_the_first_receipt_also_comes_when_nothing_more_could_move(self, stage: Stage) -> None:
        order = stage.order(100)
        first = await stage.transfer(order)
        await stage.freeze(ZHANG)
        stage.clock.turn(hours=12)
        assert await stage.transfer(order) == first

    @pytest.mark.parametrize(
        ("account", "yuan", "direction"),
        [
            (ZHANG, 101, Direction.TO_BANK),
            (ZHANG, 100, Direction.TO_SECURITIES),
            (CHAN, 100, Direction.TO_BANK),
        ],
    )
    async def test_a_key_used_for_another_order_is_refused(
        self, stage: Stage, account: AccountNumber, yuan: int, direction: Direction
    ) -> None:
        await stage.transfer(stage.order(100, Direction.TO_BANK, key="the-key"))
        with pytest.raises(KeyMisused):
            await stage.transfer(stage.order_of(account, yuan, direction, key="the-key"))
        assert await stage.money(CHAN) == START

    async def test_a_wrong_pin_moves_nothing(self, stage: Stage) -> None:
        with pytest.raises(NotIdentified):
            await stage.bank.transfer(stage.order(100), pin=WRONG)
        with pytest.raises(NotIdentified):
            await stage.bank.transfer(stage.order_of(NOBODY, 100), pin=WRONG)
        assert await stage.money() == START

    async def test_more_than_there_is_does_not_move(self, stage: Stage) -> None:
        await stage.terms(Segment.ORDINARY, single=10**6, daily=10**6, code_from=10**6)
        with pytest.raises(NotEnough):
            await stage.transfer(stage.order(50_000.01))
        await stage.transfer(stage.order(50_000))
        assert await stage.money() == {SECURITIES: 0, BANK: 250_000_00}

    async def test_the_last_money_goes_to_one_of_two_who_want_it(self, stage: Stage) -> None:
        await stage.terms(Segment.ORDINARY, single=10**6, daily=10**6, code_from=10**6)
        answers = await asyncio.gather(
            *(stage.transfer(stage.order(30_000)) for _ in range(4)), return_exceptions=True
        )
        assert sum(isinstance(answer, NotEnough) for answer in answers) == 3
        assert await stage.money() == {SECURITIES: 20_000_00, BANK: 230_000_00}

    async def test_both_directions_at_the_same_time_do_not_block_each_other_for_good(
        self, stage: Stage
    ) -> None:
        orders = [stage.order(10, direction) for _ in range(6) for direction in Direction]
        await asyncio.gather(*(stage.transfer(order) for order in orders))
        assert await stage.money() == START
        assert await stage.books() == []

    async def test_a_frozen_account_moves_nothing(self, stage: Stage) -> None:
        await stage.freeze(ZHANG)
        with pytest.raises(Frozen):
            await stage.transfer(stage.order(1))
        with pytest.raises(Frozen):
            await stage.bank.limits(ZHANG, Direction.TO_BANK)
        await stage.freeze(ZHANG, frozen=False)
        await stage.transfer(stage.order(1))

    async def test_transfers_close_and_tell_when_they_open_again(self, stage: Stage) -> None:
        stage.clock.turn(hours=6)
        opens = datetime(2026, 3, 4, 1, 0, tzinfo=UTC)
        with pytest.raises(OutsideHours) as closed:
            await stage.transfer(stage.order(1))
        assert closed.value.opens == opens
        with pytest.raises(OutsideHours) as closed:
            await stage.bank.limits(ZHANG, Direction.TO_BANK)
        assert closed.value.opens == opens
        assert await stage.money() == START


class Limits:
    """How much may move."""

    async def test_limits_are_told(self, stage: Stage) -> None:
        limits = await stage.bank.limits(ZHANG, Direction.TO_BANK)
        assert (limits.single, limits.left_today, limits.code_from) == (50_000_00, 100_000_00, 20_000_00)
        await stage.transfer(stage.order(15_000))
        assert (await stage.bank.limits(ZHANG, Direction.TO_BANK)).left_today == 85_000_00
        assert (await stage.bank.limits(ZHANG, Direction.TO_SECURITIES)).left_today == 100_000_00

    async def test_each_segment_has_its_own(self, stage: Stage) -> None:
        assert (await stage.bank.limits(CHAN, Direction.TO_BANK)).single == 500_000_00
        assert (await stage.bank.limits(SMITH, Direction.TO_BANK)).single == 1_000_000_00

    async def test_more_than_the_single_limit_does_not_move(self, stage: Stage) -> None:
        await stage.terms(Segment.ORDINARY, single=100, daily=150, code_from=1000)
        with pytest.raises(OverLimit) as over:
            await stage.transfer(stage.order(100.01))
        assert over.value.allowed == 100_00
        await stage.transfer(stage.order(100))

    async def test_more_than_the_daily_limit_does_not_move_until_tomorrow(self, stage: Stage) -> None:
        await stage.terms(Segment.ORDINARY, single=100, daily=150, code_from=1000)
        await stage.transfer(stage.order(100))
        with pytest.raises(OverLimit) as over:
            await stage.transfer(stage.order(50.01))
        assert over.value.allowed == 50_00
        await stage.transfer(stage.order(50))
        stage.clock.turn(days=1)
        await stage.transfer(stage.order(100))

    async def test_the_daily_limit_holds_for_many_at_once(self, stage: Stage) -> None:
        await stage.terms(Segment.ORDINARY, single=100, daily=250, code_from=1000)
        answers = await asyncio.gather(
            *(stage.transfer(stage.order(100)) for _ in range(6)), return_exceptions=True
        )
        assert sum(isinstance(answer, OverLimit) for answer in answers) == 4
        assert await stage.money() == {SECURITIES: 49_800_00, BANK: 200_200_00}


class Codes:
    """The second factor."""

    async def test_a_large_amount_needs_a_code(self, stage: Stage) -> None:
        order = stage.order(20_000)
        with pytest.raises(CodeNeeded):
            await stage.transfer(order)
        assert await stage.money() == START
        await stage.transfer(stage.order(19_999.99))

    async def test_the_code_goes_to_the_registered_telephone_and_lets_the_money_pass(
        self, stage: Stage
    ) -> None:
        order = stage.order(20_000)
        await stage.bank.send_code(ZHANG, order.key)
        (letter,) = await stage.letters()
        assert letter.content["telephone"] == "13800000001"
        assert letter.content["language"] == "zh"
        await stage.transfer(order, await stage.last_code())
        assert await stage.money() == {SECURITIES: 30_000_00, BANK: 220_000_00}

    async def test_a_code_is_good_for_its_own_transfer_only(self, stage: Stage) -> None:
        order, other = stage.order(20_000), stage.order(20_000)
        await stage.bank.send_code(ZHANG, order.key)
        code = await stage.last_code()
        with pytest.raises(WrongCode):
            await stage.transfer(other, code)
        await stage.transfer(order, code)
        with pytest.raises(WrongCode):
            await stage.transfer(other, code)
        assert (await stage.money())[SECURITIES] == 30_000_00

    async def test_a_code_is_good_for_its_own_customer_only(self, stage: Stage) -> None:
        order = stage.order_of(LIU, 20_000)
        await stage.bank.send_code(ZHANG, order.key)
        with pytest.raises(WrongCode):
            await stage.transfer(order, await stage.last_code())
        with pytest.raises(NoMoreCodes):
            await stage.bank.send_code(LIU, order.key)

    async def test_a_code_grows_old_in_five_minutes(self, stage: Stage) -> None:
        order = stage.order(20_000)
        await stage.bank.send_code(ZHANG, order.key)
        stage.clock.turn(minutes=5)
        with pytest.raises(WrongCode):
            await stage.transfer(order, await stage.last_code())
        assert await stage.money() == START

    async def test_a_code_has_three_tries(self, stage: Stage) -> None:
        order = stage.order(20_000)
        await stage.bank.send_code(ZHANG, order.key)
        code = await stage.last_code()
        wrong = Secret(f"{(int(code.reveal()) + 1) % 10**6:06}")
        for _ in range(3):
            with pytest.raises(WrongCode):
                await stage.transfer(order, wrong)
        with pytest.raises(WrongCode):
            await stage.transfer(order, code)
        assert await stage.money() == START

    async def test_a_new_code_takes_the_place_of_the_old_one(self, stage: Stage) -> None:
        order = stage.order(20_000)
        await stage.bank.send_code(ZHANG, order.key)
        first = await stage.last_code()
        await stage.bank.send_code(ZHANG, order.key)
        second = await stage.last_code()
        if first != second:
            with pytest.raises(WrongCode):
                await stage.transfer(order, first)
        await stage.transfer(order, second)

    async def test_three_codes_are_enough_for_one_transfer(self, stage: Stage) -> None:
        order = stage.order(20_000)
        for _ in range(3):
            await stage.bank.send_code(ZHANG, order.key)
        with pytest.raises(NoMoreCodes):
            await stage.bank.send_code(ZHANG, order.key)
        assert len(await stage.letters()) == 3

    async def test_a_customer_is_sent_no_more_than_so_many_codes_a_day_for_however_many_transfers(
        self, stage: Stage
    ) -> None:
        for _ in range(MOST_A_DAY):
            await stage.bank.send_code(ZHANG, stage.order(20_000).key)
        with pytest.raises(NoMoreCodes):
            await stage.bank.send_code(ZHANG, stage.order(20_000).key)
        await stage.bank.send_code(LIU, stage.order_of(LIU, 20_000).key)
        stage.clock.turn(hours=24, minutes=1)
        await stage.bank.send_code(ZHANG, stage.order(20_000).key)

    async def test_calls_at_the_same_time_are_sent_no_more_codes_either(self, stage: Stage) -> None:
        asked = [stage.bank.send_code(ZHANG, stage.order(20_000).key) for _ in range(MOST_A_DAY + 5)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers if answer is not None] == [NoMoreCodes] * 5

    async def test_a_right_code_does_not_open_a_locked_account(self, stage: Stage) -> None:
        order = stage.order(20_000)
        await stage.bank.send_code(ZHANG, order.key)
        for _ in range(5):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(ZHANG, WRONG)
        with pytest.raises(Locked):
            await stage.transfer(order, await stage.last_code())


class Truth:
    """What happened."""

    async def test_the_outcome_of_a_transfer_is_its_receipt(self, stage: Stage) -> None:
        receipt = await stage.transfer(stage.order(100))
        assert await stage.bank.outcome(receipt.key) == receipt

    async def test_asking_for_an_unknown_key_makes_sure_it_never_happens(self, stage: Stage) -> None:
        order = stage.order(100)
        assert await stage.bank.outcome(order.key) is None
        with pytest.raises(KeyVoid):
            await stage.transfer(order)
        assert await stage.bank.outcome(order.key) is None
        assert await stage.money() == START

    async def test_outcome_and_transfer_at_the_same_time_agree(self, stage: Stage) -> None:
        for _ in range(10):
            order = stage.order(10)
            before = await stage.money()
            told, done = await asyncio.gather(
                stage.bank.outcome(order.key), stage.transfer(order), return_exceptions=True
            )
            after = await stage.money()
            if told is None:
                assert isinstance(done, KeyVoid)
                assert after == before
            else:
                assert told == done
                assert after[BANK] == before[BANK] + 10_00

    async def test_todays_transfers_come_newest_first_and_without_yesterdays(self, stage: Stage) -> None:
        yesterday = await stage.transfer(stage.order(1))
        stage.clock.turn(days=1)
        first = await stage.transfer(stage.order(2))
        stage.clock.turn(minutes=1)
        second = await stage.transfer(stage.order(3, Direction.TO_SECURITIES))
        await stage.transfer(stage.order_of(CHAN, 4))
        await stage.bank.outcome(TransferKey("never"))
        assert await stage.bank.transfers_today(ZHANG) == [second, first]
        assert yesterday.at == first.at - timedelta(days=1)

    async def test_no_two_references_are_alike(self, stage: Stage) -> None:
        receipts = [await stage.transfer(stage.order(1)) for _ in range(5)]
        assert len({receipt.reference for receipt in receipts}) == 5


class Approved:
    """Transfers on two persons' word."""

    WORD = Approval(prepared_by="1001", released_by="1900")

    async def test_two_persons_word_moves_more_than_the_limit_once(self, stage: Stage) -> None:
        await stage.terms(Segment.ORDINARY, single=1_000, daily=2_000, code_from=500)
        order = stage.order(40_000)
        with pytest.raises(OverLimit):
            await stage.transfer(order)
        receipts = [await stage.bank.transfer_approved(order, self.WORD) for _ in range(3)]
        assert receipts == receipts[:1] * 3
        assert await stage.money() == {SECURITIES: 10_000_00, BANK: 240_000_00}
        with pytest.raises(OverLimit):
            await stage.transfer(stage.order(100))

    async def test_it_is_refused_for_every_other_reason(self, stage: Stage) -> None:
        with pytest.raises(NotEnough):
            await stage.bank.transfer_approved(stage.order(60_000), self.WORD)
        order = stage.order(100)
        assert await stage.bank.outcome(order.key) is None
        with pytest.raises(KeyVoid):
            await stage.bank.transfer_approved(order, self.WORD)
        with pytest.raises(NotIdentified):
            await stage.bank.transfer_approved(stage.order_of(NOBODY, 1), self.WORD)
        for _ in range(5):
            with pytest.raises(NotIdentified):
                await stage.bank.identify(LIU, WRONG)
        with pytest.raises(Locked):
            await stage.bank.transfer_approved(stage.order_of(LIU, 1), self.WORD)
        await stage.freeze(ZHANG)
        with pytest.raises(Frozen):
            await stage.bank.transfer_approved(stage.order(1), self.WORD)
        await stage.freeze(ZHANG, frozen=False)
        stage.clock.turn(hours=12)
        with pytest.raises(OutsideHours):
            await stage.bank.transfer_approved(stage.order(1), self.WORD)
        assert await stage.money() == START


class BankContract(Customers, Accounts, Transfers, Limits, Codes, Truth, Approved):
    """All of it."""
