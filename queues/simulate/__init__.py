"""The same line on a virtual clock: a described day, or yesterday's calls, with any roster and any rules."""
