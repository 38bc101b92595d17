"""Transfers an agent prepares and somebody else releases: the caller with their PIN, or a second person."""

from bank.prepared.control import DualControl

__all__ = ["DualControl"]
