/*
 * Lists out of the store's tables (client/store/table.h has their names).
 * What is in a list is decided here; what is shown of a record is loaded.
 */

#include "client/node/list.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/column.h"
#include "client/store/store_sqlite.h"
#include "client/store/table.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

void
found_list_clear(struct found_list *found)
{
	free(found->list);
	*found = (struct found_list){0};
}

static void
found_add(struct found_list *found, const struct found_record *record)
{
	if (found->count == found->room) {
		found->room = found->room ? found->room * 2 : 16;
		found->list = alloc_again(
			found->list, found->room * sizeof *found->list);
	}
	found->list[found->count++] = *record;
}

/* ---- one statement: put together, bound, run ---- */

struct asking {
	struct node *node;
	const struct table *table;
	sqlite3_str *sql;
};

/* SELECT … FROM the type's table, of territories that may be read. */
static void
ask_select(struct asking *ask, bool archived, const uint32_t *territory)
{
	uint32_t *numbers = NULL, count = 0;

	ask->sql = sqlite3_str_new(store_sqlite_handle(ask->node->store));
	sqlite3_str_appendf(ask->sql,
		"SELECT t.id, t._territory FROM \"%w\" t WHERE t._territory"
		" IN (",
		ask->table->type->name);
	if (territory) {
		sqlite3_str_appendf(ask->sql, "%u", *territory);
	} else {
		node_readable(ask->node, &numbers, &count);
		for (uint32_t i = 0; i < count; i++)
			sqlite3_str_appendf(
				ask->sql, i ? ",%u" : "%u", numbers[i]);
		free(numbers);
	}
	sqlite3_str_appendall(ask->sql, ")");
	if (archived)
		return;
	/* The column of a mark holds what is shown of it. */
	if (schema_field(ask->table->type, SCHEMA_ARCHIVED))
		sqlite3_str_appendall(ask->sql, " AND NOT t.archived");
	if (schema_field(ask->table->type, SCHEMA_MOVED))
		sqlite3_str_appendall(ask->sql, " AND NOT t.moved");
}

static bool
disk_problem(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

static bool
ask_prepare(
	struct asking *ask, sqlite3_stmt **statement, struct problem *problem)
{
	char *sql = sqlite3_str_finish(ask->sql);
	int code = SQLITE_NOMEM;

	if (sql)
		code = sqlite3_prepare_v2(store_sqlite_handle(ask->node->store),
			sql, -1, statement, NULL);
	sqlite3_free(sql);
	return code == SQLITE_OK || disk_problem(ask->node, problem);
}

/* Runs it to its end; finalizes. */
static bool
ask_run(struct asking *ask, sqlite3_stmt *statement, struct found_list *found,
	struct problem *problem)
{
	int code;

	while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
		struct found_record record = {.type = ask->table->type};
		int size = sqlite3_column_bytes(statement, 0);

		if (size <= 0 || size > RECORD_ID_MAX)
			continue;
		record.id_size = (size_t)size;
		memcpy(record.id, sqlite3_column_blob(statement, 0),
			record.id_size);
		record.territory = (uint32_t)sqlite3_column_int64(statement, 1);
		found_add(found, &record);
	}
	(void)sqlite3_finalize(statement); /* repeats the error */
	return code == SQLITE_DONE || disk_problem(ask->node, problem);
}

static bool
ask_all(struct asking *ask, struct found_list *found, struct problem *problem)
{
	sqlite3_stmt *statement = NULL;

	return ask_prepare(ask, &statement, problem) &&
		ask_run(ask, statement, found, problem);
}

/* ---- lists ---- */

/* A part of the body as a slot of its own, so that it binds as a field. */
static struct slot
part_slot(const struct slot *body, const struct schema_part *part,
	struct column *column)
{
	for (uint32_t i = 0; i < body->count; i++)
		if (body->columns[i].part == part->number)
			*column = body->columns[i];
	column->part = 0;
	return (struct slot){.columns = column, .count = 1};
}

/* The slot that a filter looks at; *set when it is one of a set's table. */
static struct slot
filter_slot(const struct table *table, const struct list_filter *filter,
	struct column *column, const char **set)
{
	*set = NULL;
	if (filter->field->kind == KIND_SET) {
		const struct set_table *t =
			table_set(table, filter->field->number);

		*set = t->name;
		return t->slot;
	}
	if (filter->part)
		return part_slot(table_slot(table, filter->field->number),
			filter->part, column);
	return *table_slot(table, filter->field->number);
}

