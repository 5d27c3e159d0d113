#ifndef SYNC_COMPARE_H
#define SYNC_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/message.h"
#include "sync/policy.h"
#include "sync/territory.h"

/*
 * A kept frontier of our own keeping: one that came in a message and is needed
 * for longer than it, or ours with what is on its way to us. A zeroed struct
 * is an empty one.
 */
struct frontier {
	struct frontier_place *places; /* ascending by log */
	uint32_t count;
	uint32_t room;
	struct frontier_entry *views;
};

void frontier_clear(struct frontier *frontier);

/*
 * Replaces it by that of a territory. Logs of which nothing counts are left
 * out. False when there are more than a message can tell.
 */
bool frontier_of(struct frontier *frontier, struct territory *territory);
/* The same of all that is kept, beyond cuts too. */
bool frontier_of_kept(struct frontier *frontier, struct territory *territory);
/*
 * How far `territory` (NULL: nothing is kept of it) has what they told of in
 * `theirs`, and no word more: what they have, as they told it, where it is
 * here, else up to where it is. Of a log whose other branch is here nothing is
 * said: who believed that it were here would forget the only copy.
 */
void frontier_echo(struct frontier *frontier, struct territory *territory,
	struct frontier *theirs);
/* Replaces it by the one in a pull or pulled. */
void frontier_read(struct frontier *frontier, struct message *message);

/* The log is at `last` now; false when it was there or beyond before. */
bool frontier_advance(struct frontier *frontier, const uint8_t *log,
	int64_t last, const uint8_t *name);

/* Forgets where they stand in a log. */
void frontier_drop(struct frontier *frontier, const uint8_t *log);

/* As a list for messages and territories: good until the frontier changes. */
const struct frontier_entry *frontier_views(struct frontier *frontier);

/*
 * The territories that two devices share, by the directory that we have: both
 * may read them; the directory itself they always share. Of each a digest of
 * what is kept of it here, zero while that is nothing; and one digest of all,
 * BLAKE2b-128 of "roadbook/compare/1", a zero byte, and each id and digest,
 * ascending by id.
 *
 * More than MESSAGE_TERRITORIES_MAX are not compared: the first ones are.
 */
struct share {
	uint8_t territory[ID_BYTES];
	uint8_t digest[DIGEST_BYTES];
};

struct shares {
	struct share *list; /* ascending by territory */
	uint32_t count;
	uint32_t room;
	uint8_t digest[DIGEST_BYTES];
};

/* The opened territory, or NULL when nothing of it was ever kept here. */
typedef struct territory *share_territory_cb(void *self, const uint8_t *id);

void shares_find(struct shares *shares, const struct policy *policy,
	const uint8_t *own_device, const uint8_t *peer_device,
	share_territory_cb *territory, void *self);
void shares_clear(struct shares *shares);

/* The entry of a territory, or NULL: not shared. */
const struct share *shares_of(
	const struct shares *shares, const uint8_t *territory);

#endif
