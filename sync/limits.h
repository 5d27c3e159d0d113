#ifndef SYNC_LIMITS_H
#define SYNC_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What strangers may take of a node that listens, so that honest devices get
 * in whoever else knocks. Pure memory: it knows no sockets, and time comes in
 * as an argument.
 *
 *     limits_arrived      limits_knocked           limits_next
 *     ---------> silent ----------> waiting ------------> handshaking
 *                  |                  |                    |       |
 *                  +------------------+--------------------+       |
 *                               limits_left             limits_proved
 *
 * A stranger who is silent costs a descriptor and no more. The right gate of a
 * hello (proto/gate.h), which takes the company's key, gives a place in the
 * queue of its address, and its turn a session. Turns go round the addresses,
 * so that nobody waits behind a crowd that comes from elsewhere.
 *
 * An office of 500 devices is one address. So what an address may do depends
 * on handshakes that are unfinished or failed, never on those that succeeded:
 * an address has so much credit, as many handshakes may be unfinished at a
 * time, one that fails costs 1, and credit comes back by the second.
 *
 * Who is on the line is not known before it is proven: the handshake hides it.
 * So the slots that are kept for devices which synced this week are kept for
 * the addresses that they did it from.
 */
enum {
	LIMITS_STRANGERS = 4096,   /* connections that have proven nothing */
	LIMITS_HANDSHAKES = 64,    /* at a time, over all addresses */
	LIMITS_KEPT = 8,           /* of those, for addresses that are known */
	LIMITS_ADDRESS = 8,        /* credit of an address */
	LIMITS_ADDRESS_KNOWN = 32, /* … that a device synced from this week */
	LIMITS_CREDIT_PER_SECOND = 10, /* that comes back, after failures */
	/* Failures of all addresses that are not known, together. */
	LIMITS_UNKNOWN_PER_SECOND = 100,
	LIMITS_WAIT_MS = 30000, /* with the right gate, for a turn */
	LIMITS_HANDSHAKE_MS = 5000,
	LIMITS_REMEMBERED = 4096,   /* addresses at rest, of either kind */
	LIMITS_DEVICE_SESSIONS = 2, /* of one device: the newest stay */
	LIMITS_DEVICE_DAY_MB = 100, /* that a device pushes, unless raised */
	LIMITS_ADDRESS_SIZE = 16,
};

#define LIMITS_KNOWN_MS ((uint64_t)7 * 24 * 3600 * 1000)

enum limits_stage {
	LIMITS_NOBODY, /* not a stranger, or not any more */
	LIMITS_SILENT,
	LIMITS_WAITING,
	LIMITS_HANDSHAKING,
};

/* A connection that has proven nothing; zeroed at first, its owner's. */
struct stranger {
	void *who;
	enum limits_stage stage;
	struct limits_address *address;
	struct stranger *next, **link; /* silent or waiting: in that queue */
};

struct limits;

/* At most so many strangers, LIMITS_STRANGERS or fewer. */
struct limits *limits_new(uint32_t strangers_max);
/* When no stranger is left. */
void limits_free(struct limits *limits);

/*
 * A new connection: LIMITS_ADDRESS_SIZE bytes of IPv6, or of IPv4 mapped into
 * it. Of IPv6 the first half counts. When there are too many strangers it
 * returns one who is to go: the longest silent one or, when most are not, one
 * of the address that has the most; or the new one. The caller ends it
 * (limits_left).
 */
struct stranger *limits_arrived(struct limits *limits,
	struct stranger *stranger, void *who, const uint8_t *address,
	uint64_t now_ms);
/* It knows the company's key. */
void limits_knocked(struct limits *limits, struct stranger *stranger);
/* Whose turn it is now: its handshake begins. NULL: nobody's. */
struct stranger *limits_next(struct limits *limits, uint64_t now_ms);
/* It has proven who it is: no stranger any more. */
void limits_proved(
	struct limits *limits, struct stranger *stranger, uint64_t now_ms);
/* It is gone, at whatever stage; one that is no stranger is fine. */
void limits_left(
	struct limits *limits, struct stranger *stranger, uint64_t now_ms);
/*
 * How long until limits_next() may have somebody, if nothing else happens:
 * negative when nobody waits for time to pass.
 */
int64_t limits_wait_ms(const struct limits *limits, uint64_t now_ms);

/* How it stands, and what came since it was made. */
struct limits_figures {
	uint32_t silent;
	uint32_t waiting;
	uint32_t handshaking;
	uint32_t addresses; /* that have strangers or are remembered */
	uint64_t arrived;
	uint64_t proved;
	uint64_t failed;      /* handshakes that began */
	uint64_t not_ours;    /* went, or had to, without the right gate */
	uint64_t turned_away; /* for there were too many */
};

struct limits_figures limits_look(const struct limits *limits);

/* Asserts what the queues and counts say of each other. For tests. */
void limits_check(const struct limits *limits);

#endif
