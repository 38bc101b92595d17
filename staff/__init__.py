"""The people who work here: their accounts, roles, passwords, second factors, and who did what."""
