#include "sync/roster.h"

#include <stdlib.h>

#include "sync/alloc.h"

enum { BUCKETS_MIN = 64 };

static size_t
index_of(const struct roster *roster, uint64_t number)
{
	return (size_t)number & (roster->bucket_count - 1);
}

static void
put(struct roster *roster, struct roster_entry *entry)
{
	size_t at = index_of(roster, entry->number);

	entry->next = roster->buckets[at].first;
	roster->buckets[at].first = entry;
}

void
roster_init(struct roster *roster)
{
	*roster = (struct roster){.bucket_count = BUCKETS_MIN};
	roster->buckets = alloc(BUCKETS_MIN * sizeof(*roster->buckets));
}

void
roster_clear(struct roster *roster)
{
	free(roster->buckets);
	*roster = (struct roster){0};
}

static void
grow(struct roster *roster)
{
	struct roster_bucket *old = roster->buckets;
	size_t old_count = roster->bucket_count;

	roster->bucket_count = old_count * 2;
	roster->buckets =
		alloc(roster->bucket_count * sizeof(*roster->buckets));
	for (size_t i = 0; i < old_count; i++) {
		for (struct roster_entry *e = old[i].first, *next; e;
			e = next) {
			next = e->next;
			put(roster, e);
		}
	}
	free(old);
}

void
roster_add(struct roster *roster, struct roster_entry *entry)
{
	if (roster->count == roster->bucket_count)
		grow(roster);
	entry->number = ++roster->last_number;
	put(roster, entry);
	roster->count++;
}

void
roster_remove(struct roster *roster, struct roster_entry *entry)
{
	struct roster_entry **at =
		&roster->buckets[index_of(roster, entry->number)].first;

	while (*at != entry)
		at = &(*at)->next;
	*at = entry->next;
	roster->count--;
}

struct roster_entry *
roster_find(const struct roster *roster, uint64_t number)
{
	struct roster_entry *entry =
		roster->buckets[index_of(roster, number)].first;

	while (entry && entry->number != number)
		entry = entry->next;
	return entry;
}

struct roster_entry *
roster_next(const struct roster *roster, const struct roster_entry *entry)
{
	size_t at = 0;

	if (entry && entry->next)
		return entry->next;
	if (entry)
		at = index_of(roster, entry->number) + 1;
	while (at < roster->bucket_count && !roster->buckets[at].first)
		at++;
	return at < roster->bucket_count ? roster->buckets[at].first : NULL;
}
