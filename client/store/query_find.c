#include <ctype.h>
#include <string.h>

#include "client/store/query_sql.h"

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

/* A record that moved stands for itself only where its new place is not seen.
 */
static void
append_not_moved(sqlite3_str *sql, const struct table *table,
	struct query_territories territories)
{
	const struct slot *slot = table_slot(table, SCHEMA_MOVED);

	if (!slot || !slot->mark)
		return;
	sqlite3_str_appendf(sql,
		" AND (t.\"%w\" = 0 OR NOT EXISTS (SELECT 1 FROM \"%w\" o"
		" WHERE o.id = t.id AND o.\"%w\" = 0",
		slot->columns[0].name, table->type->name,
		slot->columns[0].name);
	query_sql_territories(sql, "o._territory", territories);
	sqlite3_str_appendall(sql, "))");
}

struct finding {
	const struct table *table;
	struct query_territories territories;
	const char *text;
	const char *digits;
	size_t digit_count; /* 0: the text is no piece of an id */
	size_t id_size;
	bool whole; /* a whole id */
	bool ignore_case;
};

/* Parameters: 1 and 2 the range of a beginning, 3 an end, 4 the text. */
static void
append_match(sqlite3_str *sql, const struct finding *f)
{
	const char *names[2];
	const char *compare = f->ignore_case ? "COLLATE NOCASE = ?4" : "= ?4";

	names[0] = query_sql_title(f->table, f->table->type->title);
	names[1] = query_sql_title(f->table, f->table->type->title_else);
	sqlite3_str_appendall(sql, " WHERE (0");
	if (f->digit_count && !f->ignore_case)
		sqlite3_str_appendall(sql, " OR t.id BETWEEN ?1 AND ?2");
	if (f->digit_count && !f->ignore_case && !f->whole)
		sqlite3_str_appendf(sql, " OR substr(hex(t.id), -%d) = ?3",
			(int)f->digit_count);
	for (int i = 0; i < 2 && !f->whole; i++)
		if (names[i])
			sqlite3_str_appendf(
				sql, " OR t.\"%w\" %s", names[i], compare);
	sqlite3_str_appendall(sql, ")");
}

static enum status
find_once(struct store_sqlite *s, const struct finding *f, query_row_cb *found,
	void *self, size_t *rows)
{
	uint8_t low[RECORD_ID_MAX] = {0}, high[RECORD_ID_MAX] = {0};
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *statement = NULL;
	int parameters;

	row_select(sql, f->table);
	append_match(sql, f);
	query_sql_territories(sql, "t._territory", f->territories);
	append_not_moved(sql, f->table, f->territories);
	sqlite3_str_appendall(sql, " ORDER BY t.id DESC, t._territory");
	if (!statement_made(s, &statement, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	digits_pad(low, f->id_size, f->digits, 0x0);
	digits_pad(high, f->id_size, f->digits, 0xf);
	parameters = sqlite3_bind_parameter_count(statement);
	if (parameters >= 2) {
		bind_blob(statement, 1, low, f->id_size);
		bind_blob(statement, 2, high, f->id_size);
	}
	if (parameters >= 3)
		bind_text(statement, 3, f->digits);
	if (parameters >= 4)
		bind_text(statement, 4, f->text);
	return query_sql_rows(s, f->table, statement, found, self, rows);
}

enum status
query_find(struct store *store, uint32_t type,
	struct query_territories territories, const char *text,
	query_row_cb *found, void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	char digits[DIGITS_MAX + 1] = {0};
	struct finding f = {.table = table_find(&s->tables, type),
		.territories = territories,
		.text = text,
		.digits = digits,
		.digit_count = hex_digits(digits, text),
		.id_size = type == SCHEMA_ALIAS ? RECORD_ID_MAX : ID_BYTES};
	enum status status;
	size_t rows = 0;

	if (!f.table)
		return STATUS_ABSENT;
	if (f.digit_count > 2 * f.id_size)
		f.digit_count = 0;
	if (f.digit_count == 0)
		digits[0] = 0;
	f.whole = f.digit_count == 2 * f.id_size;
	status = find_once(s, &f, found, self, &rows);
	if (status != STATUS_OK || rows || f.whole)
		return status;
	f.ignore_case = true;
	return find_once(s, &f, found, self, &rows);
}
