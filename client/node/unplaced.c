#include "client/node/unplaced.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/instant.h"
#include "client/store/setting.h"
#include "sync/alloc.h"

static const char create[] =
	"CREATE TABLE IF NOT EXISTS _unplaced(number INTEGER PRIMARY KEY, "
	"at INTEGER NOT NULL, command TEXT NOT NULL, why TEXT NOT NULL)";

static bool
disk_problem(struct node *node, struct problem *problem)
{
	return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"), node->dir,
		store_sqlite_problem(node->store));
}

/* The words of a command line, as a JSON array. */
static char *
words_of(const struct local_request *request)
{
	json_t *list = json_array();
	char *text;

	for (int i = 1; i < request->argc; i++)
		json_array_append_new(list, json_string(request->argv[i]));
	text = json_dumps(list, JSON_COMPACT);
	json_decref(list);
	if (!text)
		alloc_failed();
	return text;
}

bool
unplaced_add(struct node *node, int64_t at_ms,
	const struct local_request *request, const char *why,
	struct problem *problem)
{
	char *words = words_of(request);
	sqlite3_stmt *s;
	bool done = node_begin(node, problem);

	if (done) {
		s = setting_prepare(node->store, create,
			"INSERT INTO _unplaced(at, command, why) "
			"VALUES(?1, ?2, ?3)");
		done = s && sqlite3_bind_int64(s, 1, at_ms) == SQLITE_OK &&
			sqlite3_bind_text(s, 2, words, -1, SQLITE_TRANSIENT) ==
				SQLITE_OK &&
			sqlite3_bind_text(s, 3, why, -1, SQLITE_TRANSIENT) ==
				SQLITE_OK &&
			sqlite3_step(s) == SQLITE_DONE;
		(void)sqlite3_finalize(s); /* repeats the error */
		if (done) {
			done = node_commit(node, problem);
		} else {
			(void)disk_problem(node, problem);
			node_rollback(node);
		}
	}
	free(words);
	return done;
}

/* NULL, too, while nothing was ever kept: looking makes no table. */
static sqlite3_stmt *
prepare_read(struct node *node, const char *sql)
{
	sqlite3_stmt *s = NULL;

	(void)sqlite3_prepare_v2(
		store_sqlite_handle(node->store), sql, -1, &s, NULL);
	return s;
}

json_t *
unplaced_json(struct node *node)
{
	sqlite3_stmt *s = prepare_read(node,
		"SELECT number, at, command, why FROM _unplaced ORDER BY "
		"number");
	json_t *list = json_array();

	while (s && sqlite3_step(s) == SQLITE_ROW) {
		const char *text = (const char *)sqlite3_column_text(s, 2);
		const char *why = (const char *)sqlite3_column_text(s, 3);
		json_t *words = text ? json_loads(text, 0, NULL) : NULL;
		int64_t at = sqlite3_column_int64(s, 1);
		char time[INSTANT_TEXT_SIZE];

		instant_text(at, node_offset(at), time);
		json_array_append_new(list,
			json_pack("{s:I, s:s, s:o, s:s}", "number",
				(json_int_t)sqlite3_column_int64(s, 0), "at",
				time, "command", words ? words : json_array(),
				"why", why ? why : ""));
	}
	(void)sqlite3_finalize(s); /* only read */
	return list;
}

uint64_t
unplaced_count(struct node *node)
{
	sqlite3_stmt *s = prepare_read(node, "SELECT count(*) FROM _unplaced");
	uint64_t count = 0;

	if (s && sqlite3_step(s) == SQLITE_ROW)
		count = (uint64_t)sqlite3_column_int64(s, 0);
	(void)sqlite3_finalize(s); /* only read */
	return count;
}

bool
unplaced_drop(struct node *node, int64_t number, struct problem *problem)
{
	sqlite3_stmt *s = setting_prepare(
		node->store, create, "DELETE FROM _unplaced WHERE number = ?1");
	bool done = s && sqlite3_bind_int64(s, 1, number) == SQLITE_OK &&
		sqlite3_step(s) == SQLITE_DONE;

	(void)sqlite3_finalize(s); /* repeats the error */
	if (!done)
		return disk_problem(node, problem);
	if (sqlite3_changes(store_sqlite_handle(node->store)))
		return true;
	problem_set(problem, EXIT_NOT_FOUND, T("there is no letter %lld"),
		(long long)number);
	return problem_hint(problem, "roadbook letters list");
}
