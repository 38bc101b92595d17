"""How fast and how costly a call is, beside the same conversation in pure dialplan and in others' ways."""
