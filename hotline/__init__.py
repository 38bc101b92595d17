"""START HERE: `main` wires the house, `settings` says how, `cli` is what people type."""
