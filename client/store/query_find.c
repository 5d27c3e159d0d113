#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/candidates.h"
#include "client/store/query_sql.h"
#include "client/store/search_index.h"
#include "client/store/texts.h"
#include "client/store/tokens.h"
#include "sync/alloc.h"

/* Which record a person means. */

enum { DIGITS_MIN = 4, DIGITS_MAX = 2 * RECORD_ID_MAX };

/* The hex digits of a UUID or of a piece of one, upper case; 0 if it is none.
 */
static size_t
hex_digits(char digits[static DIGITS_MAX + 1], const char *text)
{
	size_t count = 0;

	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (!isxdigit((unsigned char)*text) || count == DIGITS_MAX)
			return 0;
		digits[count++] = (char)toupper((unsigned char)*text);
	}
	digits[count] = 0;
	return count >= DIGITS_MIN ? count : 0;
}

/* The bytes whose digits begin with these, and go on with `filler`. */
static void
digits_pad(uint8_t *bytes, size_t size, const char *digits, uint8_t filler)
{
	for (size_t i = 0; i < size * 2; i++) {
		uint8_t nibble = filler;

		if (*digits) {
			nibble = (uint8_t)(*digits <= '9' ? *digits - '0'
							  : *digits - 'A' + 10);
			digits++;
		}
		bytes[i / 2] = (uint8_t)(bytes[i / 2] << 4 | nibble);
	}
}

struct finding {
	struct store_sqlite *s;
	struct table *table;
	struct query_territories territories;
	const char *text;
	const char *digits; /* upper case */
	size_t digit_count; /* 0: the text is no piece of an id */
	size_t id_size;
	bool whole; /* a whole id */
	bool ignore_case;
	struct candidate *list;
	size_t count;
};

static bool
is_readable(const struct finding *f, uint32_t territory)
{
	for (size_t i = 0; f->territories.numbers && i < f->territories.count;
		i++)
		if (f->territories.numbers[i] == territory)
			return true;
	return !f->territories.numbers;
}

static void
add(struct finding *f, const struct candidate *candidate)
{
	if (!is_readable(f, candidate->territory))
		return;
	if ((f->count & (f->count - 1)) == 0)
		f->list = alloc_again(f->list,
			(f->count ? f->count * 2 : 1) * sizeof *f->list);
	f->list[f->count++] = *candidate;
}

