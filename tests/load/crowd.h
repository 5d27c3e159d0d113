#ifndef TESTS_LOAD_CROWD_H
#define TESTS_LOAD_CROWD_H

#include <stdbool.h>
#include <stdint.h>

#include "tests/load/town.h"

/*
 * Honest clients by the thousand, in one thread: real sessions
 * (sync/session.h) over sockets that epoll watches. One that is turned away
 * tries again as the agent of a device does (sync/agent.h), but sooner.
 */
struct crowd;

enum client_manner {
	CLIENT_SYNCS,   /* until both hold the same, and hangs up */
	CLIENT_WATCHES, /* stays */
	CLIENT_DEAF,    /* asks for all there is, and does not read it */
};

struct crowd_figures {
	uint32_t started;
	uint32_t done;           /* syncs that ended in step */
	uint32_t watching;       /* now */
	uint32_t deaf;           /* now */
	uint32_t broken;         /* ended for good, not in step */
	uint32_t lost;           /* tries that were turned away, or cut */
	uint32_t told;           /* rounds of those that watch */
	const uint64_t *done_us; /* how long each sync took, tries included */
	const char *problem;     /* the last that was heard of one, or NULL */
};

struct crowd *crowd_new(struct town *town, uint16_t port);
void crowd_free(struct crowd *crowd);

/* One more, from that address of 127.0.0.0/8 (host byte order). */
void crowd_start(struct crowd *crowd, uint32_t rep, uint32_t address,
	enum client_manner manner);
/* Waits up to so long, and deals with what came. */
void crowd_turn(struct crowd *crowd, int timeout_ms);
/* Those that stay say the end, the deaf hang up. */
void crowd_leave(struct crowd *crowd);

struct crowd_figures crowd_look(const struct crowd *crowd);

uint64_t load_now_us(void);
/* A socket on its way to the port of 127.0.0.1; -1 when there is none left. */
int load_connect(uint32_t address, uint16_t port);

#endif
