#ifndef SYNC_ROSTER_H
#define SYNC_ROSTER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Things found by number. Numbers count up from 1 and are never used twice;
 * they spread evenly over the buckets by themselves.
 */
struct roster_entry { /* the first member of what is kept */
	uint64_t number;
	struct roster_entry *next;
};

struct roster_bucket {
	struct roster_entry *first;
};

struct roster {
	struct roster_bucket *buckets;
	size_t bucket_count; /* a power of 2 */
	size_t count;
	uint64_t last_number;
};

void roster_init(struct roster *roster);

/* Frees what the roster holds, not the entries. */
void roster_clear(struct roster *roster);

/* Gives the entry its number. */
void roster_add(struct roster *roster, struct roster_entry *entry);

/* The entry must be in it. */
void roster_remove(struct roster *roster, struct roster_entry *entry);

/* NULL when there is none of that number. */
struct roster_entry *roster_find(const struct roster *roster, uint64_t number);

/*
 * The entry after `entry`, in no order that means anything; the first for
 * NULL, and NULL after the last.
 */
struct roster_entry *roster_next(
	const struct roster *roster, const struct roster_entry *entry);

#endif
