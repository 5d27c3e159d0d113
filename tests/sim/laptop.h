#ifndef TESTS_SIM_LAPTOP_H
#define TESTS_SIM_LAPTOP_H

#include "client/node/lease.h"
#include "tests/sim/lease.h"

/* What lease.c and letters.c share: what is true of a leased laptop. */

/* What somebody typed while it was locked; by number, from 0. */
struct letter {
	bool acknowledged;
	bool done; /* it is in the store, or kept with a reason */
	uint8_t territory[ID_BYTES];
	uint8_t log[LOG_BYTES];
	int64_t seq; /* the change that wrote it, or may have; 0 */
};

struct laptop {
	uint32_t boot;
	int64_t booted_ms;
	/* Of the lease's file, as it was saved last: */
	uint64_t issued_ms, locks_ms;
	bool open;
	/* A time that it certainly knew then, and when that was. */
	int64_t floor_ms, floor_up_ms;
	uint32_t floor_boot;
	/* When it was locked, and what nobody can count since. */
	int64_t locked_ms;
	uint32_t sets, boots;
	struct letter *letters;
	uint32_t letter_count, letter_room;
	uint32_t next; /* the least letter that may be written next */
};

/* NULL: it is under no lease. */
struct laptop *laptop_of(const struct sim_node *node);
const uint8_t *laptop_user_key(const struct sim_node *node);

/* The node as the shipped files see it, its folder open; and back. */
struct node *laptop_enter(struct sim_node *node);
void laptop_leave(struct sim_node *node);

/* letters.c: */
void letters_type(struct sim_node *node, struct laptop *laptop);
void letters_take(struct sim_node *node, struct laptop *laptop);
void letters_check(const struct sim_node *node, const struct laptop *laptop);

/* line.c: whom the next call (client/node/call.h) reaches. */
void line_lay(struct world *world, int from, int to);

#endif
