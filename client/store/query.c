#include "client/store/query.h"

#include <assert.h>

#include "client/store/column.h"
#include "client/store/query_sql.h"

void
query_sql_territories(sqlite3_str *sql, const char *column,
	struct query_territories territories)
{
	if (!territories.numbers)
		return;
	sqlite3_str_appendf(sql, " AND %s IN (", column);
	for (size_t i = 0; i < territories.count; i++)
		sqlite3_str_appendf(
			sql, i ? ", %u" : "%u", territories.numbers[i]);
	sqlite3_str_appendall(sql, ")");
}

void
query_sql_without_mark(
	sqlite3_str *sql, const struct table *table, uint32_t mark)
{
	const struct slot *slot = table_slot(table, mark);

	if (slot && slot->mark)
		sqlite3_str_appendf(
			sql, " AND t.\"%w\" = 0", slot->columns[0].name);
}

const char *
query_sql_title(const struct table *table, const char *field)
{
	const struct schema_field *found =
		field ? schema_field_named(table->type, field) : NULL;
	const struct slot *slot =
		found ? table_slot(table, found->number) : NULL;

	return slot ? slot->columns[0].name : NULL;
}

static bool
mark_shown(const struct table *table, sqlite3_stmt *statement, uint32_t mark)
{
	const struct slot *slot = table_slot(table, mark);

	return slot && slot->mark &&
		sqlite3_column_int(
			statement, COLUMN_FIRST + (int)slot->first) != 0;
}

enum status
query_sql_row(struct store_sqlite *s, const struct table *table,
	sqlite3_stmt *statement, struct query_row *row, struct record *record)
{
	enum status status;

	*row = (struct query_row){.type = table->type,
		.record = record,
		.territory = (uint32_t)sqlite3_column_int64(
			statement, COLUMN_TERRITORY),
		.archived = mark_shown(table, statement, SCHEMA_ARCHIVED),
		.moved = mark_shown(table, statement, SCHEMA_MOVED),
		.joined = mark_shown(table, statement, SCHEMA_JOINED)};
	status = row_read(s, table, table->type->number, statement, record,
		&row->conflicts);
	row->id = record->id;
	row->id_size = record->id_size;
	return status;
}

