#include "tests/bench/part.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "client/node/folder.h"
#include "tests/bench/company.h"
#include "tests/bench/fatal.h"
#include "tests/bench/raw.h"
#include "tests/bench/sample.h"

void
part_add(const struct bench *bench, const char *row, double value)
{
	sample_add(row, bench->encrypted, value);
}

static int
remove_one(const char *path, const struct stat *s, int kind, struct FTW *walk)
{
	(void)s;
	(void)kind;
	(void)walk;
	return remove(path);
}

void
part_remove(const char *dir)
{
	(void)nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

double
part_file_size(const char *dir, const char *name)
{
	char *path = folder_file(dir, name);
	struct stat s;

	if (stat(path, &s) != 0)
		fatal("%s: %s", path, strerror(errno));
	free(path);
	return (double)s.st_size;
}

char *
part_company(const struct bench *bench, const char *name, uint32_t places)
{
	char *dir = folder_file(bench->dir, name);
	struct problem problem = {0};

	need(folder_make(dir, &problem), &problem);
	company_encrypt(bench->encrypted);
	company_make(dir, places);
	return dir;
}

double
part_sync(struct node *node, const char *url, struct peer_result *result)
{
	double start = sample_now();

	company_sync(node, url, result);
	return sample_now() - start;
}

/* ---- raw SQLite ---- */

static struct raw *
raw_at(const struct bench *b, const char *name)
{
	char *path = folder_file(b->dir, name);
	struct raw *raw = raw_open(path);

	free(path);
	return raw;
}

static void
add_cost(const struct bench *b, const char *row, double seconds)
{
	part_add(b, row, seconds * 1e6 / b->work->count);
}

void
part_raw(struct bench *b)
{
	struct raw *raw = raw_at(b, "raw.db");
	double start = sample_now();

	raw_insert(raw, b->work, PART_EACH);
	b->raw_insert = sample_now() - start;
	raw_close(raw);
	b->raw_file = part_file_size(b->dir, "raw.db");

	raw = raw_at(b, "once.db");
	start = sample_now();
	raw_insert(raw, b->work, b->work->count);
	b->raw_once = sample_now() - start;
	start = sample_now();
	for (int i = 0; i < WORK_NODES; i++)
		raw_update(raw, b->work, i, PART_EACH);
	b->raw_updates = sample_now() - start;
	raw_close(raw);

	raw = raw_at(b, "ones.db");
	start = sample_now();
	raw_insert(raw, b->ones, 1);
	b->raw_ones = sample_now() - start;
	raw_close(raw);
	part_add(b, "raw: insert", b->raw_insert);
	part_add(b, "raw: once", b->raw_once);
	part_add(b, "raw: ones", b->raw_ones);
	part_add(b, "raw: updates", b->raw_updates);
	part_add(b, "raw: file", b->raw_file);
	add_cost(b, "cost of a record: insert, raw SQLite", b->raw_insert);
	add_cost(b, "cost of a record: apply, raw SQLite", b->raw_once);
}
