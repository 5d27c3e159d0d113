#ifndef PROTO_ERASE_H
#define PROTO_ERASE_H

#include "proto/change.h"

/*
 * A change without some of its records: what stands in an erasure (segment.h)
 * for the change that it replaces. Nothing else of it changes: clock, context
 * and order stay as its author signed them, so that what follows means what it
 * meant. No record is altered, a record is there or it is gone; so nobody can
 * put words into an erasure that nobody wrote.
 */

/* Whether a record is to go. */
typedef bool erase_record_cb(
	void *self, uint32_t type, const uint8_t *id, size_t id_size);

/*
 * Writes the change to `pack` without the records of which `goes` says so, and
 * returns how many that were. The room of change->whole.size is enough.
 */
uint32_t erase_records(struct pack *pack, const struct change *change,
	erase_record_cb *goes, void *self);

/*
 * Whether `left` is `whole` without some records, byte for byte. Each that is
 * gone is told to `gone` (may be NULL; its answer counts for nothing).
 */
bool erase_follows(const struct change *left, const struct change *whole,
	erase_record_cb *gone, void *self);

#endif