enum status
query_sql_rows(struct store_sqlite *s, const struct table *table,
	sqlite3_stmt *statement, query_row_cb *found, void *self, size_t *rows)
{
	struct record record = {0};
	enum status status;

	while ((status = statement_next(s, statement)) == STATUS_OK) {
		struct query_row row;

		status = query_sql_row(s, table, statement, &row, &record);
		if (status != STATUS_OK)
			break;
		if (rows)
			++*rows;
		if (!found(self, &row))
			break;
	}
	(void)sqlite3_finalize(statement); /* its problem is noted */
	record_clear(&record);
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* A field's slot, or the one column of it that a filter names. */
static struct slot
filter_slot(const struct table *table, const struct query_filter *filter)
{
	const struct set_table *set = table_set(table, filter->field->number);
	const struct slot *whole =
		set ? &set->slot : table_slot(table, filter->field->number);
	struct slot slot;

	assert(whole); /* a field of this type */
	slot = *whole;
	for (uint32_t i = 0; filter->part && i < whole->count; i++)
		if (whole->columns[i].part == filter->part->number) {
			slot.columns = &whole->columns[i];
			slot.first = whole->first + i;
			slot.count = 1;
		}
	return slot;
}

/* Adds ` AND <columns> IS ?…`, within the set's table for a set. */
static void
append_filter(sqlite3_str *sql, const struct table *table,
	const struct query_filter *filter)
{
	const struct set_table *set = table_set(table, filter->field->number);
	struct slot slot = filter_slot(table, filter);

	if (set)
		sqlite3_str_appendf(sql,
			" AND EXISTS (SELECT 1 FROM \"%w\" s WHERE s.id = t.id"
			" AND s._territory = t._territory",
			set->name);
	for (uint32_t i = 0; i < slot.count; i++)
		sqlite3_str_appendf(sql, " AND %s.\"%w\" IS ?", set ? "s" : "t",
			slot.columns[i].name);
	if (set)
		sqlite3_str_appendall(sql, ")");
}

static void
append_where(sqlite3_str *sql, const struct table *table,
	const struct query_options *options)
{
	sqlite3_str_appendall(sql, " WHERE 1");
	if (options->id)
		sqlite3_str_appendall(sql, " AND t.id = ?");
	for (size_t i = 0; i < options->filter_count; i++)
		append_filter(sql, table, &options->filters[i]);
	query_sql_territories(sql, "t._territory", options->territories);
	if (!options->archived)
		query_sql_without_mark(sql, table, SCHEMA_ARCHIVED);
	if (!options->moved)
		query_sql_without_mark(sql, table, SCHEMA_MOVED);
}

/* Whether all filters can hold at all: their values fit their columns. */
static bool
bind_where(sqlite3_stmt *statement, const struct table *table,
	const struct query_options *options)
{
	static const uint8_t nil = 0xc0;
	bool may_hold = true;
	int at = 1;

	if (options->id)
		bind_blob(statement, at++, options->id, options->id_size);
	for (size_t i = 0; i < options->filter_count; i++) {
		const struct query_filter *filter = &options->filters[i];
		struct slot slot = filter_slot(table, filter);
		/* A part's value stands alone, not in its tuple. */
		struct column column = slot.columns[0];
		bool empty = filter->value.size == 0 ||
			(filter->value.size == 1 &&
				filter->value.bytes[0] == nil);

		if (filter->part) {
			column.part = 0;
			slot.columns = &column;
		}
		if (!column_bind(statement, at, &slot, filter->value) && !empty)
			may_hold = false;
		at += (int)slot.count;
	}
	return may_hold;
}

static void
append_order(sqlite3_str *sql, const struct table *table,
	const struct query_options *options)
{
	const char *title = query_sql_title(table, table->type->title);
	const char *other = query_sql_title(table, table->type->title_else);

	sqlite3_str_appendall(sql, " ORDER BY ");
	if (options->order == QUERY_TITLE && title && other)
		sqlite3_str_appendf(sql,
			"coalesce(nullif(t.\"%w\", ''), t.\"%w\")"
			" COLLATE NOCASE, ",
			title, other);
	else if (options->order == QUERY_TITLE && title)
		sqlite3_str_appendf(sql, "t.\"%w\" COLLATE NOCASE, ", title);
	sqlite3_str_appendf(sql, "t.id%s, t._territory",
		options->order == QUERY_NEWEST ? " DESC" : "");
	if (options->limit || options->offset)
		sqlite3_str_appendf(sql, " LIMIT %lld OFFSET %lld",
			options->limit ? (long long)options->limit : -1LL,
			(long long)options->offset);
}

enum status
query_rows(struct store *store, const struct query_options *options,
	query_row_cb *found, void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	const struct table *table = table_find(&s->tables, options->type);
	sqlite3_stmt *statement = NULL;
	sqlite3_str *sql;

	if (!table)
		return STATUS_ABSENT;
	sql = sqlite3_str_new(s->db);
	row_select(sql, table);
	append_where(sql, table, options);
	append_order(sql, table, options);
	if (!statement_made(s, &statement, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	if (!bind_where(statement, table, options)) {
		(void)sqlite3_finalize(statement); /* it never ran */
		return STATUS_OK;
	}
	return query_sql_rows(s, table, statement, found, self, NULL);
}

enum status
query_count(struct store *store, const struct query_options *options,
	uint64_t *count)
{
	struct store_sqlite *s = store_enter(store->self);
	const struct table *table = table_find(&s->tables, options->type);
	sqlite3_stmt *statement = NULL;
	enum status status = STATUS_OK;
	sqlite3_str *sql;

	*count = 0;
	if (!table)
		return STATUS_ABSENT;
	sql = sqlite3_str_new(s->db);
	sqlite3_str_appendf(
		sql, "SELECT count(*) FROM \"%w\" t", table->type->name);
	append_where(sql, table, options);
	if (!statement_made(s, &statement, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	if (bind_where(statement, table, options)) {
		status = statement_next(s, statement);
		if (status == STATUS_OK)
			*count = (uint64_t)sqlite3_column_int64(statement, 0);
	}
	(void)sqlite3_finalize(statement); /* its problem is noted */
	return status;
}

static bool
is_nil(struct pack_view value)
{
	struct unpack unpack;

	unpack_init(&unpack, value.bytes, value.size);
	return unpack_nil(&unpack);
}

bool
query_row_value(const struct query_row *row, const struct schema_field *field,
	struct pack_view *value)
{
	static const uint8_t truth[] = {0xc2, 0xc3}; /* false, true */
	struct pack_view none = {0};
	const struct reg *reg;

	if (schema_is_mark(row->type->number, field->number)) {
		bool on = field->number == SCHEMA_ARCHIVED ? row->archived
			: field->number == SCHEMA_MOVED    ? row->moved
							   : row->joined;

		*value = (struct pack_view){&truth[on], 1};
		return true;
	}
	reg = record_find(row->record, field->number, field->kind, none);
	if (!reg || !reg->version_count || reg->versions[0].value.size == 0 ||
		is_nil(reg->versions[0].value))
		return false;
	*value = reg->versions[0].value;
	return true;
}

bool
query_row_part(const struct query_row *row, const struct schema_field *field,
	const struct schema_part *part, struct pack_view *value)
{
	struct pack_view whole;
	struct unpack unpack;
	uint32_t pairs;

	if (!query_row_value(row, field, &whole))
		return false;
	unpack_init(&unpack, whole.bytes, whole.size);
	if (!unpack_map(&unpack, SCHEMA_VALUE_MAX, &pairs))
		return false;
	for (; pairs; pairs--) {
		struct pack_view of;
		int64_t key;

		if (!unpack_integer(&unpack, INT64_MIN, INT64_MAX, &key) ||
			!unpack_value(&unpack, &of))
			return false;
		if (key == part->number) {
			*value = of;
			return true;
		}
	}
	return false;
}

void
query_row_elements(const struct query_row *row,
	const struct schema_field *field, query_element_cb *found, void *self)
{
	for (uint32_t i = 0; i < row->record->reg_count; i++) {
		const struct reg *reg = &row->record->regs[i];

		if (reg->field == field->number && reg->kind == KIND_SET &&
			reg->version_count)
			found(self, reg->element);
	}
}
