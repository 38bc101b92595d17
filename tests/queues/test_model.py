"""Who may be offered which caller."""

from __future__ import annotations

import pytest

from queues.model import DEMO_AGENTS, Agent, Queue, Skill


@pytest.mark.parametrize("agent", DEMO_AGENTS, ids=lambda agent: agent.number)
def test_everybody_answers_when_python_is_down(agent: Agent) -> None:
    assert agent.serves(Queue.FALLBACK)


def test_an_agent_is_offered_only_callers_of_their_skills() -> None:
    agent = Agent(number="1", name="x", languages=frozenset(), skills=frozenset({Skill.TRADING}))
    assert [queue for queue in Queue if agent.serves(queue)] == [Queue.TRADING, Queue.FALLBACK]


@pytest.mark.parametrize("queue", Queue)
def test_every_queue_has_an_agent(queue: Queue) -> None:
    assert any(agent.serves(queue) for agent in DEMO_AGENTS)


def test_every_queue_but_fallback_is_a_skill() -> None:
    assert {queue.value for queue in Queue} - {Queue.FALLBACK} == {skill.value for skill in Skill}
