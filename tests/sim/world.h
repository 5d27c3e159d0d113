#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/carry.h"
#include "tests/sim/check.h"
#include "tests/sim/counts.h"
#include "tests/sim/memory.h"
#include "tests/sim/node.h"
#include "tests/sim/random.h"

/*
 * One simulated company, driven by one seed: virtual time, a clock a node that
 * may be wrong, a network between them, and what happens next. Everything that
 * the shipped core is handed comes from here.
 *
 * What is to happen is a queue of events by time. A step takes the first one:
 * somebody writes, a node dials, a frame arrives, the power goes. After each
 * step check.h looks at whom it touched.
 */
#define WORLD_START_MS ((int64_t)1767225600000) /* 2026-01-01 */

enum {
	WORLD_NODES_MIN = 3,
	WORLD_NODES_MAX = 9,
	/* … the hostile one, and machines that come later. */
	WORLD_NODES_ALL = WORLD_NODES_MAX + 4,
	WORLD_CONNECTIONS_MAX = 64,
	WORLD_TERRITORIES = 6,
};

/* The faults of --faults, as bits. */
enum fault {
	FAULT_LOSS = 1 << 0,
	FAULT_DUPLICATION = 1 << 1,
	FAULT_REORDERING = 1 << 2,
	FAULT_TRUNCATION = 1 << 3,
	FAULT_PARTITION = 1 << 4,
	FAULT_POWER = 1 << 5,
	FAULT_KILL = 1 << 6,
	FAULT_FULL = 1 << 7,
	FAULT_IO = 1 << 8,
	FAULT_CLOCK = 1 << 9,
	FAULT_UPGRADE = 1 << 10,
	FAULT_GRANTS = 1 << 11,
	FAULT_CUTS = 1 << 12,
	FAULT_HOSTILE = 1 << 13,
	FAULT_RESTORE = 1 << 14,
	FAULT_HUB = 1 << 15,
	FAULT_CLONE = 1 << 16,
	FAULT_ERASE = 1 << 17,
	FAULT_WIPE = 1 << 18,
	FAULT_LEASE = 1 << 19,
	FAULT_ALL = (1 << 20) - 1,
};

/* NULL when there is no such fault; walk from 0. */
const char *fault_name(int index);

enum event_kind {
	/* What somebody begins: */
	EVENT_ACT,     /* somebody writes */
	EVENT_DIAL,    /* a node's agent is due */
	EVENT_MEET,    /* two nodes meet */
	EVENT_FAULT,   /* something breaks */
	EVENT_ADMIN,   /* the admin does something */
	EVENT_HOSTILE, /* the hostile one does */
	EVENT_DAYS,    /* days pass, or the policy of leases changes */
	/* What follows: */
	EVENT_FRAME,
	EVENT_CLOSE,
	EVENT_IDLE,   /* whether a connection is still alive */
	EVENT_TICK,   /* a session that watches has something to do */
	EVENT_ENOUGH, /* … is ended */
	EVENT_SEAL,   /* what was written at a node is sealed */
	EVENT_UP,     /* a node that was off is started */
	EVENT_HEAL_PARTITION,
};

enum { INITIATIVES = EVENT_DAYS + 1 };

/*
 * What somebody begins: a write, a dial, a fault that strikes … Its name is a
 * letter, a node and a number, as in a3.17: the 17th act at node 3. It is drawn
 * from the seed and its name alone, so that a run can be played with few of
 * them.
 */
struct initiative {
	enum event_kind kind; /* EVENT_ACT to EVENT_DAYS */
	int node;
	uint32_t number; /* from 1 */
};

/* False when there is none at the beginning of `text`. */
bool initiative_read(
	struct initiative *initiative, const char *text, const char **end);
/* As snprintf(). */
int initiative_write(
	const struct initiative *initiative, char *out, size_t size);

struct world_options {
	uint64_t seed;
	int nodes; /* hub included, the hostile one not; 0: the seed says */
	uint64_t steps;
	uint32_t faults;
	bool story;                    /* story.h, and nothing else happens */
	const struct initiative *only; /* NULL: all that comes */
	size_t only_count;
};

