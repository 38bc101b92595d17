"""Recordings: from Asterisk's spool to a closed, measured file."""
