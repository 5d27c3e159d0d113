#include "sync/limits.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "sync/alloc.h"

enum {
	BUCKETS = 4096,
	IPV6_NETWORK = 8, /* bytes of an address that one household has */
	CREDIT_MS = 1000 / LIMITS_CREDIT_PER_SECOND,
	UNKNOWN_CREDIT_MS = 1000 / LIMITS_UNKNOWN_PER_SECOND,
	UNKNOWN_MAX = LIMITS_HANDSHAKES - LIMITS_KEPT,
};

/* Credit that failures cost, and time gives back. */
struct debt {
	uint32_t owed;
	uint64_t since_ms; /* since when the first of it comes back */
};

/* Strangers in the order in which they came to it. */
struct stranger_queue {
	struct stranger *first, **last;
	uint32_t count;
};

/*
 * Of an address. While it has strangers it is `busy`; else it is in the list
 * of those at rest, and after that forgotten.
 */
struct limits_address {
	struct limits_address *next; /* in its bucket */
	uint8_t bytes[LIMITS_ADDRESS_SIZE];
	uint32_t strangers;
	uint32_t handshaking;
	struct debt debt;
	uint64_t known_ms; /* when a device last proved itself; 0: never */
	struct stranger_queue waiting;
	/* In the ring of those whose strangers wait, or of those at rest. */
	struct limits_address *after, *before;
	struct address_ring *ring;
};

struct address_ring {
	struct limits_address *first; /* the next one, or the oldest */
	uint32_t count;
};

struct limits {
	uint32_t strangers_max;
	struct limits_address *buckets[BUCKETS];
	struct stranger_queue silent;
	/*
	 * Addresses whose strangers wait, those of them that have no credit
	 * now, and those at rest; unknown and known ones.
	 */
	struct address_ring waiting[2];
	struct address_ring broke[2];
	struct address_ring resting[2];
	uint64_t looked_ms; /* when the broke were looked at last */
	bool known_last;    /* whose turn it was */
	uint32_t unknown_handshaking;
	struct debt unknown_debt;
	struct limits_figures figures;
};

/* ---- queues and rings ---- */

static void
queue_put(struct stranger_queue *queue, struct stranger *s)
{
	if (!queue->first)
		queue->last = &queue->first;
	s->next = NULL;
	s->link = queue->last;
	*queue->last = s;
	queue->last = &s->next;
	queue->count++;
}

static void
queue_remove(struct stranger_queue *queue, struct stranger *s)
{
	*s->link = s->next;
	if (s->next)
		s->next->link = s->link;
	else
		queue->last = s->link;
	s->next = NULL;
	s->link = NULL;
	queue->count--;
}

/* As the last of the ring. */
static void
ring_put(struct address_ring *ring, struct limits_address *a)
{
	assert(!a->ring);
	a->ring = ring;
	if (!ring->first) {
		ring->first = a->after = a->before = a;
	} else {
		a->after = ring->first;
		a->before = ring->first->before;
		a->before->after = a;
		a->after->before = a;
	}
	ring->count++;
}

static void
ring_remove(struct limits_address *a)
{
	struct address_ring *ring = a->ring;

	if (!ring)
		return;
	a->ring = NULL;
	ring->count--;
	if (ring->count == 0)
		ring->first = NULL;
	else if (ring->first == a)
		ring->first = a->after;
	a->before->after = a->after;
	a->after->before = a->before;
}

/* ---- addresses ---- */

