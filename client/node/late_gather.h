#ifndef CLIENT_NODE_LATE_GATHER_H
#define CLIENT_NODE_LATE_GATHER_H

#include "client/node/late.h"
#include "proto/pack.h"

/*
 * Late changes out of the bodies of the records that tell of them: of type
 * `quarantine`, one a piece of a change, and `quarantine_decision`. The hub
 * and managers write them, but a body is a peer's bytes: one that is not as it
 * should be counts as not there. Knows no node and no store.
 */
struct late_gather {
	struct late_piece {
		struct late late; /* what it says of its change; no bytes */
		uint32_t index, count;
		uint8_t *bytes;
		size_t size;
	} * pieces;
	size_t piece_count;
	struct late *decisions; /* by `id`, that of what was decided on */
	size_t decision_count;
};

/* `id` is the record's, `compartment` the territory that it stands in. */
void late_gather_piece(struct late_gather *gather,
	const uint8_t id[static ID_BYTES],
	const uint8_t compartment[static ID_BYTES], struct pack_view body);
/* Decided at `time_ms`, in that log. */
void late_gather_decision(struct late_gather *gather, int64_t time_ms,
	const uint8_t log[static LOG_BYTES], struct pack_view body);

/*
 * What they come to: *list is new, by territory, log and number. Of several
 * decisions one that accepts holds, else the last. The bytes of a change are
 * NULL unless every piece of it is there.
 */
void late_gather_list(struct late_gather *gather, struct late_list *list);
void late_gather_clear(struct late_gather *gather);

#endif