/* Territories by place: an id, its parent's place, -1 for the root. */
struct place {
	uint8_t id[ID_BYTES];
	const char *name;
	int parent;
	bool management;
};
extern const struct place places[WORLD_TERRITORIES];
/* The place of a territory's id; -1: none, as the directory. */
int place_of(const uint8_t *id);

struct event {
	int64_t at_ms;
	uint64_t order; /* ties go to who came first */
	enum event_kind kind;
	int node;
	uint64_t connection;
	bool to_initiator;
	int64_t sender_directory; /* what the sender knew of it */
	uint8_t *bytes;
	size_t size;
};

struct hostile_talk;
struct laptop;

/* On a late change: what carries it over, number 0 when nothing does. */
struct decision {
	uint8_t territory[ID_BYTES];
	struct carried carried;
};

/* One side of a connection: a session, or somebody who does not keep to it. */
struct end {
	int node;
	bool open;
	struct session *session;
	struct memory memory; /* of the session */
	int64_t tick_ms;      /* when it ticks next; 0: not planned */
	struct hostile_talk *talk;
	int64_t last_arrival_ms;  /* of what it has sent */
	int64_t sender_directory; /* of the frame that came last */
};

struct connection {
	uint64_t number; /* 0: not in use */
	bool bad;        /* the line is poor */
	struct random random;
	bool for_agent;
	int64_t heard_ms;
	struct end ends[2]; /* initiator, responder */
};

/* Chance that belongs to a moment, and not to what happened before it. */
enum chance {
	CHANCE_NETWORK,
	CHANCE_DISK,
	CHANCE_AGENT,
	CHANCE_DOWN,
	CHANCE_START,
};

struct world {
	struct world_options options;
	int64_t now_ms;
	int64_t days_ms;        /* that passed at once: clocks go by both */
	struct laptop *laptops; /* under leases, by node; or NULL */
	bool healing;
	struct random random; /* what people do */
	struct random faults;
	struct random sodium;
	struct sim_node nodes[WORLD_NODES_ALL];
	int node_count;
	int hostile;            /* its number; -1: none */
	int desk;               /* the hub at which the admin sits */
	struct disk *yesterday; /* a copy of the hub's; or NULL */
	struct event *events;   /* a heap */
	size_t event_count, event_room;
	uint64_t last_order;
	uint32_t begun[INITIATIVES][WORLD_NODES_ALL];
	struct initiative *taken; /* those that were not left out */
	size_t taken_count, taken_room;
	struct connection connections[WORLD_CONNECTIONS_MAX];
	uint64_t last_connection;
	uint32_t partition;  /* bits: the nodes on one side; 0: none */
	int64_t last_cut_ms; /* when the last cut-off was recorded */
	uint32_t keys_made;  /* for devices whose store was a copy */
	struct ledger *ledger;
	struct decision *decisions;
	size_t decision_count;
	struct world_counts counts;
	bool failed;
	char failure[512];
	const char *failure_kind; /* its format */
	int64_t memory;           /* the most that a session held */
	bool trace;
};

struct world *world_new(const struct world_options *options);
void world_free(struct world *world);

/* One step; false when it failed or nothing is left to happen. */
bool world_step(struct world *world);
/*
 * Ends all faults, lets nodes meet until nothing moves, and checks what must
 * hold then. False when it does not.
 */
bool world_heal(struct world *world);

/* A session between the two, with all that follows from it; no faults. */
void world_meet(struct world *world, int from, int to);

/* The first reason counts. */
void world_fail(struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* A line on stdout when the run is traced. */
void world_trace(const struct world *world, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

void world_later(
	struct world *world, int64_t delay_ms, enum event_kind kind, int node);
void world_push(struct world *world, struct event event);
/* From here on somebody works at the node, and it dials. */
void world_begin_work(struct world *world, int node);
bool world_has(const struct world *world, enum fault fault);
struct random world_chance(
	const struct world *world, enum chance of, int number);
/* Starts a connection; `talk` NULL for an honest initiator. */
bool world_dial(struct world *world, int from, int to, bool for_agent,
	struct hostile_talk *talk);

#endif