static void
ask_filter(struct asking *ask, const struct list_filter *filter)
{
	const char *set;
	struct column column = {0};
	struct slot slot = filter_slot(ask->table, filter, &column, &set);

	if (set)
		sqlite3_str_appendf(ask->sql,
			" AND EXISTS (SELECT 1 FROM \"%w\" s WHERE s.id = t.id"
			" AND s._territory = t._territory",
			set);
	for (uint32_t i = 0; i < slot.count; i++)
		sqlite3_str_appendf(ask->sql, " AND %s.\"%w\" IS ?",
			set ? "s" : "t", slot.columns[i].name);
	if (set)
		sqlite3_str_appendall(ask->sql, ")");
}

static void
bind_filters(sqlite3_stmt *statement, const struct asking *ask,
	const struct list_query *query)
{
	int at = 1;

	for (size_t i = 0; i < query->filter_count; i++) {
		const char *set;
		struct column column = {0};
		struct slot slot = filter_slot(
			ask->table, &query->filters[i], &column, &set);

		(void)column_bind(
			statement, at, &slot, query->filters[i].value);
		at += (int)slot.count;
	}
}

static void
ask_order(struct asking *ask, const struct list_query *query)
{
	const char *direction = query->descending ? "DESC" : "ASC";
	const struct schema_field *field = query->order
		? schema_field_named(query->type, query->order)
		: NULL;
	const struct slot *slot =
		field ? table_slot(ask->table, field->number) : NULL;

	sqlite3_str_appendall(ask->sql, " ORDER BY ");
	if (slot)
		sqlite3_str_appendf(ask->sql, "t.\"%w\" %s, ",
			slot->columns[0].name, direction);
	sqlite3_str_appendf(
		ask->sql, "t.id %s, t._territory", slot ? direction : "ASC");
	if (query->limit || query->offset)
		sqlite3_str_appendf(ask->sql, " LIMIT %lld OFFSET %lld",
			query->limit ? (long long)query->limit : -1LL,
			(long long)query->offset);
}

bool
node_list(struct node *node, const struct list_query *query,
	struct found_list *found, struct problem *problem)
{
	struct tables tables;
	struct asking ask = {.node = node};
	sqlite3_stmt *statement = NULL;
	bool listed;

	tables_init(&tables, node->schema);
	ask.table = table_find(&tables, query->type->number);
	ask_select(&ask, query->archived, query->territory);
	for (size_t i = 0; i < query->filter_count; i++)
		ask_filter(&ask, &query->filters[i]);
	ask_order(&ask, query);
	listed = ask_prepare(&ask, &statement, problem);
	if (listed) {
		bind_filters(statement, &ask, query);
		listed = ask_run(&ask, statement, found, problem);
	}
	tables_clear(&tables);
	return listed;
}

/* ---- searching ---- */

static bool
is_text(enum schema_form form)
{
	return form == FORM_TEXT || form == FORM_PROSE || form == FORM_OPEN ||
		form == FORM_CODE || form == FORM_DATE;
}

/* `a LIKE '%word%' OR b LIKE …` over text columns; returns how many. */
static size_t
ask_contains(sqlite3_str *sql, const char *table, const struct slot *slot,
	const char *word, size_t before)
{
	for (uint32_t i = 0; i < slot->count; i++)
		if (is_text(slot->columns[i].form))
			sqlite3_str_appendf(sql,
				"%s instr(lower(%s.\"%w\"), lower(%Q))",
				before++ ? " OR" : "", table,
				slot->columns[i].name, word);
	return before;
}

static size_t
text_columns(const struct slot *slot)
{
	size_t count = 0;

	for (uint32_t i = 0; i < slot->count; i++)
		count += is_text(slot->columns[i].form);
	return count;
}

/* The word stands in some text of the record, those of its sets included. */
static void
ask_word(struct asking *ask, const char *word)
{
	const struct table *table = ask->table;
	size_t count = 0;

	sqlite3_str_appendall(ask->sql, " AND (");
	for (uint32_t i = 0; i < table->slot_count; i++)
		count = ask_contains(
			ask->sql, "t", &table->slots[i], word, count);
	for (uint32_t i = 0; i < table->set_count; i++) {
		const struct set_table *set = &table->sets[i];

		if (!text_columns(&set->slot))
			continue;
		sqlite3_str_appendf(ask->sql,
			"%s EXISTS (SELECT 1 FROM \"%w\" s WHERE s.id = t.id"
			" AND s._territory = t._territory AND (",
			count++ ? " OR" : "", set->name);
		(void)ask_contains(ask->sql, "s", &set->slot, word, 0);
		sqlite3_str_appendall(ask->sql, "))");
	}
	sqlite3_str_appendall(ask->sql, count ? ")" : "0)");
}

