"""Talking to Asterisk beside the call: its manager and REST interfaces, and the files it writes."""
