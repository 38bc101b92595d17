"""The line driven on a real Asterisk over ARI: `Exchange` is the one thing others hold.

ARI's events become the line's events, its commands become ARI requests; nothing is decided here that the
line decides.
"""

from queues.switch.exchange import Exchange, Known, NotPossible

__all__ = ["Exchange", "Known", "NotPossible"]
