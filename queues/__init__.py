"""Who answers: agents, their skills, the queues callers wait in."""
