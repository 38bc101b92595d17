"""A process per call, the way of AGI scripts: in Perl, which every Asterisk system has."""

from __future__ import annotations

from pathlib import Path

from bench.score import Score, Turn

_HEAD = """\
#!/usr/bin/perl
use strict; use warnings;
$| = 1;
while (my $line = <STDIN>) { last if $line =~ /^\\s*$/ }
sub ask {
    my ($command, $wanted) = @_;
    print "$command\\n";
    my $reply = <STDIN> // exit;
    exit if defined $wanted && $reply !~ /^200 result=\\Q$wanted\\E\\s/;
}
ask('SET VARIABLE CHANNEL(language) "zh"');
"""


def script(score: Score, marks: Path) -> str:
    """Return a script that holds the conversation, and marks every balance that begins with one byte."""
    asks = [_ask(turn, f"'{turn.answer}'") for turn in score[:-1]]
    mark = f"open(my $marks, '>>', '{marks}') or die; syswrite($marks, '.'); close($marks);"
    return "\n".join([_HEAD.rstrip(), *asks, mark, _ask(score[-1], "undef"), ""])


def install(score: Score, file: Path, marks: Path) -> None:
    """Write the script where Asterisk runs it."""
    file.write_text(script(score, marks), encoding="utf-8")
    file.chmod(0o700)


def _ask(turn: Turn, wanted: str) -> str:
    said = [f"""ask('STREAM FILE "{sound}" ""', undef);""" for sound in turn.sounds[:-1]]
    asked = f"""ask('GET DATA "{turn.sounds[-1]}" {turn.wait} {turn.most or 1}', {wanted});"""
    return "\n".join([*said, asked])
