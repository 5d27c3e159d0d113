#include "client/store/candidates.h"

#include <stdlib.h>
#include <string.h>

#include "client/store/query_sql.h"
#include "client/store/search_index.h"
#include "sync/alloc.h"

/* More than these are not looked up one by one, when few are wanted. */
enum { FEW = 1000 };

int
candidate_order(const uint8_t *id, size_t id_size, uint32_t territory,
	const uint8_t *other_id, size_t other_id_size, uint32_t other_territory)
{
	size_t common = id_size < other_id_size ? id_size : other_id_size;
	int order = memcmp(other_id, id, common);

	if (!order)
		order = (other_id_size > id_size) - (other_id_size < id_size);
	return order
		? order
		: (territory > other_territory) - (territory < other_territory);
}

bool
candidate_same(const struct candidate *candidate, const uint8_t *id,
	size_t id_size, uint32_t territory)
{
	return candidate_order(candidate->id, candidate->id_size,
		       candidate->territory, id, id_size, territory) == 0;
}

enum status
candidates_find(struct candidates *c, const char *expression)
{
	sqlite3_stmt *statement = statement_fixed(c->s, STATEMENT_SEARCH_MATCH);
	enum status status;
	size_t room = 0;

	c->count = 0;
	if (!statement)
		return STATUS_FAILED;
	bind_text(statement, 1, expression);
	while ((status = statement_next(c->s, statement)) == STATUS_OK) {
		if (c->count == room) {
			room = room * 2 + 64;
			c->found =
				alloc_again(c->found, room * sizeof *c->found);
		}
		c->found[c->count++] = sqlite3_column_int64(statement, 0);
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* How many of those that were found come before this rowid. */
static size_t
before(const int64_t *list, size_t count, int64_t rowid)
{
	size_t low = 0;

	while (count > low) {
		size_t middle = low + (count - low) / 2;

		if (list[middle] < rowid)
			low = middle + 1;
		else
			count = middle;
	}
	return low;
}

void
candidate_read(struct candidate *candidate, sqlite3_stmt *statement)
{
	struct pack_view id = column_blob(statement, 0);

	candidate->id_size = id.size < RECORD_ID_MAX ? id.size : RECORD_ID_MAX;
	memcpy(candidate->id, id.bytes, candidate->id_size);
	candidate->territory = (uint32_t)sqlite3_column_int64(statement, 1);
}

static int
compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return candidate_order(x->id, x->id_size, x->territory, y->id,
		y->id_size, y->territory);
}

static enum status
look_up(struct candidates *c, const struct table *table,
	struct query_territories territories)
{
	sqlite3_str *sql = sqlite3_str_new(c->s->db);
	sqlite3_stmt *statement = NULL;
	enum status status = STATUS_OK;

	c->list =
		alloc_again(c->list, (c->of_table_count + 1) * sizeof *c->list);
	sqlite3_str_appendf(sql,
		"SELECT t.id, t._territory FROM \"%w\" t WHERE t.rowid = ?",
		table->type->name);
	query_sql_territories(sql, "t._territory", territories);
	if (!statement_made(c->s, &statement, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	for (size_t i = 0; i < c->of_table_count && status == STATUS_OK; i++) {
		bind_integer(statement, 1, c->of_table[i] - c->base);
		status = statement_next(c->s, statement);
		if (status == STATUS_OK)
			candidate_read(&c->list[c->list_count++], statement);
		statement_reset(statement);
		if (status == STATUS_ABSENT) /* removed, or of no interest */
			status = STATUS_OK;
	}
	(void)sqlite3_finalize(statement); /* its problem is noted */
	qsort(c->list, c->list_count, sizeof *c->list, compare);
	return status;
}

static enum status
begin_walk(struct candidates *c, const struct table *table,
	struct query_territories territories)
{
	sqlite3_str *sql = sqlite3_str_new(c->s->db);

	/* The index of the primary key has all of it. */
	sqlite3_str_appendf(sql,
		"SELECT t.id, t._territory, t.rowid FROM \"%w\" t WHERE 1",
		table->type->name);
	query_sql_territories(sql, "t._territory", territories);
	sqlite3_str_appendall(sql, " ORDER BY t.id DESC, t._territory");
	return statement_made(c->s, &c->walk, sqlite3_str_finish(sql))
		? STATUS_OK
		: STATUS_FAILED;
}

static void
end_table(struct candidates *c)
{
	(void)sqlite3_finalize(c->walk); /* its problem is noted */
	c->walk = NULL;
	c->list_count = c->at = 0;
}

enum status
candidates_of(struct candidates *c, const struct table *table,
	struct query_territories territories, size_t wanted)
{
	size_t first, end;

	end_table(c);
	c->base = (int64_t)table->type->number << SEARCH_TYPE_SHIFT;
	first = before(c->found, c->count, c->base);
	end = before(c->found, c->count,
		c->base + ((int64_t)1 << SEARCH_TYPE_SHIFT));
	c->of_table_count = end - first;
	if (!c->of_table_count)
		return STATUS_OK;
	c->of_table = c->found + first;
	return c->of_table_count > FEW && wanted < c->of_table_count
		? begin_walk(c, table, territories)
		: look_up(c, table, territories);
}

enum status
candidates_next(struct candidates *c, struct candidate *candidate)
{
	enum status status;

	if (!c->walk) {
		if (c->at == c->list_count)
			return STATUS_ABSENT;
		*candidate = c->list[c->at++];
		return STATUS_OK;
	}
	while ((status = statement_next(c->s, c->walk)) == STATUS_OK) {
		int64_t rowid = c->base + sqlite3_column_int64(c->walk, 2);
		size_t at = before(c->of_table, c->of_table_count, rowid);

		if (at == c->of_table_count || c->of_table[at] != rowid)
			continue;
		candidate_read(candidate, c->walk);
		return STATUS_OK;
	}
	return status;
}

void
candidates_clear(struct candidates *c)
{
	end_table(c);
	free(c->list);
	free(c->found);
	c->list = NULL;
	c->found = NULL;
}
