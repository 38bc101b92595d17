"""A decision in a sentence, in Chinese and English, for the log and the page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from core.words import Language
from queues.agents import Presence
from queues.choice import Bar
from queues.commands import Because, Offer
from queues.explain import Explanation, Verdict

_EN: Mapping[str, str] = {
    Because.LAST_AGENT: "{agent} spoke with this caller last, and was ready",
    Because.ONLY_ONE: "{agent} was the only one ready who may serve this caller",
    Because.BEST_LEVEL: "of {among} ready, {agent} knows the matter best (level {level}; {next_agent} has "
    "{next_level})",
    Because.LONGEST_IDLE: "of {among} ready nobody knows the matter better than {agent} (level {level}), "
    "who had had no call for longest ({idle:.0f} s; {next_agent} for {next_idle:.0f} s)",
    Because.FIRST_IN_LINE: "{agent} became free, and this caller, after {waited:.0f} s, was the first "
    "in line whom they may serve",
    "waits": "they have waited {waited:.0f} s in {queue}, {before} before them",
    "later": "it is not yet the time to call them back",
    "offered": "{agent} is being called for them",
    "nobody": "nobody is signed in",
    Bar.NOT_SIGNED_IN: "{agent} is not signed in",
    Bar.NOT_READY: "{agent} may serve them, and has been {presence} for {lasting:.0f} s",
    Bar.LANGUAGE: "{agent} does not speak their language",
    Bar.NO_SKILL: "{agent} has not got the skill",
    Bar.NOT_TRAINED: "{agent} has not passed the course",
    Bar.LEVEL: "{agent} has level {level}, and {asked} is asked for until they have waited {after:.0f} s",
    Bar.MISSED: "{agent} did not answer them before",
    "able": "{agent} may serve them",
    "comma": "; ",
    "stop": ".",
    "space": " ",
    **{presence: presence.value for presence in Presence},
}
_ZH: Mapping[str, str] = {
    Because.LAST_AGENT: "{agent} 上次接待过这位来电者，且当时空闲",
    Because.ONLY_ONE: "空闲坐席中只有 {agent} 能接待这位来电者",
    Because.BEST_LEVEL: "{among} 名空闲坐席中 {agent} 最熟悉此业务（{level} 级，"
    "其次 {next_agent} {next_level} 级）",
    Because.LONGEST_IDLE: "{among} 名空闲坐席中没有人比 {agent}（{level} 级）更熟悉此业务，且其空闲最久"
    "（{idle:.0f} 秒，{next_agent} {next_idle:.0f} 秒）",
    Because.FIRST_IN_LINE: "{agent} 变为空闲，这位来电者已等候 {waited:.0f} 秒，是其能接待的第一位",
    "waits": "已在 {queue} 队列等候 {waited:.0f} 秒，前面还有 {before} 位",
    "later": "还没有到回拨的时间",
    "offered": "正在呼叫 {agent}",
    "nobody": "没有坐席签入",
    Bar.NOT_SIGNED_IN: "{agent} 未签入",
    Bar.NOT_READY: "{agent} 可以接待，但已{presence} {lasting:.0f} 秒",
    Bar.LANGUAGE: "{agent} 不会该语言",
    Bar.NO_SKILL: "{agent} 没有此技能",
    Bar.NOT_TRAINED: "{agent} 尚未通过培训",
    Bar.LEVEL: "{agent} 为 {level} 级，等候满 {after:.0f} 秒之前要求 {asked} 级",
    Bar.MISSED: "{agent} 之前未接听这位来电者",
    "able": "{agent} 可以接待",
    "comma": "；",
    "stop": "。",
    "space": "",
    Presence.LOGGED_OUT: "签出",
    Presence.READY: "空闲",
    Presence.RESERVED: "被选中",
    Presence.RINGING: "振铃",
    Presence.TALKING: "通话",
    Presence.ON_HOLD: "保持通话",
    Presence.WRAP_UP: "整理",
    Presence.PAUSED: "小休",
    Presence.AWAY: "离开",
    Presence.UNREACHABLE: "失去电话连接",
    Presence.OCCUPIED: "占线",
}


def why_this_agent(offer: Offer, language: Language) -> str:
    """Say why an agent got, or is getting, a caller."""
    words = _words(language)
    figures = {"agent": offer.agent, "waited": offer.waited, **asdict(offer.grounds)}
    return _sentence([words[offer.because].format(**figures)], words)


def why_nobody_yet(explanation: Explanation, language: Language) -> str:
    """Say why a waiting caller has nobody yet, or whom they are being offered to and why."""
    words = _words(language)
    waits = words["waits"].format(
        waited=explanation.waited, queue=explanation.queue, before=explanation.before
    )
    if explanation.offer is not None:
        calling = words["offered"].format(agent=explanation.offer.agent)
        return (
            _sentence([waits, calling], words) + words["space"] + why_this_agent(explanation.offer, language)
        )
    if explanation.later:
        return _sentence([waits, words["later"]], words)
    verdicts = [_verdict(each, explanation.level, words) for each in explanation.verdicts]
    return _sentence([waits, *(verdicts or [words["nobody"]])], words)


def _verdict(verdict: Verdict, asked: int, words: Mapping[str, str]) -> str:
    figures: dict[str, Any] = {**asdict(verdict), "asked": asked, "presence": words[verdict.presence]}
    return words[verdict.bar or "able"].format(**figures)


def _sentence(parts: Iterable[str], words: Mapping[str, str]) -> str:
    text = words["comma"].join(parts) + words["stop"]
    return text[0].upper() + text[1:]


def _words(language: Language) -> Mapping[str, str]:
    return _EN if language is Language.EN else _ZH
