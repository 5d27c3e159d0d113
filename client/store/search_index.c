#include "client/store/search_index.h"

#include <stdlib.h>
#include <string.h>

#include "client/store/row.h"
#include "client/store/texts.h"
#include "client/store/tokens.h"
#include "client/store/trouble.h"
#include "sync/alloc.h"

static const char tables_sql[] =
	"CREATE VIRTUAL TABLE _search USING fts5(tokens, content='',"
	" columnsize=0, detail=none, tokenize='ascii');"
	"CREATE TABLE _search_done (type INTEGER PRIMARY KEY,"
	" last INTEGER NOT NULL);"
	"CREATE TABLE _search_stale (type INTEGER NOT NULL, id BLOB NOT NULL,"
	" territory INTEGER NOT NULL, PRIMARY KEY (type, id, territory))"
	" WITHOUT ROWID;"
	"INSERT INTO _table (name) VALUES ('_search'), ('_search_done'),"
	" ('_search_stale');";

static const char drop_sql[] =
	"DROP TABLE IF EXISTS _search; DROP TABLE IF EXISTS _search_done;"
	"DROP TABLE IF EXISTS _search_stale;"
	"DELETE FROM _table WHERE name IN"
	" ('_search', '_search_done', '_search_stale');";

/* ---- how far it is ---- */

/* An answer's first row is all that is asked for. */
static enum status
has_row(struct store_sqlite *s, enum statement which, bool *has)
{
	sqlite3_stmt *statement = statement_fixed(s, which);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	status = statement_next(s, statement);
	*has = status == STATUS_OK;
	if (status == STATUS_OK)
		statement_reset(statement);
	return status == STATUS_FAILED ? status : STATUS_OK;
}