/* Adds all rows (id, _territory) that the statement gives. */
static enum status
take_all(struct finding *f, sqlite3_stmt *statement)
{
	struct candidate candidate;
	enum status status;

	while ((status = statement_next(f->s, statement)) == STATUS_OK) {
		candidate_read(&candidate, statement);
		add(f, &candidate);
	}
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* ---- by what SQL has an index for ---- */

static enum status
find_beginning(struct finding *f)
{
	uint8_t low[RECORD_ID_MAX] = {0}, high[RECORD_ID_MAX] = {0};
	sqlite3_stmt *statement = f->table->by_id;

	if (!statement)
		statement = statement_made(f->s, &f->table->by_id,
			sqlite3_mprintf("SELECT id, _territory FROM \"%w\""
					" WHERE id BETWEEN ?1 AND ?2",
				f->table->type->name));
	if (!statement)
		return STATUS_FAILED;
	digits_pad(low, f->id_size, f->digits, 0x0);
	digits_pad(high, f->id_size, f->digits, 0xf);
	bind_blob(statement, 1, low, f->id_size);
	bind_blob(statement, 2, high, f->id_size);
	return take_all(f, statement);
}

/* The columns of the titles; false when SQL has no index for them. */
static bool
title_columns(const struct table *table, const char *names[static 2])
{
	bool indexed = true;

	names[0] = query_sql_title(table, table->type->title);
	names[1] = query_sql_title(table, table->type->title_else);
	for (int i = 0; i < 2; i++) {
		const char *field =
			i ? table->type->title_else : table->type->title;

		if (names[i] &&
			schema_field_named(table->type, field)->form !=
				FORM_TEXT)
			indexed = false;
	}
	return indexed;
}

static enum status
find_title(struct finding *f, const char *const names[static 2])
{
	sqlite3_stmt **slot = f->ignore_case ? &f->table->by_title_nocase
					     : &f->table->by_title;
	sqlite3_str *sql;

	if (!*slot) {
		sql = sqlite3_str_new(f->s->db);
		for (int i = 0; i < 2 && names[i]; i++) {
			sqlite3_str_appendf(sql,
				"%sSELECT id, _territory FROM \"%w\""
				" WHERE \"%w\" = ?1 COLLATE NOCASE",
				i ? " UNION " : "", f->table->type->name,
				names[i]);
			if (!f->ignore_case)
				sqlite3_str_appendf(sql,
					" AND \"%w\" = ?1 COLLATE BINARY",
					names[i]);
		}
		if (!statement_made(f->s, slot, sqlite3_str_finish(sql)))
			return STATUS_FAILED;
	}
	bind_text(*slot, 1, f->text);
	return take_all(f, *slot);
}

/* ---- by the search index ---- */

/* Of what the index has not, or as it was before; ?1 is bound by the caller. */
static sqlite3_stmt *
beyond_statement(struct finding *f, const char *condition, int64_t last)
{
	sqlite3_stmt *statement = NULL;
	sqlite3_str *sql = sqlite3_str_new(f->s->db);
	const char *name = f->table->type->name;

	sqlite3_str_appendf(sql,
		"SELECT t.id, t._territory FROM \"%w\" t"
		" WHERE t.rowid > %lld AND (%s)",
		name, (long long)last, condition);
	if (last)
		sqlite3_str_appendf(sql,
			" UNION SELECT t.id, t._territory FROM \"%w\" t"
			" JOIN _search_stale x ON x.id = t.id"
			" AND x.territory = t._territory"
			" WHERE x.type = %u AND (%s)",
			name, (unsigned)f->table->type->number, condition);
	return statement_made(f->s, &statement, sqlite3_str_finish(sql));
}

static enum status
take_candidates(struct finding *f, const char *condition, const char *value,
	const char *expression)
{
	struct candidates candidates = {.s = f->s};
	struct candidate candidate;
	sqlite3_stmt *statement = NULL;
	enum status status = candidates_find(&candidates, expression);

	if (status == STATUS_OK)
		status = candidates_of(
			&candidates, f->table, f->territories, SIZE_MAX);
	if (status == STATUS_OK &&
		!statement_made(f->s, &statement,
			sqlite3_mprintf("SELECT t.id, t._territory"
					" FROM \"%w\" t WHERE (%s)"
					" AND t.id = ?2 AND t._territory = ?3",
				f->table->type->name, condition)))
		status = STATUS_FAILED;
	while (status == STATUS_OK &&
		(status = candidates_next(&candidates, &candidate)) ==
			STATUS_OK) {
		bind_text(statement, 1, value);
		bind_blob(statement, 2, candidate.id, candidate.id_size);
		bind_integer(statement, 3, candidate.territory);
		status = take_all(f, statement);
	}
	(void)sqlite3_finalize(statement); /* its problem is noted */
	candidates_clear(&candidates);
	return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* All rows for which the condition holds of `value`, ?1. */
static enum status
find_indexed(struct finding *f, const char *condition, const char *value,
	const char *expression)
{
	sqlite3_stmt *statement;
	int64_t last = 0;
	enum status status = STATUS_OK;

	if (texts_searched(f->table->type))
		status = search_index_last(f->s, f->table, &last);
	if (status == STATUS_OK && last && expression)
		status = take_candidates(f, condition, value, expression);
	else
		last = 0;
	if (status != STATUS_OK)
		return status;
	statement = beyond_statement(f, condition, last);
	if (!statement)
		return STATUS_FAILED;
	bind_text(statement, 1, value);
	status = take_all(f, statement);
	(void)sqlite3_finalize(statement); /* its problem is noted */
	return status;
}

static enum status
find_end(struct finding *f)
{
	struct buffer expression = {0};
	char condition[64], lower[DIGITS_MAX + 1] = "";
	enum status status;

	for (size_t i = 0; i < f->digit_count; i++)
		lower[i] = (char)tolower((unsigned char)f->digits[i]);
	(void)snprintf(condition, sizeof condition,
		"substr(hex(t.id), -%d) = ?1", (int)f->digit_count);
	tokens_id_expression(&expression, lower);
	status = find_indexed(
		f, condition, f->digits, (const char *)expression.bytes);
	buffer_clear(&expression);
	return status;
}

/* A title of a type whose titles are prose, which SQL has no index for. */
static enum status
find_prose(struct finding *f, const char *const names[static 2])
{
	sqlite3_str *sql = sqlite3_str_new(f->s->db);
	struct buffer expression = {0};
	struct words words = {0};
	char *condition;
	bool usable;
	enum status status;

	for (int i = 0; i < 2 && names[i]; i++)
		sqlite3_str_appendf(sql, "%st.\"%w\" = ?1%s", i ? " OR " : "",
			names[i], f->ignore_case ? " COLLATE NOCASE" : "");
	condition = sqlite3_str_finish(sql);
	if (!condition)
		return store_problem_text(f->s, "out of memory");
	words_read(&words, f->text);
	usable = words.count &&
		tokens_expression(&expression, &words, WORDS_EXACT);
	status = find_indexed(f, condition, f->text,
		usable ? (const char *)expression.bytes : NULL);
	words_clear(&words);
	buffer_clear(&expression);
	sqlite3_free(condition);
	return status;
}

/* ---- telling ---- */

/* A record that moved stands for itself only where its new place is not seen.
 */
static enum status
is_elsewhere(struct finding *f, const struct query_row *row, bool *elsewhere)
{
	const struct slot *slot = table_slot(f->table, SCHEMA_MOVED);
	sqlite3_stmt *statement = NULL;
	enum status status;

	*elsewhere = false;
	if (!row->moved || !slot)
		return STATUS_OK;
	if (!statement_made(f->s, &statement,
		    sqlite3_mprintf("SELECT _territory FROM \"%w\""
				    " WHERE id = ? AND \"%w\" = 0",
			    f->table->type->name, slot->columns[0].name)))
		return STATUS_FAILED;
	bind_blob(statement, 1, row->id, row->id_size);
	while (!*elsewhere &&
		(status = statement_next(f->s, statement)) == STATUS_OK)
		*elsewhere = is_readable(
			f, (uint32_t)sqlite3_column_int64(statement, 0));
	(void)sqlite3_finalize(statement); /* it has been read */
	return *elsewhere || status == STATUS_ABSENT ? STATUS_OK : status;
}

static int
compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	return candidate_order(x->id, x->id_size, x->territory, y->id,
		y->id_size, y->territory);
}

static enum status
tell_one(struct finding *f, const struct candidate *candidate,
	struct record *record, query_row_cb *found, void *self, bool *go_on)
{
	sqlite3_stmt *statement = row_statement(f->s, f->table);
	struct query_row row;
	bool elsewhere = false;
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 1, candidate->id, candidate->id_size);
	bind_integer(statement, 2, candidate->territory);
	status = statement_next(f->s, statement);
	if (status == STATUS_OK) {
		status = query_sql_row(f->s, f->table, statement, &row, record);
		statement_reset(statement);
	}
	if (status == STATUS_OK)
		status = is_elsewhere(f, &row, &elsewhere);
	if (status == STATUS_OK && !elsewhere)
		*go_on = found(self, &row);
	return status;
}

