#include "client/store/store_inside.h"

/* _conflict: what waits for a person, or for being noticed. */

static enum status
remove_rows(
	struct store_sqlite *s, uint32_t territory, const struct record *record)
{
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_INBOX_DROP);

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, record->type);
	bind_blob(statement, 3, record->id, record->id_size);
	return statement_run(s, statement);
}

static enum status
insert_row(struct store_sqlite *s, uint32_t territory,
	const struct record *record, const struct conflict *conflict)
{
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_INBOX_ADD);

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, record->type);
	bind_blob(statement, 3, record->id, record->id_size);
	bind_integer(statement, 4, conflict->field);
	bind_text(statement, 5,
		conflict->why == CONFLICT_MARK ? "mark" : "siblings");
	bind_integer(statement, 6, conflict->undecided);
	bind_blob(statement, 7, conflict->id, CONFLICT_ID_BYTES);
	return statement_run(s, statement);
}

enum status
inbox_save(struct store_sqlite *s, uint32_t territory,
	const struct record *record, const struct shown *shown,
	bool there_are_some)
{
	enum status status = STATUS_OK;

	if (there_are_some)
		status = remove_rows(s, territory, record);
	for (uint32_t i = 0; i < shown->conflict_count && status == STATUS_OK;
		i++)
		status = insert_row(s, territory, record, &shown->conflicts[i]);
	return status;
}
