#include "client/node/watchers.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/bytes.h"
#include "sync/alloc.h"

enum { BUCKETS_MIN = 64 };

/* One watcher on one territory: in the list of each. */
struct watch {
	struct watch *next_of_watcher;
	struct watch *next, **link; /* of the territory's others */
	struct watcher *watcher;
};

/* A territory that somebody watches, or did. */
struct watched_place {
	struct watched_place *next;
	uint8_t territory[ID_BYTES];
	struct watch *first;
};

static struct watched_place **
bucket_of(const struct watchers *w, const uint8_t *territory)
{
	/* The end of an id is random, or a hash. */
	uint64_t hash = load64(territory + ID_BYTES - 8);

	return &w->buckets[hash & (w->bucket_count - 1)];
}

static struct watched_place *
find_place(const struct watchers *w, const uint8_t *territory)
{
	struct watched_place *place =
		w->bucket_count ? *bucket_of(w, territory) : NULL;

	while (place && memcmp(place->territory, territory, ID_BYTES) != 0)
		place = place->next;
	return place;
}

static void
put_place(struct watchers *w, struct watched_place *place)
{
	struct watched_place **bucket = bucket_of(w, place->territory);

	place->next = *bucket;
	*bucket = place;
}

static void
grow(struct watchers *w)
{
	struct watched_place **old = w->buckets;
	size_t old_count = w->bucket_count;

	w->bucket_count = old_count ? old_count * 2 : BUCKETS_MIN;
	w->buckets = alloc(w->bucket_count * sizeof(struct watched_place *));
	for (size_t i = 0; i < old_count; i++)
		while (old[i]) {
			struct watched_place *place = old[i];

			old[i] = place->next;
			put_place(w, place);
		}
	free(old);
}

static struct watched_place *
make_place(struct watchers *w, const uint8_t *territory)
{
	struct watched_place *place = find_place(w, territory);

	if (place)
		return place;
	if (w->place_count >= w->bucket_count)
		grow(w);
	place = alloc(sizeof *place);
	memcpy(place->territory, territory, ID_BYTES);
	put_place(w, place);
	w->place_count++;
	return place;
}

static void
add_watch(struct watchers *w, struct watcher *watcher, const uint8_t *territory)
{
	struct watched_place *place = make_place(w, territory);
	struct watch *watch = alloc(sizeof *watch);

	watch->watcher = watcher;
	watch->next_of_watcher = watcher->first;
	watcher->first = watch;
	watch->next = place->first;
	watch->link = &place->first;
	if (watch->next)
		watch->next->link = &watch->next;
	place->first = watch;
}

void
watchers_remove(struct watchers *watchers, struct watcher *watcher)
{
	if (watcher->first)
		watchers->count--;
	while (watcher->first) {
		struct watch *watch = watcher->first;

		watcher->first = watch->next_of_watcher;
		*watch->link = watch->next;
		if (watch->next)
			watch->next->link = watch->link;
		free(watch);
	}
}

void
watchers_set(struct watchers *watchers, struct watcher *watcher,
	const struct shares *shares)
{
	watchers_remove(watchers, watcher);
	for (uint32_t i = 0; i < shares->count; i++)
		add_watch(watchers, watcher, shares->list[i].territory);
	if (watcher->first)
		watchers->count++;
}

void
watchers_clear(struct watchers *watchers)
{
	assert(watchers->count == 0);
	for (size_t i = 0; i < watchers->bucket_count; i++)
		while (watchers->buckets[i]) {
			struct watched_place *place = watchers->buckets[i];

			watchers->buckets[i] = place->next;
			free(place);
		}
	free(watchers->buckets);
	memset(watchers, 0, sizeof *watchers);
}

void
watchers_each(const struct watchers *watchers, const uint8_t *territory,
	watchers_cb *found, void *self)
{
	const struct watched_place *place = find_place(watchers, territory);
	const struct watch *watch = place ? place->first : NULL;

	while (watch) {
		/* `found` may remove the one that it gets. */
		const struct watch *next = watch->next;

		found(self, watch->watcher->who);
		watch = next;
	}
}
