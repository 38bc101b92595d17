"""Talking to Asterisk beside the call: its manager interface and the files it writes."""
