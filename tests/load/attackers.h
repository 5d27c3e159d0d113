#ifndef TESTS_LOAD_ATTACKERS_H
#define TESTS_LOAD_ATTACKERS_H

#include <stdint.h>
#include <sys/types.h>

/*
 * Hostile connections at a rate, from many addresses, made by a process of
 * their own so that they do not slow those who are measured. Each is one of
 * these, in turn:
 *
 *     reset      connects and resets
 *     garbage    64 random bytes
 *     http       a request of the web
 *     half       half a frame's header, and waits
 *     silent     says nothing, and waits
 *     huge       claims a frame of 4 GiB
 *     forged     a hello whose gate is wrong
 *     knocking   a hello with the right gate, made with the company's key: it
 *                goes when the hub has answered, or waits
 */
struct attack {
	uint16_t port;
	uint32_t per_second;
	uint32_t addresses;         /* 127.66.0.1 and on */
	const uint8_t *company_key; /* for those who knock */
	uint32_t knocking_percent;  /* of all connections */
};

struct attackers {
	pid_t pid;
	int results; /* a pipe: how many connections were made */
};

void attackers_start(struct attackers *attackers, const struct attack *attack);
/* Stops them; how many connections they had made. */
uint64_t attackers_stop(struct attackers *attackers);

#endif