/* Each once, newest first. */
static enum status
tell_all(struct finding *f, query_row_cb *found, void *self)
{
	struct record record = {0};
	enum status status = STATUS_OK;
	bool go_on = true;

	if (f->count)
		qsort(f->list, f->count, sizeof *f->list, compare);
	for (size_t i = 0; i < f->count && status == STATUS_OK && go_on; i++)
		if (!i || compare(&f->list[i - 1], &f->list[i]) != 0)
			status = tell_one(
				f, &f->list[i], &record, found, self, &go_on);
	record_clear(&record);
	return status;
}

static enum status
find_once(struct finding *f)
{
	const char *names[2];
	bool indexed = title_columns(f->table, names);
	enum status status = STATUS_OK;

	if (f->digit_count && !f->ignore_case)
		status = find_beginning(f);
	if (f->whole)
		return status;
	if (status == STATUS_OK && f->digit_count && !f->ignore_case)
		status = find_end(f);
	if (status == STATUS_OK && names[0])
		status = (indexed ? find_title : find_prose)(f, names);
	return status;
}

enum status
query_find(struct store *store, uint32_t type,
	struct query_territories territories, const char *text,
	query_row_cb *found, void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	char digits[DIGITS_MAX + 1] = {0};
	struct finding f = {.s = s,
		.table = table_find(&s->tables, type),
		.territories = territories,
		.text = text,
		.digits = digits,
		.digit_count = hex_digits(digits, text),
		.id_size = type == SCHEMA_ALIAS ? RECORD_ID_MAX : ID_BYTES};
	enum status status;

	if (!f.table)
		return STATUS_ABSENT;
	if (f.digit_count > 2 * f.id_size)
		f.digit_count = 0;
	if (f.digit_count == 0)
		digits[0] = 0;
	f.whole = f.digit_count == 2 * f.id_size;
	status = find_once(&f);
	if (status == STATUS_OK && !f.count && !f.whole) {
		f.ignore_case = true;
		status = find_once(&f);
	}
	if (status == STATUS_OK)
		status = tell_all(&f, found, self);
	free(f.list);
	return status;
}

/* ---- by a part of the title ---- */

struct part {
	struct word word;
	struct fold fold;
	bool found;
	query_row_cb *tell;
	void *self;
};

static bool
look_at_title(void *self, const struct text_shown *shown)
{
	struct part *part = self;
	size_t at;

	if (!shown->title)
		return true;
	fold_text(&part->fold, shown->text.bytes, shown->text.size);
	part->found = word_in_title(&part->word, &part->fold, &at);
	return !part->found;
}

static bool
tell_part(void *self, const struct query_row *row)
{
	struct part *part = self;

	part->found = false;
	if (!row->moved)
		texts_each(row->type, row->record, look_at_title, part);
	return !part->found || part->tell(part->self, row);
}

enum status
query_find_part(struct store *store, uint32_t type,
	struct query_territories territories, const char *text,
	query_row_cb *found, void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	struct finding f = {.s = s,
		.table = table_find(&s->tables, type),
		.territories = territories};
	struct part part = {.tell = found, .self = self};
	struct buffer expression = {0};
	struct words words = {0};
	bool usable;
	enum status status;

	if (!f.table)
		return STATUS_ABSENT;
	words_read(&words, text);
	part.word = (struct word){words.whole.list, words.whole.count, false};
	usable = words.count &&
		tokens_expression(&expression, &words, WORDS_TITLE);
	status = words.count
		? find_indexed(&f, "?1 = ''", "",
			  usable ? (const char *)expression.bytes : NULL)
		: STATUS_OK;
	if (status == STATUS_OK)
		status = tell_all(&f, tell_part, &part);
	free(f.list);
	fold_clear(&part.fold);
	words_clear(&words);
	buffer_clear(&expression);
	return status;
}