static bool
is_business(const struct schema_type *type)
{
	return !type->directory && type->number != SCHEMA_ALIAS;
}

bool
node_search(struct node *node, const char *const *words, size_t word_count,
	size_t limit, struct found_list *found, struct problem *problem)
{
	struct tables tables;
	bool searched = true;

	tables_init(&tables, node->schema);
	for (size_t i = 0; i < tables.count && searched; i++) {
		struct asking ask = {.node = node, .table = &tables.list[i]};

		if (!is_business(ask.table->type))
			continue;
		ask_select(&ask, true, NULL);
		for (size_t w = 0; w < word_count; w++)
			ask_word(&ask, words[w]);
		sqlite3_str_appendall(ask.sql, " ORDER BY t.id");
		if (limit)
			sqlite3_str_appendf(
				ask.sql, " LIMIT %lld", (long long)limit);
		searched = ask_all(&ask, found, problem);
	}
	tables_clear(&tables);
	return searched;
}

/* ---- finding one ---- */

/* The ways in which a person may mean a record, from the surest on. */
enum meaning { MEANS_ID, MEANS_NAME, MEANS_DIGITS, MEANS_PART_OF_NAME };

enum { DIGITS_MIN = 4, DIGITS_MAX = 2 * ID_BYTES };

/* The digits of an id or a part of one, dashes left out; 0 for other text. */
static size_t
digits_of(const char *text, char out[static DIGITS_MAX + 1])
{
	size_t count = 0;

	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (!strchr("0123456789abcdefABCDEF", *text) ||
			count == DIGITS_MAX)
			return 0;
		out[count++] = *text;
	}
	out[count] = '\0';
	return count;
}

/* Fields by which records of a type are named, aliases included. */
static void
ask_name(struct asking *ask, const char *text, bool whole)
{
	const char *names[] = {
		ask->table->type->title, ask->table->type->title_else};
	size_t count = 0;

	sqlite3_str_appendall(ask->sql, " AND (");
	for (size_t i = 0; i < 2 && names[i]; i++)
		sqlite3_str_appendf(ask->sql,
			whole ? "%s t.\"%w\" = %Q"
			      : "%s instr(lower(t.\"%w\"), lower(%Q))",
			count++ ? " OR" : "", names[i], text);
	for (uint32_t i = 0; i < ask->table->set_count; i++) {
		const struct set_table *set = &ask->table->sets[i];

		if (strcmp(set->slot.field->name, "aliases") != 0)
			continue;
		sqlite3_str_appendf(ask->sql,
			whole ? "%s t.id IN (SELECT id FROM \"%w\" WHERE"
				" \"%w\" = %Q)"
			      : "%s t.id IN (SELECT id FROM \"%w\" WHERE"
				" instr(lower(\"%w\"), lower(%Q)))",
			count++ ? " OR" : "", set->name,
			set->slot.columns[0].name, text);
	}
	sqlite3_str_appendall(ask->sql, count ? ")" : "0)");
}

static bool
ask_meaning(struct asking *ask, enum meaning meaning, const char *text,
	struct found_list *found, struct problem *problem)
{
	char digits[DIGITS_MAX + 1];
	size_t count = digits_of(text, digits);

	if (meaning == MEANS_ID && count != DIGITS_MAX)
		return true;
	if (meaning == MEANS_DIGITS &&
		(count < DIGITS_MIN || count == DIGITS_MAX))
		return true;
	ask_select(ask, true, NULL);
	switch (meaning) {
	case MEANS_ID:
		sqlite3_str_appendf(ask->sql, " AND t.id = x'%s'", digits);
		break;
	case MEANS_DIGITS:
		sqlite3_str_appendf(ask->sql,
			" AND (hex(t.id) LIKE '%s%%' OR hex(t.id) LIKE '%%%s')",
			digits, digits);
		break;
	case MEANS_NAME:
	case MEANS_PART_OF_NAME:
		ask_name(ask, text, meaning == MEANS_NAME);
		break;
	}
	sqlite3_str_appendall(ask->sql, " ORDER BY t.id LIMIT 64");
	return ask_all(ask, found, problem);
}

/*
 * Of a record that moved, keeps the copy that it moved to; and of several that
 * go by one name those that are not archived, if any.
 */
static void
prefer_open(struct node *node, struct found_list *found, bool by_name)
{
	int best = 0;
	size_t kept = 0;
	int *ranks = alloc((found->count + 1) * sizeof *ranks);

	for (size_t i = 0; i < found->count; i++) {
		struct record record = {0};
		struct shown shown;

		if (node_load(node, &found->list[i], &record, &shown))
			ranks[i] = shown.moved              ? 1
				: shown.archived && by_name ? 2
							    : 3;
		record_clear(&record);
		if (ranks[i] > best)
			best = ranks[i];
	}
	for (size_t i = 0; i < found->count; i++)
		if (ranks[i] == best && ranks[i])
			found->list[kept++] = found->list[i];
	found->count = kept;
	free(ranks);
}

