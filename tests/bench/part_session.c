/*
 * SQLite's session extension: what a transaction changed, as a changeset, which
 * another database applies. It is no peer in what it keeps: no history, no
 * conflict rule of its own (here the later arrival wins), nothing signed,
 * nothing compressed, and both databases are this process's. Twice: with the
 * changeset in memory only, and with a row of a changelog in each transaction,
 * which is what makes it survive a power cut.
 */
#define SQLITE_ENABLE_SESSION 1
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/folder.h"
#include "tests/bench/fatal.h"
#include "tests/bench/part.h"
#include "tests/bench/raw.h"
#include "tests/bench/sample.h"

/* A SQLite without them is linked all the same, and told of. */
#pragma weak sqlite3session_create
#pragma weak sqlite3session_delete
#pragma weak sqlite3session_attach
#pragma weak sqlite3session_changeset
#pragma weak sqlite3changeset_apply

struct changeset {
	void *bytes;
	int size;
};

struct recorded {
	struct raw *raw;
	sqlite3_session *session;
	sqlite3_stmt *log; /* of the changelog, or NULL */
};

static void
must(const struct recorded *r, int code)
{
	if (code != SQLITE_OK && code != SQLITE_DONE)
		fatal("session: %s", sqlite3_errmsg(raw_handle(r->raw)));
}

static void
record(struct recorded *r)
{
	must(r, sqlite3session_create(raw_handle(r->raw), "main", &r->session));
	for (int i = 0; i < WORK_TABLES; i++)
		must(r, sqlite3session_attach(r->session, work_names[i]));
}

static struct changeset
recorded_until_now(struct recorded *r)
{
	struct changeset c = {0};

	must(r, sqlite3session_changeset(r->session, &c.size, &c.bytes));
	sqlite3session_delete(r->session);
	r->session = NULL;
	return c;
}

/* The changelog's row of the transaction that ends. */
static void
write_log(void *self)
{
	struct recorded *r = self;
	struct changeset c = recorded_until_now(r);

	must(r, sqlite3_bind_blob(r->log, 1, c.bytes, c.size, sqlite3_free));
	must(r, sqlite3_step(r->log));
	must(r, sqlite3_reset(r->log));
	record(r);
}

static struct recorded
open_recorded(const struct bench *b, const char *name, bool logged)
{
	char *path = folder_file(b->dir, name);
	struct recorded r = {.raw = raw_open(path)};

	free(path);
	if (logged) {
		must(&r,
			sqlite3_exec(raw_handle(r.raw),
				"CREATE TABLE changelog (seq INTEGER PRIMARY "
				"KEY, changeset BLOB)",
				NULL, NULL, NULL));
		must(&r,
			sqlite3_prepare_v2(raw_handle(r.raw),
				"INSERT INTO changelog (changeset) VALUES (?)",
				-1, &r.log, NULL));
	}
	return r;
}

static void
close_recorded(struct recorded *r)
{
	if (r->session)
		sqlite3session_delete(r->session);
	(void)sqlite3_finalize(r->log); /* repeats errors */
	raw_close(r->raw);
}

static int
take_theirs(void *self, int conflict, sqlite3_changeset_iter *change)
{
	(void)self;
	(void)change;
	return conflict == SQLITE_CHANGESET_DATA ||
			conflict == SQLITE_CHANGESET_CONFLICT
		? SQLITE_CHANGESET_REPLACE
		: SQLITE_CHANGESET_OMIT;
}

static void
apply(struct recorded *to, const struct changeset *c)
{
	must(to,
		sqlite3changeset_apply(raw_handle(to->raw), c->size, c->bytes,
			NULL, take_theirs, NULL));
}

/* Both have W, and write; then each applies what the other did. */
static void
exchange_updates(struct bench *b, struct recorded *one, struct recorded *other)
{
	struct recorded *both[WORK_NODES] = {one, other};
	struct changeset did[WORK_NODES];
	double start, bytes = 0;

	for (int i = 0; i < WORK_NODES; i++) {
		record(both[i]);
		raw_update(both[i]->raw, b->work, i, PART_EACH);
	}
	start = sample_now();
	for (int i = 0; i < WORK_NODES; i++) {
		did[i] = recorded_until_now(both[i]);
		bytes += did[i].size;
	}
	for (int i = 0; i < WORK_NODES; i++) {
		apply(both[i], &did[1 - i]);
		sqlite3_free(did[1 - i].bytes);
	}
	part_add(b, "SQLite session: U both ways",
		(sample_now() - start) / b->raw_updates);
	part_add(b, "SQLite session: U both ways, on the wire", bytes / 1e6);
}

static double
size_of_one(struct bench *b, struct recorded *r)
{
	static const char text[] = "asked for a second quote";
	struct work_update update = b->work->updates[0][0];
	struct workload one = *b->work;
	struct changeset c;

	/* What it has there by now is another text. */
	update.value =
		(struct work_value){.bytes = text, .size = sizeof text - 1};
	one.updates[0] = &update;
	one.update_count = 1;
	record(r);
	raw_update(r->raw, &one, 0, 1);
	c = recorded_until_now(r);
	sqlite3_free(c.bytes);
	return c.size;
}

static void
measure_memory(struct bench *b)
{
	struct recorded one = open_recorded(b, "session.db", false);
	struct recorded other = open_recorded(b, "other.db", false);
	double start = sample_now();
	struct changeset all;

	record(&one);
	raw_insert(one.raw, b->work, PART_EACH);
	part_add(b, "SQLite session: insert, 1,000 a tx",
		(sample_now() - start) / b->raw_insert);
	start = sample_now();
	all = recorded_until_now(&one);
	apply(&other, &all);
	part_add(b, "SQLite session: extract + apply of W",
		(sample_now() - start) / b->raw_once);
	part_add(b, "SQLite session: B/record",
		(double)all.size / b->work->count);
	sqlite3_free(all.bytes);
	exchange_updates(b, &one, &other);
	part_add(b, "SQLite session: one change in 100,000",
		size_of_one(b, &one));
	close_recorded(&other);
	close_recorded(&one);

	one = open_recorded(b, "session-ones.db", false);
	start = sample_now();
	record(&one);
	raw_insert(one.raw, b->ones, 1);
	part_add(b, "SQLite session: insert, 1 a tx",
		(sample_now() - start) / b->raw_ones);
	close_recorded(&one);
}

static double
time_logged(struct bench *b, const char *name, const struct workload *work,
	uint32_t each)
{
	struct recorded r = open_recorded(b, name, true);
	double start = sample_now();

	record(&r);
	raw_before_commit(r.raw, write_log, &r);
	raw_insert(r.raw, work, each);
	start = sample_now() - start;
	close_recorded(&r);
	return start;
}

static void
measure_logged(struct bench *b)
{
	part_add(b, "SQLite session + changelog row: insert, 1,000 a tx",
		time_logged(b, "logged.db", b->work, PART_EACH) /
			b->raw_insert);
	part_add(b, "SQLite session + changelog row: file size",
		part_file_size(b->dir, "logged.db") / b->raw_file);
	part_add(b, "SQLite session + changelog row: insert, 1 a tx",
		time_logged(b, "logged-ones.db", b->ones, 1) / b->raw_ones);
}

void
part_session(struct bench *b)
{
	if (!sqlite3_compileoption_used("ENABLE_SESSION") ||
		!sqlite3session_create)
		fatal("this SQLite is built without its session extension");
	measure_memory(b);
	measure_logged(b);
}
