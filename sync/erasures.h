#ifndef SYNC_ERASURES_H
#define SYNC_ERASURES_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/change.h"
#include "proto/segment.h"
#include "proto/status.h"
#include "sync/store.h"

struct territory;

/*
 * What the directory says of erasing a person's data (DESIGN 4), and what each
 * node makes of it by itself:
 *
 * A **mark** says that a record of a territory is erased. It is a hash over
 * territory, type and id: who has a reference to the record finds that it is
 * erased, nobody else learns anything. From then on no operation on that record
 * counts, on any node, whoever wrote it and when (project.c).
 *
 * A **replacement** says that a segment of a log is to be replaced by the
 * erasure (proto/segment.h) of that name. Who holds anything else in its place
 * hands it to nobody, takes nothing else there, and asks for it (erased.c).
 *
 * Both are written by the hub alone, as all of the directory.
 */
enum { ERASURE_MARK_SIZE = 16, ERASURES_DIGEST_SIZE = 16 };

struct erasure_mark {
	uint8_t territory[ID_BYTES];
	uint8_t mark[ERASURE_MARK_SIZE];
	uint8_t order[ID_BYTES]; /* the same for all that went together */
	/* Where the directory has it: its log there, number and time. */
	uint32_t log;
	int64_t seq;
	int64_t time;
};

struct replacement {
	uint8_t territory[ID_BYTES];
	uint8_t log[LOG_BYTES];
	int64_t first;
	uint8_t replaces[SEGMENT_NAME_SIZE];
	uint8_t name[SEGMENT_NAME_SIZE]; /* of the erasure's bytes */
	uint8_t order[ID_BYTES];         /* the latest that it is of */
	int64_t time;
};

struct erasures {
	struct erasure_mark *marks; /* by territory, mark, time */
	uint32_t mark_count;
	struct replacement *list; /* by territory, log, first, replaces */
	uint32_t count;
	uint64_t generation; /* grows each time that they are loaded */
};

/* Reads them anew; on another status than STATUS_OK nothing has changed. */
MUST_USE enum status erasures_load(
	struct erasures *erasures, struct store *store, uint32_t directory);
void erasures_clear(struct erasures *erasures);

void erasure_mark_make(uint8_t out[static ERASURE_MARK_SIZE],
	const uint8_t *territory, uint32_t type, const uint8_t *id,
	size_t id_size);
/* The id of the directory's record that tells of the replacement. */
void replacement_id(uint8_t out[static ID_BYTES], const uint8_t *territory,
	const uint8_t *log, int64_t first, const uint8_t *replaces);

/* How many records of the territory are marked. */
uint32_t erasures_marked(
	const struct erasures *erasures, const uint8_t *territory);
/* The mark of the record, or NULL. */
const struct erasure_mark *erasures_mark(const struct erasures *erasures,
	const uint8_t *territory, uint32_t type, const uint8_t *id,
	size_t id_size);

/*
 * The first replacement in the log at or behind change `from`, or NULL; those
 * that follow it in the list, up to the end of the log, are the others.
 */
const struct replacement *erasures_next(const struct erasures *erasures,
	const uint8_t *territory, const uint8_t *log, int64_t from);
/* That of this very segment, or NULL. */
const struct replacement *erasures_of(const struct erasures *erasures,
	const uint8_t *territory, const uint8_t *log, int64_t first,
	const uint8_t *replaces);

/*
 * Whether the directory, as far as it counts here, ever told of this very
 * erasure: it may have told of another one since. Reads all of its logs.
 */
MUST_USE enum status erasures_once_told(
	struct territory *directory, const struct segment *erasure, bool *told);

/*
 * Over all of them: what a device tells the hub when it has carried out all
 * that it knows of (message `erased`). Zero when there are none.
 */
void erasures_digest(const struct erasures *erasures,
	uint8_t out[static ERASURES_DIGEST_SIZE]);

#endif
