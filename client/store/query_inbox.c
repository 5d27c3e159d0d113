#include <string.h>

#include "client/store/query_sql.h"

static enum status
each_conflict(struct store_sqlite *s, sqlite3_stmt *statement,
	query_conflict_cb *found, void *self)
{
	enum status status;

	while ((status = statement_next(s, statement)) == STATUS_OK) {
		struct pack_view record = column_blob(statement, 2);
		struct pack_view id = column_blob(statement, 6);
		const char *why =
			(const char *)sqlite3_column_text(statement, 4);
		struct query_conflict conflict = {
			.territory =
				(uint32_t)sqlite3_column_int64(statement, 0),
			.type = (uint32_t)sqlite3_column_int64(statement, 1),
			.record = record.bytes,
			.record_size = record.size,
			.field = (uint32_t)sqlite3_column_int64(statement, 3),
			.why = why && strcmp(why, "mark") == 0
				? CONFLICT_MARK
				: CONFLICT_SIBLINGS,
			.undecided = sqlite3_column_int(statement, 5) != 0};

		if (id.size != sizeof conflict.id)
			return store_problem_text(
				s, "damaged: an entry of the inbox");
		memcpy(conflict.id, id.bytes, sizeof conflict.id);
		if (!found(self, &conflict))
			return STATUS_OK;
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status
query_conflicts(struct store *store, struct query_territories territories,
	const uint8_t *id, query_conflict_cb *found, void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *statement = NULL;
	enum status status = STATUS_FAILED;

	sqlite3_str_appendf(sql,
		"SELECT territory, type, record, field, why, undecided, id"
		" FROM _conflict WHERE %s",
		id ? "id = ?" : "1");
	query_sql_territories(sql, "territory", territories);
	sqlite3_str_appendall(
		sql, " ORDER BY territory, type, record, field, id");
	if (statement_made(s, &statement, sqlite3_str_finish(sql))) {
		if (id)
			bind_blob(statement, 1, id, CONFLICT_ID_BYTES);
		status = each_conflict(s, statement, found, self);
	}
	(void)sqlite3_finalize(statement); /* its problem is noted */
	return status;
}
