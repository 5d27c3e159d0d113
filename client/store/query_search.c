#include <stdio.h>
#include <string.h>

#include "client/store/query_sql.h"

/* Search without an index: every row is read, every text compared. */

struct word {
	const char *text; /* lower case */
	size_t size;
};

struct searching {
	struct word words[QUERY_WORDS_MAX];
	int word_count;
	size_t left; /* hits; SIZE_MAX without a limit */
	bool stopped;
	query_hit_cb *found;
	void *self;
};

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Cuts the lower-case copy in `buffer` into words. */
static void
split(struct searching *search, char *buffer)
{
	char *rest = buffer;

	while (search->word_count < QUERY_WORDS_MAX) {
		char *word = strtok_r(NULL, " \t\r\n", &rest);

		if (!word)
			return;
		search->words[search->word_count++] =
			(struct word){word, strlen(word)};
	}
}

static bool
is_text(enum schema_form form)
{
	return form == FORM_TEXT || form == FORM_PROSE || form == FORM_DATE ||
		form == FORM_OPEN;
}

/* Adds ` OR instr(lower(<column>), ?N)` for every text column of the slot. */
static void
append_texts(
	sqlite3_str *sql, const struct slot *slot, const char *alias, int word)
{
	for (uint32_t i = 0; i < slot->count; i++)
		if (is_text(slot->columns[i].form))
			sqlite3_str_appendf(sql,
				" OR instr(lower(%s.\"%w\"), ?%d)", alias,
				slot->columns[i].name, word);
}

static bool
slot_has_text(const struct slot *slot)
{
	for (uint32_t i = 0; i < slot->count; i++)
		if (is_text(slot->columns[i].form))
			return true;
	return false;
}

static void
append_word(sqlite3_str *sql, const struct table *table, int word)
{
	sqlite3_str_appendall(sql, " AND (0");
	for (uint32_t i = 0; i < table->slot_count; i++)
		append_texts(sql, &table->slots[i], "t", word);
	for (uint32_t i = 0; i < table->set_count; i++) {
		const struct set_table *set = &table->sets[i];

		if (!slot_has_text(&set->slot))
			continue;
		sqlite3_str_appendf(sql,
			" OR EXISTS (SELECT 1 FROM \"%w\" s"
			" WHERE s.id = t.id AND s._territory = t._territory"
			" AND (0",
			set->name);
		append_texts(sql, &set->slot, "s", word);
		sqlite3_str_appendall(sql, "))");
	}
	sqlite3_str_appendall(sql, ")");
}

/* Where the word begins in the text, or -1. */
static ptrdiff_t
word_at(const struct word *word, struct pack_view text)
{
	for (size_t at = 0; at + word->size <= text.size; at++) {
		size_t i = 0;

		while (i < word->size &&
			lower((char)text.bytes[at + i]) == word->text[i])
			i++;
		if (i == word->size)
			return (ptrdiff_t)at;
	}
	return -1;
}

/* Whether a character begins here: no byte 10xxxxxx. */
static bool
boundary(struct pack_view text, size_t at)
{
	return at >= text.size || (text.bytes[at] & 0xc0) != 0x80;
}

/* A piece of the text with the word in it. */
static void
excerpt(char out[static QUERY_EXCERPT_MAX], struct pack_view text, size_t at)
{
	enum {
		BEFORE = 40,
		DOTS = 3,
		PIECE = QUERY_EXCERPT_MAX - 2 * DOTS - 1
	};
	size_t from = at > BEFORE ? at - BEFORE : 0;
	size_t to = text.size - from > PIECE ? from + PIECE : text.size;

	while (!boundary(text, from))
		from++;
	while (!boundary(text, to))
		to--;
	/* It fits: two ellipses of three bytes, the piece, a zero. */
	(void)snprintf(out, QUERY_EXCERPT_MAX, "%s%.*s%s", from ? "…" : "",
		(int)(to - from), (const char *)text.bytes + from,
		to < text.size ? "…" : "");
}

