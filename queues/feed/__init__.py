"""What the rest of the house sees of the queues, as it happens, and may ask of them: a WebSocket."""
