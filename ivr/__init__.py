"""What callers hear. One file per conversation under `flows/`."""
