"""The conversations, one file each. Start with `main_menu`."""
