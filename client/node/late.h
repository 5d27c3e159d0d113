#ifndef CLIENT_NODE_LATE_H
#define CLIENT_NODE_LATE_H

#include <jansson.h>

#include "client/node/node.h"
#include "proto/change.h"

/*
 * Late changes as their territory's managers read them on their own node, out
 * of the records that the hub wrote (client/node/hub/quarantine.h), and the
 * decisions on them, which are records too.
 */

/* The id of the record of a late change; long ones have several pieces. */
void late_id(const uint8_t *territory, const uint8_t *log, int64_t seq,
	uint32_t piece, uint8_t out[static ID_BYTES]);

enum late_verdict { LATE_OPEN, LATE_REJECTED, LATE_ACCEPTED };

struct late {
	uint8_t id[ID_BYTES];
	uint8_t compartment[ID_BYTES]; /* the territory of the record */
	uint8_t territory[ID_BYTES];   /* that it was written in */
	uint8_t log[LOG_BYTES];
	int64_t seq;
	uint8_t *bytes; /* the change, whole; NULL: pieces are missing */
	size_t size;
	enum late_verdict verdict; /* accepted once is accepted */
	uint8_t decided_log[LOG_BYTES];
	int64_t decided_ms;
	char *reason; /* NULL: none was told */
	uint8_t carried_log[LOG_BYTES];
	int64_t carried_seq; /* 0: nothing of it was carried over */
};

/* Ascending by territory, log, number. A zeroed one is empty. */
struct late_list {
	struct late *list;
	size_t count;
};

/* All that this node may read. */
bool late_load(
	struct node *node, struct late_list *list, struct problem *problem);
void late_clear(struct late_list *list);

/*
 * The one that a person means: its id, or the beginning or end of it, four
 * digits or more. EXIT_NOT_FOUND, EXIT_AMBIGUOUS.
 */
bool late_find(const struct late_list *list, const char *text, size_t *index,
	struct problem *problem);

/*
 * {"id","territory","user","device","change","time","decision" (open, rejected
 * or accepted),"by","decided","reason","operations": [operation_json() with
 * "counts": their author may write there, "stands": what that field shows now,
 * null: nothing]}; `operations` only with `whole`.
 */
json_t *late_json(struct node *node, const struct late *late, bool whole);

/*
 * Decides on those that `chosen` marks, in order, in one transaction: all or
 * none. Accepted changes are carried over into their territory; of what was
 * accepted before nothing is done. *count tells how many were decided,
 * *left_out how many operations their author had no right to.
 *
 * EXIT_REFUSED: no manager there; EXIT_AMBIGUOUS: to reject what was accepted;
 * EXIT_FAILED: not all of it is here yet (hint: sync).
 */
bool late_decide(struct node *node, const struct late_list *list,
	const bool *chosen, bool accept, const char *reason, uint32_t *count,
	uint32_t *left_out, struct problem *problem);

#endif
