"""Cantonese in the register of a bank: 一千二百五十元五角, 二百元, 兩千元, 下午三點零五分."""

from __future__ import annotations

from speech import chinese

reading = chinese.Chinese(liang_before_hundred=False, midnight=12)
"""How Cantonese reads numbers."""

PARTS = chinese.parts(
    reading,
    {
        "digits": "零一二三四五六七八九",
        "liang": "兩",
        "ten": "十",
        "hundred": "百",
        "thousand": "千",
        "wan": "萬",
        "yi": "億",
        "minus": "負",
        "point": "點",
        "percent": "百分之",
        "yuan": "元",
        "jiao": "角",
        "fen": "分",
        "year": "年",
        "month": "月",
        "day": "日",
        "hour": "點",
        "minute": "分",
        "sharp": "正",
        "small-hours": "凌晨",
        "morning": "上午",
        "noon": "中午",
        "afternoon": "下午",
        "evening": "晚上",
        "unit-share": "股",
        "unit-transfer": "筆",
        "unit-movement": "筆",
        "unit-security": "隻",
        "unit-minute": "分鐘",
        "unit-hour": "小時",
        "unit-day": "日",
        "unit-person": "位",
        "unit-order": "筆",
        "pause": "，",
    },
)
"""Every part of Cantonese and its text."""
