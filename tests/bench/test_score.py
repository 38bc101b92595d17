from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bench import dialplan, process
from bench.score import Score, Turn, from_json, joined, to_json

SCORE: Score = (
    Turn(("/s/hello", "/s/language"), 1, 6000, "1"),
    Turn(("/s/account",), 12, 4000, "600200000000#"),
    Turn(("/s/balance",), 1, 4000),
)


def test_a_statement_goes_before_the_question_after_it_but_the_last_stands_alone() -> None:
    turns = [Turn(("/s/hello",)), Turn(("/s/language",), 1, 6000, "1"), Turn(("/s/balance",))]
    assert joined(turns) == (Turn(("/s/hello", "/s/language"), 1, 6000, "1"), Turn(("/s/balance",)))


def test_a_score_comes_back_from_its_plain_values() -> None:
    assert from_json(to_json(SCORE)) == SCORE


def test_the_dialplan_asks_every_question_and_goes_on_only_with_the_right_answer() -> None:
    text = dialplan.contexts(SCORE, doors="in", recordings=Path("/r"), panoramisk=4, script=Path("/call.pl"))
    context = text.partition("[bench-95101]\n")[2].partition("\n[")[0].splitlines()
    assert context[:5] == [
        "exten => s,1,Answer()",
        " same => n,MixMonitor(/r/${UNIQUEID}.raw,D)",
        " same => n,Set(CHANNEL(language)=zh)",
        " same => n,Read(ANSWER0,/s/hello&/s/language,1,,1,6)",
        ' same => n,GotoIf($["${ANSWER0}" != "1"]?bench-wrong,s,1)',
    ]
    assert context[-1] == " same => n,Goto(bench-balance-95101,s,1)"


@pytest.mark.parametrize(("account", "marked"), [("600200000000", 1), ("600200000001", 0)])
def test_the_script_of_the_process_way_marks_a_balance_only_after_the_right_answers(
    tmp_path: Path, account: str, marked: int
) -> None:
    perl = shutil.which("perl")
    assert perl is not None
    file, marks = tmp_path / "call.pl", tmp_path / "marks"
    process.install(SCORE, file, marks)
    replies = ["1", "0 endpos=1", "1", account, ""]
    said = "agi_request: x\n\n" + "".join(f"200 result={reply} \n" for reply in replies)
    ran = subprocess.run([perl, str(file)], input=said, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[1:3] == ['STREAM FILE "/s/hello" ""', 'GET DATA "/s/language" 6000 1']
    assert (marks.stat().st_size if marks.exists() else 0) == marked
