#ifndef SYNC_AGENT_H
#define SYNC_AGENT_H

#include <stdbool.h>
#include <stdint.h>

/*
 * When to sync with a peer next: a schedule and nothing else. It asks no clock
 * and makes no randomness, so that a simulator can replay it.
 *
 *     due --> (a session) --> succeeded: due again after AGENT_EVERY_MS
 *                         --> failed: after a random part of a wait that
 *                             doubles from AGENT_BASE_MS to AGENT_CAP_MS
 *
 * The random part is of the whole wait ("full jitter"): a thousand clients
 * that lost the hub at one moment do not come back at one moment.
 */
enum {
	AGENT_BASE_MS = 5 * 1000,
	AGENT_CAP_MS = 10 * 60 * 1000,
	AGENT_EVERY_MS = 3 * 60 * 1000,
};

struct agent {
	int64_t next_ms;   /* when it is due */
	uint32_t failures; /* in a row */
};

/* Due at once. */
void agent_init(struct agent *agent, int64_t now_ms);

bool agent_due(const struct agent *agent, int64_t now_ms);
void agent_succeeded(struct agent *agent, int64_t now_ms);
void agent_failed(struct agent *agent, int64_t now_ms, uint32_t random32);

/*
 * How long to wait until it is due; 0 when it is, and when the clock was set
 * back by so much that the wait would be longer than any.
 */
int64_t agent_wait_ms(const struct agent *agent, int64_t now_ms);
/* When it is due. */
int64_t agent_next_ms(const struct agent *agent);

#endif
