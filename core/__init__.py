"""The words everybody shares: calls, what is said, secrets, time, the session log; nothing of ours below."""
