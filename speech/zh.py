"""Mandarin (zh-CN): 一千二百五十元五角, 两百元, 百分之一点二五, 下午三点零五分."""

from __future__ import annotations

from speech import chinese

reading = chinese.Chinese(liang_before_hundred=True, midnight=0)
"""How Mandarin reads numbers."""

PARTS = chinese.parts(
    reading,
    {
        "digits": "零一二三四五六七八九",
        "liang": "两",
        "ten": "十",
        "hundred": "百",
        "thousand": "千",
        "wan": "万",
        "yi": "亿",
        "minus": "负",
        "point": "点",
        "percent": "百分之",
        "yuan": "元",
        "jiao": "角",
        "fen": "分",
        "year": "年",
        "month": "月",
        "day": "日",
        "hour": "点",
        "minute": "分",
        "sharp": "整",
        "small-hours": "凌晨",
        "morning": "上午",
        "noon": "中午",
        "afternoon": "下午",
        "evening": "晚上",
        "unit-share": "股",
        "unit-transfer": "笔",
        "unit-movement": "笔",
        "unit-security": "只",
        "unit-minute": "分钟",
        "unit-hour": "小时",
        "unit-day": "天",
        "unit-person": "位",
        "unit-order": "笔",
        "pause": "，",
    },
)
"""Every part of Mandarin and its text."""
