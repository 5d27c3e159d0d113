#ifndef TESTS_LOAD_HUB_PROCESS_H
#define TESTS_LOAD_HUB_PROCESS_H

#include <jansson.h>
#include <stdint.h>
#include <sys/types.h>

/* A real hub: `roadbook hub serve` on loopback, as another process. */
struct hub_process {
	pid_t pid;
	uint16_t port;
	const char *program;
	const char *dir;
};

/* Starts it, and waits until it accepts. Ends the program when it fails. */
void hub_start(struct hub_process *hub, const char *program, const char *dir);
/* SIGTERM, and waits; 0 when it ended well. */
int hub_stop(struct hub_process *hub);

/* What /proc tells of it. */
struct hub_figures {
	uint64_t memory_kb; /* resident */
	uint64_t cpu_ms;    /* user and system */
	uint32_t descriptors;
};
struct hub_figures hub_look(const struct hub_process *hub);

/* `roadbook hub status --json`; NULL when it fails. The caller's. */
json_t *hub_status(const struct hub_process *hub);

#endif
