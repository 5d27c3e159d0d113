#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/candidates.h"
#include "client/store/query_sql.h"
#include "client/store/search_index.h"
#include "client/store/texts.h"
#include "client/store/tokens.h"
#include "sync/alloc.h"

/*
 * Search. What the index has not is scanned first, and what was found there
 * remembered with its class; then, class by class and type by type, the
 * index's candidates are looked at one by one, those of the scan among them
 * where their ids belong, until there are enough.
 */

/* Found by the scan. */
struct scanned {
	enum words_class class;
	size_t table; /* its place in s->tables */
	uint32_t territory;
	size_t id_size;
	uint8_t id[RECORD_ID_MAX];
};

struct searching {
	struct store_sqlite *s;
	struct words words;
	struct query_territories territories;
	size_t left; /* hits; SIZE_MAX without a limit */
	bool stopped;
	query_hit_cb *found;
	void *self;
	/* The record at hand, and what of it was seen so far. */
	struct record record;
	struct fold fold;
	struct query_hit hit;
	char excerpt[QUERY_EXCERPT_MAX];
	unsigned in_text; /* a bit a word */
	unsigned in_title;
	enum words_class class;
	struct scanned *scanned; /* sorted by class, table, then as shown */
	size_t scanned_count;
	size_t scanned_at; /* the next to be told */
};

/* ---- one record ---- */

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

static bool
look_at_text(void *self, const struct text_shown *shown)
{
	struct searching *search = self;

	fold_text(&search->fold, shown->text.bytes, shown->text.size);
	if (shown->title) {
		enum words_class class =
			words_of_title(&search->words, &search->fold);

		if (class < search->class)
			search->class = class;
	}
	for (size_t i = 0; i < search->words.count; i++) {
		const struct word *word = &search->words.list[i];
		unsigned bit = 1u << i;
		size_t at;

		if ((search->in_text & bit) &&
			(!shown->title || (search->in_title & bit)))
			continue;
		if (shown->title && word_in_title(word, &search->fold, &at))
			search->in_title |= bit;
		else if (!word_in_text(word, &search->fold, &at))
			continue;
		if (i == 0 && !(search->in_text & bit)) {
			search->hit.field = shown->field;
			search->hit.part = shown->part;
			excerpt(search->excerpt, shown->text, at);
		}
		search->in_text |= bit;
	}
	return true;
}

/* Whether it has all the words; its class, and where the first one stands. */
static bool
look_at_record(struct searching *search, const struct schema_type *type,
	const struct record *record)
{
	unsigned all = (1u << search->words.count) - 1;

	search->in_text = search->in_title = 0;
	search->class = WORDS_TITLE;
	texts_each(type, record, look_at_text, search);
	if (search->in_text != all)
		return false;
	if (search->in_title != all)
		search->class = WORDS_OTHER;
	return true;
}

static void
tell(struct searching *search, const struct query_row *row)
{
	search->hit.type = row->type;
	search->hit.territory = row->territory;
	search->hit.id = row->id;
	search->hit.id_size = row->id_size;
	search->hit.excerpt = search->excerpt;
	search->hit.row = row;
	if (!search->found(search->self, &search->hit) || --search->left == 0)
		search->stopped = true;
}

/* ---- the scan ---- */

static bool
scan_row(void *self, const struct query_row *row)
{
	struct searching *search = self;
	struct scanned *hit;

	if (!look_at_record(search, row->type, row->record))
		return true;
	if ((search->scanned_count & (search->scanned_count - 1)) == 0)
		search->scanned = alloc_again(search->scanned,
			(search->scanned_count ? search->scanned_count * 2
					       : 1) *
				sizeof *search->scanned);
	hit = &search->scanned[search->scanned_count++];
	*hit = (struct scanned){.class = search->class,
		.table = (size_t)(table_find(&search->s->tables,
					  row->type->number) -
			search->s->tables.list),
		.territory = row->territory,
		.id_size = row->id_size};
	memcpy(hit->id, row->id, row->id_size);
	return true;
}

static enum status
scan_rows(struct searching *search, const struct table *table,
	const char *which, int64_t last)
{
	sqlite3_str *sql = sqlite3_str_new(search->s->db);
	sqlite3_stmt *statement = NULL;

	row_select(sql, table);
	sqlite3_str_appendf(
		sql, which, (long long)last, (unsigned)table->type->number);
	query_sql_territories(sql, "t._territory", search->territories);
	query_sql_without_mark(sql, table, SCHEMA_MOVED);
	if (!statement_made(search->s, &statement, sqlite3_str_finish(sql)))
		return STATUS_FAILED;
	return query_sql_rows(
		search->s, table, statement, scan_row, search, NULL);
}

/* What the index has not, or not as it is now; with `all`, everything. */
static enum status
scan_table(struct searching *search, const struct table *table, unsigned lacks,
	bool all)
{
	static const char beyond[] = " WHERE t.rowid > %lld",
			  stale[] = " JOIN _search_stale x ON x.id = t.id"
				    " AND x.territory = t._territory"
				    " WHERE t.rowid <= %lld AND x.type = %u";
	int64_t last;
	enum status status = search_index_last(search->s, table, &last);

	if (status == STATUS_OK && (all || (lacks & SEARCH_LACKS_NEW)))
		status = scan_rows(search, table, beyond, all ? 0 : last);
	if (status == STATUS_OK && !all && (lacks & SEARCH_LACKS_CHANGED))
		status = scan_rows(search, table, stale, last);
	return status;
}