/* Reads _search_done, once after opening and after each rollback. */
static enum status
load(struct store_sqlite *s)
{
	struct search_state *search = &s->search;
	sqlite3_stmt *statement;
	enum status status;

	if (search->known)
		return STATUS_OK;
	search->last = alloc_again(
		search->last, (s->tables.count + 1) * sizeof *search->last);
	memset(search->last, 0, (s->tables.count + 1) * sizeof *search->last);
	status = has_row(s, STATEMENT_SEARCH_THERE, &search->there);
	if (status != STATUS_OK || !search->there) {
		search->known = status == STATUS_OK;
		return status;
	}
	statement = statement_fixed(s, STATEMENT_SEARCH_DONE);
	if (!statement)
		return STATUS_FAILED;
	while ((status = statement_next(s, statement)) == STATUS_OK) {
		const struct table *table = table_find(&s->tables,
			(uint32_t)sqlite3_column_int64(statement, 0));

		if (table)
			search->last[table - s->tables.list] =
				sqlite3_column_int64(statement, 1);
	}
	search->known = status == STATUS_ABSENT;
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status
search_index_last(
	struct store_sqlite *s, const struct table *table, int64_t *last)
{
	enum status status = load(s);

	*last = status == STATUS_OK ? s->search.last[table - s->tables.list]
				    : 0;
	return status;
}

/* A table's part of what asks for all of them; parsing it is what costs. */
static void
append_lacks(struct store_sqlite *s, sqlite3_str *sql, size_t index, bool stale)
{
	const struct schema_type *type = s->tables.list[index].type;

	sqlite3_str_appendf(sql,
		"%sSELECT %d, coalesce(max(rowid), 0) > %lld, ",
		sqlite3_str_length(sql) ? " UNION ALL " : "", (int)index,
		(long long)s->search.last[index]);
	if (stale)
		sqlite3_str_appendf(sql,
			"EXISTS (SELECT 1 FROM _search_stale WHERE type = %u)",
			(unsigned)type->number);
	else
		sqlite3_str_appendall(sql, "0");
	sqlite3_str_appendf(sql, " FROM \"%w\"", type->name);
}

static enum status
ask_lacks(struct store_sqlite *s, char *sql, unsigned *lacks)
{
	sqlite3_stmt *statement = NULL;
	enum status status;

	if (!statement_made(s, &statement, sql))
		return STATUS_FAILED;
	s->search.whole = true;
	s->search.whole_at = sqlite3_total_changes(s->db);
	while ((status = statement_next(s, statement)) == STATUS_OK) {
		int index = sqlite3_column_int(statement, 0);

		lacks[index] = 0;
		if (sqlite3_column_int(statement, 1))
			lacks[index] |= SEARCH_LACKS_NEW;
		if (sqlite3_column_int(statement, 2))
			lacks[index] |= SEARCH_LACKS_CHANGED;
		s->search.whole = s->search.whole && !lacks[index];
	}
	(void)sqlite3_finalize(statement); /* its problem is noted */
	if (status == STATUS_FAILED)
		s->search.whole = false;
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

enum status
search_index_lacks(struct store_sqlite *s, unsigned *lacks)
{
	sqlite3_str *sql;
	enum status status = load(s);
	bool stale = false;

	s->search.whole = false;
	for (size_t i = 0; i < s->tables.count; i++)
		lacks[i] = texts_searched(s->tables.list[i].type)
			? SEARCH_LACKS_NEW
			: 0;
	if (status == STATUS_OK && s->search.there)
		status = has_row(s, STATEMENT_SEARCH_ANY_STALE, &stale);
	if (status != STATUS_OK || !s->search.there)
		return status;
	sql = sqlite3_str_new(s->db);
	for (size_t i = 0; i < s->tables.count; i++)
		if (lacks[i])
			append_lacks(s, sql, i, stale);
	if (sqlite3_str_length(sql))
		return ask_lacks(s, sqlite3_str_finish(sql), lacks);
	sqlite3_free(sqlite3_str_finish(sql));
	return STATUS_OK;
}

static enum status
set_last(struct store_sqlite *s, const struct table *table, int64_t last)
{
	sqlite3_stmt *statement = statement_fixed(s, STATEMENT_SEARCH_SET);

	if (!statement)
		return STATUS_FAILED;
	s->search.last[table - s->tables.list] = last;
	bind_integer(statement, 1, table->type->number);
	bind_integer(statement, 2, last);
	return statement_run(s, statement);
}

/* ---- what the writers of records tell ---- */

static enum status
note_stale(struct store_sqlite *s, enum statement which,
	const struct table *table, uint32_t territory, const uint8_t *id,
	size_t id_size)
{
	sqlite3_stmt *statement = statement_fixed(s, which);

	if (!statement)
		return STATUS_FAILED;
	bind_integer(statement, 1, table->type->number);
	bind_blob(statement, 2, id, id_size);
	bind_integer(statement, 3, territory);
	return statement_run(s, statement);
}

enum status
search_index_written(struct store_sqlite *s, const struct table *table,
	uint32_t territory, const struct record *record)
{
	int64_t last;
	enum status status = search_index_last(s, table, &last);

	if (status != STATUS_OK || !last)
		return status;
	return note_stale(s, STATEMENT_SEARCH_STALE, table, territory,
		record->id, record->id_size);
}

enum status
search_index_removed(struct store_sqlite *s, const struct table *table,
	uint32_t territory, const struct record *record)
{
	sqlite3_stmt *statement = NULL;
	int64_t last, greatest = 0;
	enum status status = search_index_last(s, table, &last);

	if (status != STATUS_OK || !last)
		return status;
	status = note_stale(s, STATEMENT_SEARCH_FRESH, table, territory,
		record->id, record->id_size);
	if (status != STATUS_OK)
		return status;
	/* The greatest rowid is given again to the next new row. */
	if (!statement_made(s, &statement,
		    sqlite3_mprintf("SELECT max(rowid) FROM \"%w\"",
			    table->type->name)))
		return STATUS_FAILED;
	status = statement_next(s, statement);
	if (status == STATUS_OK)
		greatest = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement); /* it has been read */
	if (status != STATUS_OK || greatest >= last)
		return status;
	return set_last(s, table, greatest);
}

enum status
search_index_drop(struct store_sqlite *s)
{
	enum status status = load(s);

	if (status != STATUS_OK || !s->search.there)
		return status;
	s->search.known = false;
	return statement_text(s, drop_sql);
}

int
search_index_news(struct store *store)
{
	struct store_sqlite *s = store_enter(store->self);

	return sqlite3_total_changes(s->db) - s->search.changes;
}

/* ---- indexing ---- */

struct indexing {
	struct store_sqlite *s;
	const struct table *table;
	sqlite3_stmt *insert;
	struct record record;
	struct buffer tokens;
	struct fold fold;
	size_t left; /* rows to go in this step */
};

static bool
add_text(void *self, const struct text_shown *shown)
{
	struct indexing *ix = self;

	fold_text(&ix->fold, shown->text.bytes, shown->text.size);
	tokens_text(&ix->tokens, &ix->fold);
	if (shown->title)
		tokens_title(&ix->tokens, &ix->fold);
	return true;
}

/* The row that the statement stands on; its last column is the rowid. */
static enum status
index_row(struct indexing *ix, sqlite3_stmt *rows, int64_t *rowid)
{
	struct store_sqlite *s = ix->s;
	bool inbox;
	enum status status = row_read(s, ix->table, ix->table->type->number,
		rows, &ix->record, &inbox);

	if (status != STATUS_OK)
		return status;
	*rowid = sqlite3_column_int64(rows, sqlite3_column_count(rows) - 1);
	ix->tokens.size = 0;
	texts_each(ix->table->type, &ix->record, add_text, ix);
	tokens_id(&ix->tokens, ix->record.id, ix->record.id_size);
	bind_integer(ix->insert, 1,
		((int64_t)ix->table->type->number << SEARCH_TYPE_SHIFT) +
			*rowid);
	if (sqlite3_bind_text(ix->insert, 2, (const char *)ix->tokens.bytes,
		    (int)ix->tokens.size, SQLITE_STATIC) != SQLITE_OK)
		return store_problem(s);
	return statement_run(s, ix->insert);
}

static enum status
index_new(struct indexing *ix)
{
	struct store_sqlite *s = ix->s;
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *rows = NULL;
	int64_t before, last;
	enum status status = search_index_last(s, ix->table, &before);

	last = before;
	row_select_with(sql, ix->table, ", t.rowid");
	sqlite3_str_appendf(sql,
		" WHERE t.rowid > %lld ORDER BY t.rowid"
		" LIMIT %lld",
		(long long)last, (long long)ix->left);
	if (!statement_made(s, &rows, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	while (status == STATUS_OK &&
		(status = statement_next(s, rows)) == STATUS_OK) {
		status = index_row(ix, rows, &last);
		ix->left--;
	}
	(void)sqlite3_finalize(rows); /* its problem is noted */
	if (status != STATUS_ABSENT)
		return status;
	return last > before ? set_last(s, ix->table, last) : STATUS_OK;
}

/* Those of the table that are stale, by rowid as FTS5 likes them. */
static enum status
index_stale(struct indexing *ix)
{
	struct store_sqlite *s = ix->s;
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *rows = NULL;
	int64_t rowid;
	enum status status = STATUS_OK;

	row_select_with(sql, ix->table, ", t.rowid");
	sqlite3_str_appendf(sql,
		" JOIN _search_stale x ON x.id = t.id"
		" AND x.territory = t._territory AND x.type = %u"
		" ORDER BY t.rowid LIMIT %lld",
		ix->table->type->number, (long long)ix->left);
	if (!statement_made(s, &rows, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	while (status == STATUS_OK &&
		(status = statement_next(s, rows)) == STATUS_OK) {
		uint32_t territory =
			(uint32_t)sqlite3_column_int64(rows, COLUMN_TERRITORY);

		status = index_row(ix, rows, &rowid);
		if (status == STATUS_OK)
			status = note_stale(s, STATEMENT_SEARCH_FRESH,
				ix->table, territory, ix->record.id,
				ix->record.id_size);
		ix->left--;
	}
	(void)sqlite3_finalize(rows); /* its problem is noted */
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

static enum status
step(struct store_sqlite *s, size_t rows, bool *more)
{
	struct indexing ix = {.s = s, .left = rows};
	unsigned *lacks = alloc((s->tables.count + 1) * sizeof *lacks);
	enum status status = load(s);

	if (status == STATUS_OK && !s->search.there) {
		status = statement_text(s, tables_sql);
		s->search.there = status == STATUS_OK;
	}
	ix.insert = statement_fixed(s, STATEMENT_SEARCH_ADD);
	if (status == STATUS_OK && !ix.insert)
		status = STATUS_FAILED;
	if (status == STATUS_OK)
		status = search_index_lacks(s, lacks);
	for (size_t i = 0;
		i < s->tables.count && status == STATUS_OK && ix.left; i++) {
		ix.table = &s->tables.list[i];
		if (lacks[i] & SEARCH_LACKS_NEW)
			status = index_new(&ix);
		if ((lacks[i] & SEARCH_LACKS_CHANGED) && status == STATUS_OK &&
			ix.left)
			status = index_stale(&ix);
	}
	*more = !ix.left;
	free(lacks);
	record_clear(&ix.record);
	buffer_clear(&ix.tokens);
	fold_clear(&ix.fold);
	return status;
}

enum status
search_index_step(struct store *store, size_t rows, bool *more)
{
	struct store_sqlite *s = store_enter(store->self);
	unsigned troubles = trouble_count();
	int changes = sqlite3_total_changes(s->db);
	enum status status;

	*more = false;
	if (s->search.whole && s->search.whole_at == changes)
		return STATUS_OK;
	status = store->begin(s);
	if (status == STATUS_OK) {
		status = step(s, rows, more);
		if (status == STATUS_OK)
			status = store->commit(s);
		if (status != STATUS_OK)
			store->rollback(s);
	}
	s->search.changes += sqlite3_total_changes(s->db) - changes;
	if (status != STATUS_OK) {
		*more = false;
		/* Nothing stands on it: what is not in it is scanned. */
		trouble_back_to(troubles);
	}
	return status;
}
