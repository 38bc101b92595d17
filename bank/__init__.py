"""What the hotline asks of a bank (`bank.port`), a complete one in SQL, and an adapter to a real core."""