static int
compare_scanned(const void *a, const void *b)
{
	const struct scanned *x = a, *y = b;
	int order = (x->class > y->class) - (x->class < y->class);

	if (!order)
		order = (x->table > y->table) - (x->table < y->table);
	return order ? order
		     : candidate_order(x->id, x->id_size, x->territory, y->id,
			       y->id_size, y->territory);
}

/* ---- telling ---- */

/* Tells of the record if it is there, is a hit, and is of the class. */
static enum status
tell_record(struct searching *search, size_t index, const uint8_t *id,
	size_t id_size, uint32_t territory, enum words_class class)
{
	struct store_sqlite *s = search->s;
	struct table *table = &s->tables.list[index];
	struct query_row row;
	sqlite3_stmt *statement = row_statement(s, table);
	enum status status;

	if (!statement)
		return STATUS_FAILED;
	bind_blob(statement, 1, id, id_size);
	bind_integer(statement, 2, territory);
	status = statement_next(s, statement);
	if (status != STATUS_OK)
		return status == STATUS_ABSENT ? STATUS_OK : status;
	status = query_sql_row(s, table, statement, &row, &search->record);
	statement_reset(statement);
	if (status == STATUS_OK && !row.moved &&
		look_at_record(search, table->type, row.record) &&
		search->class == class)
		tell(search, &row);
	return status;
}

/* Those of the scan that come before this one, or all that are left. */
static enum status
tell_scanned(struct searching *search, enum words_class class, size_t index,
	const struct candidate *before)
{
	enum status status = STATUS_OK;

	while (status == STATUS_OK && !search->stopped &&
		search->scanned_at < search->scanned_count) {
		const struct scanned *hit =
			&search->scanned[search->scanned_at];

		if (hit->class != class || hit->table != index ||
			(before &&
				candidate_order(hit->id, hit->id_size,
					hit->territory, before->id,
					before->id_size,
					before->territory) > 0))
			break;
		search->scanned_at++;
		status = tell_record(search, index, hit->id, hit->id_size,
			hit->territory, class);
	}
	return status;
}

/* Whether the scan saw it, so that it is not told twice. */
static bool
was_scanned(const struct searching *search, size_t index,
	const struct candidate *candidate)
{
	const struct scanned *last = search->scanned_at
		? &search->scanned[search->scanned_at - 1]
		: NULL;

	return last && last->table == index &&
		candidate_same(
			candidate, last->id, last->id_size, last->territory);
}

static enum status
tell_table(struct searching *search, enum words_class class, size_t index,
	struct candidates *candidates)
{
	const struct table *table = &search->s->tables.list[index];
	struct candidate candidate;
	enum status status = STATUS_OK;

	if (candidates) {
		status = candidates_of(
			candidates, table, search->territories, search->left);
		while (status == STATUS_OK && !search->stopped &&
			(status = candidates_next(candidates, &candidate)) ==
				STATUS_OK) {
			status = tell_scanned(search, class, index, &candidate);
			if (status == STATUS_OK && !search->stopped &&
				!was_scanned(search, index, &candidate))
				status = tell_record(search, index,
					candidate.id, candidate.id_size,
					candidate.territory, class);
		}
		if (status == STATUS_ABSENT)
			status = STATUS_OK;
	}
	return status == STATUS_OK && !search->stopped
		? tell_scanned(search, class, index, NULL)
		: status;
}

static enum status
tell_class(struct searching *search, enum words_class class, bool indexed)
{
	struct candidates candidates = {.s = search->s};
	struct buffer expression = {0};
	enum status status = STATUS_OK;

	if (indexed) {
		(void)tokens_expression(&expression, &search->words, class);
		status = candidates_find(
			&candidates, (const char *)expression.bytes);
	}
	for (size_t i = 0; i < search->s->tables.count && status == STATUS_OK &&
		!search->stopped;
		i++)
		if (texts_searched(search->s->tables.list[i].type))
			status = tell_table(
				search, class, i, indexed ? &candidates : NULL);
	candidates_clear(&candidates);
	buffer_clear(&expression);
	return status;
}

static enum status
search_all(struct searching *search)
{
	struct store_sqlite *s = search->s;
	struct buffer expression = {0};
	bool usable =
		tokens_expression(&expression, &search->words, WORDS_OTHER);
	bool indexed = false;
	unsigned *lacks = alloc((s->tables.count + 1) * sizeof *lacks);
	enum status status = search_index_lacks(s, lacks);

	buffer_clear(&expression);
	for (size_t i = 0; i < s->tables.count && status == STATUS_OK; i++) {
		const struct table *table = &s->tables.list[i];
		int64_t last;

		if (!texts_searched(table->type))
			continue;
		status = search_index_last(s, table, &last);
		indexed |= usable && last;
		if (status == STATUS_OK)
			status = scan_table(search, table, lacks[i], !usable);
	}
	free(lacks);
	if (search->scanned_count)
		qsort(search->scanned, search->scanned_count,
			sizeof *search->scanned, compare_scanned);
	for (int class = WORDS_EXACT;
		class <= WORDS_OTHER && status == STATUS_OK && !search->stopped;
		class ++)
		status = tell_class(search, (enum words_class) class, indexed);
	return status;
}

enum status
query_search(struct store *store, const char *text,
	struct query_territories territories, size_t limit, query_hit_cb *found,
	void *self)
{
	struct searching search = {.s = store_enter(store->self),
		.territories = territories,
		.left = limit ? limit : SIZE_MAX,
		.found = found,
		.self = self};
	enum status status = STATUS_OK;

	words_read(&search.words, text);
	if (search.words.count)
		status = search_all(&search);
	free(search.scanned);
	record_clear(&search.record);
	fold_clear(&search.fold);
	words_clear(&search.words);
	return status;
}
