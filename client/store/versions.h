#ifndef CLIENT_STORE_VERSIONS_H
#define CLIENT_STORE_VERSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/varint.h"
#include "sync/record.h"

/*
 * The `_ver` of a row: all of a record that its columns do not say. Most often
 * one change wrote every field, then it is that change's number and time,
 * some ten bytes. client/store/README.md has the bytes.
 *
 * What a register has in the columns is its first version's value. A register
 * that stands there and has one live version of the row's own change, no past
 * and nobody's knowledge is not written at all; every other one is.
 */

/* A field whose value the columns hold. */
struct versions_column {
	uint32_t field;
	enum schema_kind kind;
	struct pack_view value;
};

/*
 * Adds the blob to `out`. in_columns[i] tells whether the columns hold the
 * value of record->regs[i].versions[0] exactly. `inbox`: the record has rows
 * in _conflict.
 */
void versions_encode(struct buffer *out, const struct record *record,
	const bool *in_columns, bool inbox);

/*
 * Fills in the registers of an empty record. The bytes need not be whole:
 * false when they are not. They, and the values of `columns` (ascending by
 * field, one a field), must lie in the record's arena.
 */
MUST_USE bool versions_decode(struct record *record, const uint8_t *bytes,
	size_t size, const struct versions_column *columns, size_t column_count,
	bool *inbox);

/* Whether the record has something to keep: a live version, or a past. */
bool versions_any(const struct record *record);

#endif