static void
network_of(uint8_t out[static LIMITS_ADDRESS_SIZE], const uint8_t *address)
{
	static const uint8_t mapped[] = {
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	bool v4 = memcmp(address, mapped, sizeof mapped) == 0;

	memset(out, 0, LIMITS_ADDRESS_SIZE);
	memcpy(out, address, v4 ? LIMITS_ADDRESS_SIZE : IPV6_NETWORK);
}

/* Spread by multiplication; who picks its addresses gains a longer list. */
static struct limits_address **
bucket_of(struct limits *limits, const uint8_t *bytes)
{
	uint64_t hash = (load64(bytes) ^ load64(bytes + 8)) *
		UINT64_C(0x9e3779b97f4a7c15);

	return &limits->buckets[(hash >> 32) & (BUCKETS - 1)];
}

static bool
is_known(const struct limits_address *a, uint64_t now_ms)
{
	return a->known_ms && now_ms - a->known_ms < LIMITS_KNOWN_MS;
}

static void
forget(struct limits *limits, struct limits_address *a)
{
	struct limits_address **at = bucket_of(limits, a->bytes);

	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
	ring_remove(a);
	limits->figures.addresses--;
	free(a);
}

static struct limits_address *
address_of(struct limits *limits, const uint8_t *address)
{
	uint8_t bytes[LIMITS_ADDRESS_SIZE];
	struct limits_address **bucket, *a;

	network_of(bytes, address);
	bucket = bucket_of(limits, bytes);
	for (a = *bucket; a; a = a->next)
		if (memcmp(a->bytes, bytes, sizeof bytes) == 0)
			return a;
	a = alloc(sizeof *a);
	memcpy(a->bytes, bytes, sizeof bytes);
	a->next = *bucket;
	*bucket = a;
	limits->figures.addresses++;
	return a;
}

/* Time has given back what it has, one each `credit_ms`. */
static void
settle(struct debt *debt, uint32_t credit_ms, uint64_t now_ms)
{
	uint64_t back = (now_ms - debt->since_ms) / credit_ms;

	if (back >= debt->owed) {
		debt->owed = 0;
		return;
	}
	debt->owed -= (uint32_t)back;
	debt->since_ms += back * credit_ms;
}

static void
owe(struct debt *debt, uint32_t most, uint32_t credit_ms, uint64_t now_ms)
{
	settle(debt, credit_ms, now_ms);
	if (debt->owed == 0)
		debt->since_ms = now_ms;
	/* No more than that, so that it is paid soon however long it went. */
	if (debt->owed < most)
		debt->owed++;
}

static uint32_t
credit_of(const struct limits_address *a, uint64_t now_ms)
{
	uint32_t most =
		is_known(a, now_ms) ? LIMITS_ADDRESS_KNOWN : LIMITS_ADDRESS;

	return most > a->debt.owed ? most - a->debt.owed : 0;
}

/* Nobody is there any more: it rests, or there is nothing to remember. */
static void
rest(struct limits *limits, struct limits_address *a, uint64_t now_ms)
{
	bool known = is_known(a, now_ms);
	struct address_ring *ring = &limits->resting[known];

	settle(&a->debt, CREDIT_MS, now_ms);
	if (!known && a->debt.owed == 0) {
		forget(limits, a);
		return;
	}
	ring_put(ring, a);
	if (ring->count > LIMITS_REMEMBERED)
		forget(limits, ring->first);
}

/* ---- strangers ---- */

struct limits *
limits_new(uint32_t strangers_max)
{
	struct limits *limits = alloc(sizeof *limits);

	assert(strangers_max > 0 && strangers_max <= LIMITS_STRANGERS);
	limits->strangers_max = strangers_max;
	return limits;
}

void
limits_free(struct limits *limits)
{
	if (!limits)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (limits->buckets[i])
			forget(limits, limits->buckets[i]);
	free(limits);
}

static struct stranger *
one_of_the_most(struct limits *limits)
{
	const struct address_ring *rings[] = {&limits->waiting[false],
		&limits->waiting[true], &limits->broke[false],
		&limits->broke[true]};
	const struct limits_address *most = NULL;

	for (size_t i = 0; i < sizeof rings / sizeof *rings; i++) {
		const struct limits_address *a = rings[i]->first;

		for (uint32_t k = 0; k < rings[i]->count; k++, a = a->after)
			if (!most || a->waiting.count > most->waiting.count)
				most = a;
	}
	return most ? most->waiting.first : NULL;
}

/*
 * The longest silent one, unless those are so few that the hello of an honest
 * one may still be on its way.
 */
static struct stranger *
who_has_to_go(struct limits *limits)
{
	struct stranger *one = NULL;

	if (limits->silent.count < limits->strangers_max / 4)
		one = one_of_the_most(limits);
	return one ? one : limits->silent.first;
}

struct stranger *
limits_arrived(struct limits *limits, struct stranger *stranger, void *who,
	const uint8_t *address, uint64_t now_ms)
{
	struct limits_address *a = address_of(limits, address);
	const struct limits_figures *figures = &limits->figures;
	struct stranger *victim = NULL;

	if (a->strangers == 0) {
		ring_remove(a); /* of those at rest */
		if (!is_known(a, now_ms))
			a->known_ms = 0; /* a week has gone by */
	}
	if (figures->silent + figures->waiting + figures->handshaking >=
		limits->strangers_max) {
		victim = who_has_to_go(limits);
		limits->figures.turned_away++;
	}
	stranger->who = who;
	stranger->stage = LIMITS_SILENT;
	stranger->address = a;
	a->strangers++;
	queue_put(&limits->silent, stranger);
	limits->figures.silent++;
	limits->figures.arrived++;
	/* All are at work: then it is the newcomer who goes. */
	if (!victim &&
		limits->silent.count + limits->figures.waiting +
				limits->figures.handshaking >
			limits->strangers_max)
		return stranger;
	return victim;
}

void
limits_knocked(struct limits *limits, struct stranger *stranger)
{
	struct limits_address *a = stranger->address;

	assert(stranger->stage == LIMITS_SILENT);
	queue_remove(&limits->silent, stranger);
	stranger->stage = LIMITS_WAITING;
	queue_put(&a->waiting, stranger);
	limits->figures.silent--;
	limits->figures.waiting++;
	if (a->waiting.count == 1)
		ring_put(&limits->waiting[a->known_ms != 0], a);
}

/* The next address that has credit; it goes to the end of the ring. */
static struct limits_address *
next_in(struct limits *limits, bool known, uint64_t now_ms)
{
	struct address_ring *ring = &limits->waiting[known];

	while (ring->first) {
		struct limits_address *a = ring->first;

		settle(&a->debt, CREDIT_MS, now_ms);
		if (a->handshaking < credit_of(a, now_ms)) {
			ring->first = a->after;
			return a;
		}
		/* Looked at again when it may have, and not at every turn. */
		ring_remove(a);
		ring_put(&limits->broke[known], a);
	}
	return NULL;
}

static void
look_again(struct limits *limits, struct limits_address *a)
{
	if (a->ring != &limits->broke[false] && a->ring != &limits->broke[true])
		return;
	ring_remove(a);
	ring_put(&limits->waiting[a->known_ms != 0], a);
}

static void
look_at_the_broke(struct limits *limits, uint64_t now_ms)
{
	if (now_ms - limits->looked_ms < CREDIT_MS)
		return;
	limits->looked_ms = now_ms;
	for (int known = 0; known < 2; known++)
		while (limits->broke[known].first)
			look_again(limits, limits->broke[known].first);
}

static struct limits_address *
next_address(struct limits *limits, uint64_t now_ms)
{
	struct limits_address *a = NULL;

	if (limits->figures.handshaking >= LIMITS_HANDSHAKES)
		return NULL;
	settle(&limits->unknown_debt, UNKNOWN_CREDIT_MS, now_ms);
	/* In turn, so that neither kind waits for the other to be done. */
	for (int i = 0; i < 2 && !a; i++) {
		limits->known_last = !limits->known_last;
		if (limits->known_last ||
			limits->unknown_handshaking +
					limits->unknown_debt.owed <
				UNKNOWN_MAX)
			a = next_in(limits, limits->known_last, now_ms);
	}
	return a;
}

struct stranger *
limits_next(struct limits *limits, uint64_t now_ms)
{
	struct limits_address *a;
	struct stranger *s;

	look_at_the_broke(limits, now_ms);
	a = next_address(limits, now_ms);
	if (!a)
		return NULL;
	s = a->waiting.first;
	queue_remove(&a->waiting, s);
	if (a->waiting.count == 0)
		ring_remove(a);
	s->stage = LIMITS_HANDSHAKING;
	a->handshaking++;
	limits->figures.waiting--;
	limits->figures.handshaking++;
	if (!a->known_ms)
		limits->unknown_handshaking++;
	return s;
}

/* Its address counts it no more. */
static void
take_leave(struct limits *limits, struct stranger *s, uint64_t now_ms)
{
	struct limits_address *a = s->address;

	s->stage = LIMITS_NOBODY;
	s->address = NULL;
	if (--a->strangers == 0)
		rest(limits, a, now_ms);
}

static void
end_handshake(struct limits *limits, struct limits_address *a)
{
	a->handshaking--;
	limits->figures.handshaking--;
	if (!a->known_ms)
		limits->unknown_handshaking--;
	look_again(limits, a);
}

void
limits_proved(struct limits *limits, struct stranger *stranger, uint64_t now_ms)
{
	struct limits_address *a = stranger->address;

	assert(stranger->stage == LIMITS_HANDSHAKING);
	end_handshake(limits, a);
	limits->figures.proved++;
	if (!a->known_ms) {
		/* Those who wait or are at it change sides with it. */
		limits->unknown_handshaking -= a->handshaking;
		if (a->waiting.count > 0) {
			ring_remove(a);
			ring_put(&limits->waiting[true], a);
		}
	}
	a->known_ms = now_ms ? now_ms : 1;
	take_leave(limits, stranger, now_ms);
}

void
limits_left(struct limits *limits, struct stranger *stranger, uint64_t now_ms)
{
	struct limits_address *a = stranger->address;

	switch (stranger->stage) {
	case LIMITS_NOBODY:
		return;
	case LIMITS_SILENT:
		queue_remove(&limits->silent, stranger);
		limits->figures.silent--;
		limits->figures.not_ours++;
		break;
	case LIMITS_WAITING:
		queue_remove(&a->waiting, stranger);
		limits->figures.waiting--;
		if (a->waiting.count == 0)
			ring_remove(a);
		break;
	case LIMITS_HANDSHAKING:
		end_handshake(limits, a);
		limits->figures.failed++;
		owe(&a->debt, LIMITS_ADDRESS_KNOWN, CREDIT_MS, now_ms);
		if (!a->known_ms)
			owe(&limits->unknown_debt, UNKNOWN_MAX,
				UNKNOWN_CREDIT_MS, now_ms);
		break;
	}
	take_leave(limits, stranger, now_ms);
}

int64_t
limits_wait_ms(const struct limits *limits, uint64_t now_ms)
{
	(void)now_ms;
	if (limits->figures.waiting == 0 ||
		limits->figures.handshaking >= LIMITS_HANDSHAKES)
		return -1;
	/* No address gets credit more often than that. */
	return CREDIT_MS;
}

struct limits_figures
limits_look(const struct limits *limits)
{
	return limits->figures;
}

static void
check_address(const struct limits *limits, const struct limits_address *a,
	struct limits_figures *sum, uint32_t *unknown)
{
	uint32_t waiting = 0;

	for (const struct stranger *s = a->waiting.first; s; s = s->next) {
		assert(s->stage == LIMITS_WAITING && s->address == a);
		waiting++;
	}
	assert(waiting == a->waiting.count);
	assert(waiting + a->handshaking <= a->strangers);
	assert(a->handshaking <= LIMITS_ADDRESS_KNOWN);
	if (a->strangers == 0)
		assert(a->ring == &limits->resting[0] ||
			a->ring == &limits->resting[1]);
	else
		assert((a->ring == &limits->waiting[a->known_ms != 0] ||
			       a->ring == &limits->broke[a->known_ms != 0]) ==
			(waiting > 0));
	sum->waiting += waiting;
	sum->handshaking += a->handshaking;
	sum->silent += a->strangers - waiting - a->handshaking;
	sum->addresses++;
	if (!a->known_ms)
		*unknown += a->handshaking;
}

void
limits_check(const struct limits *limits)
{
	const struct limits_figures *figures = &limits->figures;
	struct limits_figures sum = {0};
	uint32_t unknown = 0;

	for (size_t i = 0; i < BUCKETS; i++)
		for (const struct limits_address *a = limits->buckets[i]; a;
			a = a->next)
			check_address(limits, a, &sum, &unknown);
	assert(sum.silent == figures->silent &&
		sum.silent == limits->silent.count);
	assert(sum.waiting == figures->waiting);
	assert(sum.handshaking == figures->handshaking);
	assert(sum.handshaking <= LIMITS_HANDSHAKES);
	assert(sum.addresses == figures->addresses);
	assert(unknown == limits->unknown_handshaking);
	assert(unknown <= UNKNOWN_MAX);
	assert(limits->resting[0].count <= LIMITS_REMEMBERED &&
		limits->resting[1].count <= LIMITS_REMEMBERED);
}
