"""Asterisk: how it is obtained, the files it reads, the prompts it plays."""