/* Finds the word in a scalar of the form; fills in the hit. */
static bool
look_at(struct query_hit *hit, char out[static QUERY_EXCERPT_MAX],
	const struct word *word, enum schema_form form, struct pack_view value)
{
	struct pack_view text;
	struct unpack unpack;
	ptrdiff_t at;

	if (!is_text(form))
		return false;
	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_text(&unpack, value.size, &text))
		return false;
	at = word_at(word, text);
	if (at < 0)
		return false;
	excerpt(out, text, (size_t)at);
	hit->excerpt = out;
	return true;
}

static bool
look_into(struct query_hit *hit, char out[static QUERY_EXCERPT_MAX],
	const struct word *word, const struct schema_field *field,
	struct pack_view value)
{
	const struct schema_part *parts;
	size_t count = schema_parts(field, &parts);
	struct unpack unpack;
	uint32_t pairs;

	hit->field = field;
	hit->part = NULL;
	if (!count)
		return look_at(hit, out, word, field->form, value);
	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_map(&unpack, SCHEMA_PART_MAX, &pairs))
		return false;
	for (; pairs; pairs--) {
		struct pack_view of;
		int64_t key;

		if (!unpack_integer(&unpack, 1, UINT32_MAX, &key) ||
			!unpack_value(&unpack, &of))
			return false;
		for (size_t i = 0; i < count; i++) {
			hit->part = &parts[i];
			if (parts[i].number == key &&
				look_at(hit, out, word, parts[i].form, of))
				return true;
		}
	}
	return false;
}

/* Where the first word stands among what is shown. */
static bool
search_row(void *self, const struct query_row *row)
{
	struct searching *search = self;
	char out[QUERY_EXCERPT_MAX] = "";
	struct query_hit hit = {.type = row->type,
		.territory = row->territory,
		.id = row->id,
		.id_size = row->id_size,
		.excerpt = out,
		.row = row};
	bool there = false;

	for (uint32_t i = 0; i < row->record->reg_count && !there; i++) {
		const struct reg *reg = &row->record->regs[i];
		const struct schema_field *field =
			schema_field(row->type, reg->field);

		if (!field || field->kind != reg->kind || !reg->version_count)
			continue;
		there = look_into(&hit, out, &search->words[0], field,
			reg->versions[0].value);
	}
	if (!there)
		return true; /* columns and row disagree: nothing to show */
	if (!search->found(search->self, &hit) || --search->left == 0)
		search->stopped = true;
	return !search->stopped;
}

static enum status
search_table(struct store_sqlite *s, const struct table *table,
	struct query_territories territories, struct searching *search)
{
	sqlite3_str *sql = sqlite3_str_new(s->db);
	sqlite3_stmt *statement = NULL;

	row_select(sql, table);
	sqlite3_str_appendall(sql, " WHERE 1");
	for (int i = 0; i < search->word_count; i++)
		append_word(sql, table, i + 1);
	query_sql_territories(sql, "t._territory", territories);
	query_sql_without_mark(sql, table, SCHEMA_MOVED);
	sqlite3_str_appendall(sql, " ORDER BY t.id DESC, t._territory");
	if (!statement_made(s, &statement, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	for (int i = 0; i < search->word_count; i++)
		if (i < sqlite3_bind_parameter_count(statement))
			bind_text(statement, i + 1, search->words[i].text);
	return query_sql_rows(s, table, statement, search_row, search, NULL);
}

enum status
query_search(struct store *store, const char *text,
	struct query_territories territories, size_t limit, query_hit_cb *found,
	void *self)
{
	struct store_sqlite *s = store_enter(store->self);
	struct searching search = {
		.left = limit ? limit : SIZE_MAX, .found = found, .self = self};
	char *buffer = sqlite3_mprintf("%s", text);
	enum status status = STATUS_OK;

	if (!buffer)
		return store_problem_text(s, "out of memory");
	for (char *c = buffer; *c; c++)
		*c = lower(*c);
	split(&search, buffer);
	for (size_t i = 0; i < s->tables.count && status == STATUS_OK &&
		search.word_count && !search.stopped;
		i++) {
		const struct table *table = &s->tables.list[i];

		if (!table->type->directory && !table->type->made &&
			table->type->number != SCHEMA_ALIAS)
			status = search_table(s, table, territories, &search);
	}
	sqlite3_free(buffer);
	return status;
}
