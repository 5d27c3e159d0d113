#include "client/store/store_inside.h"

/*
 * Segments as they came, when they came, and own changes that no segment holds
 * yet.
 */

/* The statement, for that change of that log; NULL: it cannot be had. */
static sqlite3_stmt *
at_place(struct store_sqlite *s, enum statement which, uint32_t territory,
	uint32_t log, int64_t seq)
{
	sqlite3_stmt *statement = statement_fixed(s, which);

	if (!statement)
		return NULL;
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, log);
	bind_integer(statement, 3, seq);
	return statement;
}

static enum status
add_receipt(struct store_sqlite *s, uint32_t territory, uint32_t log,
	const struct segment *segment)
{
	sqlite3_stmt *statement = at_place(s, STATEMENT_RECEIPT_ADD, territory,
		log, segment->first + (int64_t)segment->count - 1);

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 4, segment->first);
	bind_integer(statement, 5, s->now_ms());
	return statement_run(s, statement);
}

enum status
store_segment_append(void *self, uint32_t territory, uint32_t log,
	const struct segment *segment, const uint8_t *bytes)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_SEGMENT_ADD);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, log);
	bind_integer(statement, 3, segment->first);
	bind_integer(
		statement, 4, segment->first + (int64_t)segment->count - 1);
	bind_blob(statement, 5, bytes, segment->size);
	status = statement_run(s, statement);
	return status == STATUS_OK && s->now_ms
		? add_receipt(s, territory, log, segment)
		: status;
}

void
store_sqlite_note_receipts(struct store *store, int64_t (*now_ms)(void))
{
	((struct store_sqlite *)store->self)->now_ms = now_ms;
}

enum status
store_sqlite_receipt(struct store *store, uint32_t territory, uint32_t log,
	int64_t seq, int64_t *at_ms)
{
	struct store_sqlite *s = store_enter(store->self);
	sqlite3_stmt *statement =
		at_place(s, STATEMENT_RECEIPT_FIND, territory, log, seq);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	status = statement_next(s, statement);
	if (status != STATUS_OK)
		return status;
	/* What is before it came when no receipts were noted. */
	if (sqlite3_column_int64(statement, 0) > seq)
		status = STATUS_ABSENT;
	else
		*at_ms = sqlite3_column_int64(statement, 1);
	statement_reset(statement);
	return status;
}

/* The row goes to the caller until the next call on the store. */
static enum status
hold(struct store_sqlite *s, sqlite3_stmt *statement, int at,
	struct pack_view *bytes)
{
	*bytes = column_blob(statement, at);
	if (bytes->size == 0) {
		statement_reset(statement);
		return store_problem_text(s,
			"damaged: an empty row, or no "
			"memory for a full one");
	}
	s->held = statement;
	return STATUS_OK;
}

enum status
store_segment_read(void *self, uint32_t territory, uint32_t log, int64_t seq,
	struct pack_view *bytes)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement =
		at_place(s, STATEMENT_SEGMENT_FIND, territory, log, seq);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	status = statement_next(s, statement);
	if (status != STATUS_OK)
		return status;
	if (sqlite3_column_int64(statement, 0) > seq) {
		statement_reset(statement);
		return STATUS_ABSENT;
	}
	return hold(s, statement, 1, bytes);
}

/* Its place, and its receipt, stay. */
enum status
store_segment_replace(void *self, uint32_t territory, uint32_t log,
	const struct segment *segment, const uint8_t *bytes)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = at_place(
		s, STATEMENT_SEGMENT_REPLACE, territory, log, segment->first);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(
		statement, 4, segment->first + (int64_t)segment->count - 1);
	bind_blob(statement, 5, bytes, segment->size);
	status = statement_run(s, statement);
	if (status == STATUS_OK && sqlite3_changes(s->db) != 1)
		return store_problem_text(
			s, "damaged: a segment is not where it was");
	return status;
}

enum status
store_segment_cut(void *self, uint32_t territory, uint32_t log, int64_t from)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *segments =
		at_place(s, STATEMENT_SEGMENT_CUT, territory, log, from);
	sqlite3_stmt *receipts =
		at_place(s, STATEMENT_RECEIPT_CUT, territory, log, from);
	enum status status;

	if (!segments || !receipts)
		return STATUS_FAILED;
	status = statement_run(s, segments);
	return status == STATUS_OK ? statement_run(s, receipts) : status;
}

enum status
store_pending_append(void *self, uint32_t territory, uint32_t log, int64_t seq,
	struct pack_view change)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement =
		at_place(s, STATEMENT_PENDING_ADD, territory, log, seq);

	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 4, change.bytes, change.size);
	return statement_run(s, statement);
}

enum status
store_pending_read(void *self, uint32_t territory, uint32_t log, int64_t seq,
	struct pack_view *change)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement =
		at_place(s, STATEMENT_PENDING_FIND, territory, log, seq);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	status = statement_next(s, statement);
	return status == STATUS_OK ? hold(s, statement, 0, change) : status;
}

enum status
store_pending_drop(void *self, uint32_t territory, uint32_t log, int64_t seq)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement =
		at_place(s, STATEMENT_PENDING_DROP, territory, log, seq);

	if (!statement)
		return STATUS_FAILED;
	return statement_run(s, statement);
}
