#include "sync/agent.h"

void
agent_init(struct agent *agent, int64_t now_ms)
{
	agent->next_ms = now_ms;
	agent->failures = 0;
}

bool
agent_due(const struct agent *agent, int64_t now_ms)
{
	int64_t wait = agent->next_ms - now_ms;

	/* No wait is longer than the cap: the clock was set back. */
	return wait <= 0 || wait > AGENT_CAP_MS;
}

int64_t
agent_wait_ms(const struct agent *agent, int64_t now_ms)
{
	return agent_due(agent, now_ms) ? 0 : agent->next_ms - now_ms;
}

void
agent_succeeded(struct agent *agent, int64_t now_ms)
{
	agent->failures = 0;
	agent->next_ms = now_ms + AGENT_EVERY_MS;
}

void
agent_failed(struct agent *agent, int64_t now_ms, uint32_t random32)
{
	int64_t wait = AGENT_BASE_MS;

	for (uint32_t i = 0; i < agent->failures && wait < AGENT_CAP_MS; i++)
		wait *= 2;
	if (wait > AGENT_CAP_MS)
		wait = AGENT_CAP_MS;
	if (agent->failures < UINT32_MAX)
		agent->failures++;
	/* 32 random bits over at most 2^20: as good as even. */
	agent->next_ms = now_ms + (int64_t)(random32 % (uint32_t)(wait + 1));
}

int64_t
agent_next_ms(const struct agent *agent)
{
	return agent->next_ms;
}
