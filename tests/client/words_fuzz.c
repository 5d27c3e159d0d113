/*
 * What somebody looks for, in a title and a text: each a line of the input.
 * Whatever is found by looking, the index has to find by its tokens; and what
 * it is asked is an expression that FTS5 understands.
 */

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/store_sqlite.h"
#include "client/store/tokens.h"
#include "proto/schema_roadbook.h"

static sqlite3 *db;
static sqlite3_stmt *insert, *match;

static void
must(bool holds, const char *what)
{
	if (holds)
		return;
	(void)fprintf(stderr, "%s: %s\n", what, db ? sqlite3_errmsg(db) : "");
	abort();
}

static void
open_index(void)
{
	struct store *store = NULL;
	char reason[256];
	bool rebuild;
	static const char sql[] =
		"CREATE VIRTUAL TABLE x USING fts5(tokens, content='',"
		" columnsize=0, detail=none, tokenize='ascii')";

	must(store_sqlite_open(&store, ":memory:", schema_roadbook(), &rebuild,
		     reason, sizeof reason) == STATUS_OK,
		"no store");
	db = store_sqlite_handle(store);
	must(sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK &&
			sqlite3_prepare_v2(db,
				"INSERT INTO x (rowid, tokens) VALUES (7, ?)",
				-1, &insert, NULL) == SQLITE_OK &&
			sqlite3_prepare_v2(db,
				"SELECT rowid FROM x WHERE x MATCH ?", -1,
				&match, NULL) == SQLITE_OK,
		"no index");
}

static bool
index_finds(const struct words *words, enum words_class class)
{
	struct buffer expression = {0};
	bool found = true;
	int code;

	if (tokens_expression(&expression, words, class)) {
		must(sqlite3_bind_text(match, 1, (const char *)expression.bytes,
			     -1, SQLITE_STATIC) == SQLITE_OK,
			"not bound");
		code = sqlite3_step(match);
		must(code == SQLITE_ROW || code == SQLITE_DONE,
			(const char *)expression.bytes);
		found = code == SQLITE_ROW;
		(void)sqlite3_reset(match);
	}
	buffer_clear(&expression);
	return found;
}

/* The class that the search gives the record; false: it is no hit. */
static bool
looks(const struct words *words, const struct fold *title,
	const struct fold *text, enum words_class *class)
{
	bool all_in_title = true;
	size_t at;

	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->list[i];

		if (word_in_title(word, title, &at))
			continue;
		all_in_title = false;
		if (!word_in_text(word, title, &at) &&
			!word_in_text(word, text, &at))
			return false;
	}
	*class = all_in_title ? words_of_title(words, title) : WORDS_OTHER;
	return true;
}

static void
check(const char *title_text, const char *body_text, const char *typed)
{
	struct fold title = {0}, body = {0};
	struct buffer tokens = {0};
	struct words words = {0};
	enum words_class class;

	fold_text(&title, title_text, strlen(title_text));
	fold_text(&body, body_text, strlen(body_text));
	tokens_text(&tokens, &title);
	tokens_title(&tokens, &title);
	tokens_text(&tokens, &body);
	buffer_byte(&tokens, 0);
	words_read(&words, typed);
	must(sqlite3_bind_text(insert, 1, (const char *)tokens.bytes, -1,
		     SQLITE_STATIC) == SQLITE_OK &&
			sqlite3_step(insert) == SQLITE_DONE,
		"not indexed");
	(void)sqlite3_reset(insert);
	for (int c = WORDS_EXACT; c <= WORDS_OTHER && words.count; c++)
		(void)index_finds(&words, (enum words_class)c);
	if (words.count && looks(&words, &title, &body, &class))
		must(index_finds(&words, class) &&
				index_finds(&words, WORDS_OTHER),
			"found by looking, and not by the index");
	must(sqlite3_exec(db, "INSERT INTO x (x) VALUES ('delete-all')", NULL,
		     NULL, NULL) == SQLITE_OK,
		"not emptied");
	fold_clear(&title);
	fold_clear(&body);
	buffer_clear(&tokens);
	words_clear(&words);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *copy = calloc(size + 3, 1), *lines[3];
	char *rest = copy;

	if (!copy)
		return 0;
	if (!db)
		open_index();
	if (size)
		memcpy(copy, bytes, size);
	for (int i = 0; i < 3; i++) {
		char *end = strchr(rest, '\n');

		lines[i] = rest;
		if (end)
			*end = '\0';
		rest = end ? end + 1 : rest + strlen(rest);
	}
	check(lines[0], lines[1], lines[2]);
	free(copy);
	return 0;
}
