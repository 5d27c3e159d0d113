#include <stdlib.h>

#include "client/store/store_inside.h"
#include "sync/alloc.h"

/* Which changes wrote a record that was there already. */

enum status
store_history_add(void *self, uint32_t territory, const struct record *record,
	const struct dot *dots, uint32_t count)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_HISTORY_ADD);
	enum status status = STATUS_OK;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, record->type);
	bind_blob(statement, 3, record->id, record->id_size);
	for (uint32_t i = 0; i < count && status == STATUS_OK; i++) {
		bind_integer(statement, 4, dots[i].log);
		bind_integer(statement, 5, dots[i].seq);
		status = statement_run(s, statement);
	}
	return status;
}

enum status
store_history(void *self, uint32_t territory, uint32_t type, const uint8_t *id,
	size_t id_size, struct dot **dots, uint32_t *count)
{
	struct store_sqlite *s = store_enter(self);
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_HISTORY);
	struct dot *list = NULL;
	uint32_t n = 0, room = 0;
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, territory);
	bind_integer(statement, 2, type);
	bind_blob(statement, 3, id, id_size);
	while ((status = statement_next(s, statement)) == STATUS_OK) {
		if (n == room) {
			room = room * 2 + 8;
			list = alloc_again(list, room * sizeof *list);
		}
		list[n++] = (struct dot){
			.log = (uint32_t)sqlite3_column_int64(statement, 0),
			.seq = sqlite3_column_int64(statement, 1)};
	}
	if (status != STATUS_ABSENT) {
		free(list);
		return STATUS_FAILED;
	}
	*dots = list;
	*count = n;
	return STATUS_OK;
}