static bool
several(struct node *node, const char *text, const struct found_list *found,
	struct problem *problem)
{
	char hint[sizeof problem->hint] = "";
	size_t used = 0;

	for (size_t i = 0; i < found->count; i++) {
		const struct found_record *f = &found->list[i];
		char title[VIEW_TITLE_SIZE], id[VIEW_SHORT_SIZE];
		char line[VIEW_TITLE_SIZE + 64];
		size_t size;

		node_title(node, f->type, f->id, f->id_size, title);
		view_short_id(f->id, f->id_size, id);
		(void)snprintf(line, sizeof line, "%s%s %s (%s)",
			used ? "; " : "", id, title,
			text_pick(f->type->en, f->type->zh));
		size = strlen(line);
		if (used + size + 4 >= sizeof hint) {
			memcpy(hint + used, " …", sizeof " …");
			break;
		}
		memcpy(hint + used, line, size + 1);
		used += size;
	}
	problem_set(problem, EXIT_AMBIGUOUS, T("%s may be any of %zu records"),
		text, found->count);
	return problem_hint(problem, "%s", hint);
}

static bool
none(const struct schema_type *type, const char *text, struct problem *problem)
{
	problem_set(problem, EXIT_NOT_FOUND, T("there is no %s %s here"),
		type ? text_pick(type->en, type->zh) : T("record"), text);
	if (type && is_business(type))
		return problem_hint(problem,
			T("roadbook %s list shows them; the last six digits "
			  "of an id are enough"),
			type->name);
	return problem_hint(problem, T("roadbook search TEXT looks for it"));
}

bool
node_find(struct node *node, const struct schema_type *type, const char *text,
	struct found_record *found, struct problem *problem)
{
	struct found_list list = {0};
	struct tables tables;
	bool searched = true;
	bool one = false;

	tables_init(&tables, node->schema);
	for (int m = MEANS_ID; m <= MEANS_PART_OF_NAME && searched; m++) {
		if (!*text || list.count)
			break;
		for (size_t i = 0; i < tables.count && searched; i++) {
			struct asking ask = {
				.node = node, .table = &tables.list[i]};

			if (type ? ask.table->type == type
				 : is_business(ask.table->type))
				searched = ask_meaning(&ask, (enum meaning)m,
					text, &list, problem);
		}
		prefer_open(node, &list,
			m == MEANS_NAME || m == MEANS_PART_OF_NAME);
	}
	tables_clear(&tables);
	if (searched && list.count == 1) {
		*found = list.list[0];
		one = true;
	} else if (searched) {
		(void)(list.count ? several(node, text, &list, problem)
				  : none(type, text, problem));
	}
	found_list_clear(&list);
	return one;
}

/* Users go by login, name, id or a part of one. */
static bool
find_user(struct node *node, const struct schema_type *type, const char *text,
	uint8_t id[static ID_BYTES], struct problem *problem)
{
	const struct policy_user *user = policy_user_login(node->policy, text);
	const struct policy_user *one = NULL;
	size_t count = 0;

	for (uint32_t i = 0; !user && (one = policy_user_at(node->policy, i));
		i++) {
		char whole[ID_TEXT_SIZE];
		size_t size = strlen(text);

		id_format(whole, one->id);
		if (strcmp(one->name, text) == 0 || strcmp(whole, text) == 0 ||
			(size >= DIGITS_MIN && size < sizeof whole &&
				strcmp(whole + sizeof whole - 1 - size, text) ==
					0)) {
			memcpy(id, one->id, ID_BYTES);
			count++;
		}
	}
	if (user)
		memcpy(id, user->id, ID_BYTES);
	if (user || count == 1)
		return true;
	if (!count)
		return none(type, text, problem);
	problem_set(problem, EXIT_AMBIGUOUS, T("%zu users are called %s"),
		count, text);
	return problem_hint(problem, T("name the login"));
}

bool
node_find_id(struct node *node, const struct schema_type *type,
	const char *text, uint8_t id[static ID_BYTES], struct problem *problem)
{
	struct found_record found;

	if (type->number == TYPE_USER)
		return find_user(node, type, text, id, problem);
	if (!node_find(node, type, text, &found, problem))
		return false;
	memcpy(id, found.id, ID_BYTES);
	return true;
}
