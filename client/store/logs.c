#include <stdlib.h>
#include <string.h>

#include "client/store/store_inside.h"
#include "sync/alloc.h"

/* Territories and logs: the small numbers that go for their ids. */

enum status
store_territory(void *self, const uint8_t *id, uint32_t *number)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *find = statement_fixed(s, STATEMENT_TERRITORY_FIND);
	sqlite3_stmt *add = statement_fixed(s, STATEMENT_TERRITORY_ADD);
	enum status status;

	if (!find || !add)
		return STATUS_FAILED;
	bind_blob(find, 1, id, ID_BYTES);
	status = statement_next(s, find);
	if (status == STATUS_OK) {
		*number = (uint32_t)sqlite3_column_int64(find, 0);
		statement_reset(find);
		return STATUS_OK;
	}
	if (status != STATUS_ABSENT)
		return status;
	bind_blob(add, 1, id, ID_BYTES);
	status = statement_run(s, add);
	if (status == STATUS_OK)
		*number = (uint32_t)sqlite3_last_insert_rowid(s->db);
	return status;
}

/* The context as varints; log numbers are the places in it. */
static bool
read_context(struct store_log *log, struct pack_view bytes)
{
	struct reader reader = {
		.at = bytes.bytes, .end = bytes.bytes + bytes.size};
	size_t count;

	if (bytes.size == 0)
		return true;
	count = reader_count(&reader);
	log->context = alloc(count * sizeof *log->context);
	log->context_count = (uint32_t)count;
	for (size_t i = 0; i < count; i++)
		log->context[i] = (int64_t)reader_varint(&reader, INT64_MAX);
	return !reader.failed && reader_left(&reader) == 0;
}

/* Columns: number, id, kept, kept_name, applied, context. */
static bool
read_log(struct store_log *log, sqlite3_stmt *statement)
{
	struct pack_view id = column_blob(statement, 1);
	struct pack_view name = column_blob(statement, 3);

	*log = (struct store_log){.kept = sqlite3_column_int64(statement, 2),
		.applied = sqlite3_column_int64(statement, 4)};
	if (id.size != LOG_BYTES || name.size != SEGMENT_NAME_SIZE)
		return false;
	memcpy(log->id, id.bytes, LOG_BYTES);
	memcpy(log->kept_name, name.bytes, SEGMENT_NAME_SIZE);
	return read_context(log, column_blob(statement, 5));
}

static void
logs_free(struct store_log *logs, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		free(logs[i].context);
	free(logs);
}

enum status
store_logs(void *self, uint32_t territory, struct store_log **logs,
	uint32_t *count)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_LOGS);
	struct store_log *list = NULL;
	uint32_t n = 0, room = 0;
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	while ((status = statement_next(s, statement)) == STATUS_OK) {
		if (n == room) {
			room = room * 2 + 8;
			list = alloc_again(list, room * sizeof *list);
		}
		n++;
		if (!read_log(&list[n - 1], statement) ||
			sqlite3_column_int64(statement, 0) != n - 1) {
			statement_reset(statement);
			status = store_problem_text(s,
				"damaged: log %u of territory %u", n - 1,
				territory);
			break;
		}
	}
	if (status != STATUS_ABSENT) {
		logs_free(list, n);
		return STATUS_FAILED;
	}
	*logs = list;
	*count = n;
	return STATUS_OK;
}

enum status
store_log_save(void *self, uint32_t territory, uint32_t number,
	const struct store_log *log)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_LOG_SAVE);
	struct buffer *context = &s->versions;

	if (!statement)
		return STATUS_FAILED;
	context->size = 0;
	if (log->context_count)
		buffer_varint(context, log->context_count);
	for (uint32_t i = 0; i < log->context_count; i++)
		buffer_varint(context, (uint64_t)log->context[i]);
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, number);
	bind_blob(statement, 3, log->id, LOG_BYTES);
	bind_integer(statement, 4, log->kept);
	bind_blob(statement, 5, log->kept_name, SEGMENT_NAME_SIZE);
	bind_integer(statement, 6, log->applied);
	bind_blob(statement, 7, context->bytes, context->size);
	return statement_run(s, statement);
}
