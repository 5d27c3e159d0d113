#ifndef CLIENT_NODE_WATCHERS_H
#define CLIENT_NODE_WATCHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sync/compare.h"

/*
 * Who watches which territory: of thousands of conversations, the few that
 * something which moved concerns. A zeroed struct is an empty one.
 */
struct watchers {
	struct watched_place **buckets; /* by territory */
	size_t bucket_count;            /* 0 or a power of 2 */
	size_t place_count;
	uint32_t count; /* watchers that watch anything */
};

/* A conversation's part of it; zeroed, and removed before it goes. */
struct watcher {
	struct watch *first;
	void *who;
};

/* It watches exactly these from now on. */
void watchers_set(struct watchers *watchers, struct watcher *watcher,
	const struct shares *shares);
void watchers_remove(struct watchers *watchers, struct watcher *watcher);
/* Frees what is left of it, when no watcher is. */
void watchers_clear(struct watchers *watchers);

/* Calls `found` with watcher->who of each that watches the territory. */
typedef void watchers_cb(void *self, void *who);
void watchers_each(const struct watchers *watchers, const uint8_t *territory,
	watchers_cb *found, void *self);

#endif
