/* W and U, written on one node and brought to another. */

#include <stdlib.h>
#include <string.h>

#include "client/node/folder.h"
#include "sync/alloc.h"
#include "tests/bench/company.h"
#include "tests/bench/fatal.h"
#include "tests/bench/line.h"
#include "tests/bench/part.h"
#include "tests/bench/sample.h"

static void
add_cost(const struct bench *b, const char *row, double seconds)
{
	part_add(b, row, seconds * 1e6 / b->work->count);
}

static void
add_cpu(struct bench *b, const struct line_figures *figures)
{
	part_add(b, "one change in 100,000: CPU of the device",
		figures->after_handshake.near_s * 1000);
	part_add(b, "one change in 100,000: CPU of the hub",
		figures->after_handshake.far_s * 1000);
	part_add(b, "one change in 100,000: CPU of the device, all of the sync",
		figures->cpu.near_s * 1000);
	part_add(b, "one change in 100,000: CPU of the hub, all of the sync",
		figures->cpu.far_s * 1000);
}

/* One change more: what goes over the line, and what each side works. */
static void
measure_one(struct bench *b, struct node *rep, const struct other *hub,
	const char *row, const struct workload *change)
{
	struct peer_result *result = alloc(sizeof *result);
	struct line_figures figures;
	struct line *line;

	if (change->update_count)
		company_update(rep, change, 0, 1);
	else
		company_insert(rep, change, 1, false);
	line = line_new(hub, NULL);
	company_sync(rep, line_url(line), result);
	line_end(line, &figures);
	part_add(b, row, (double)figures.bytes);
	part_add(b, "one change in 100,000: round trips",
		result->report.round_trips);
	add_cpu(b, &figures);
	free(result);
}

/* A workload of one record, or one update, beside those that W has. */
static void
measure_one_changes(struct bench *b, struct node *rep, const struct other *hub)
{
	const struct workload *w = b->work;
	struct work_record visit = w->records[w->count - 1];
	struct workload one = {.records = &visit, .count = 1};

	memcpy(visit.id, b->ones->records[PART_ONES - 1].id, ID_BYTES);
	measure_one(b, rep, hub, "one change in 100,000: a visit", &one);
	one = *w;
	one.update_count = 1;
	measure_one(b, rep, hub, "one change in 100,000: an update", &one);
}

void
part_pending(struct bench *b)
{
	struct peer_result *result = alloc(sizeof *result);
	char *dir = part_company(b, "pending", 1), *folder;
	struct node *rep = company_open(dir, "rep1");
	double start = sample_now(), took;
	struct other hub;

	company_insert(rep, b->work, PART_EACH, false);
	took = sample_now() - start;
	part_add(b, "insert, 1,000 a tx, durable", took / b->raw_insert);
	add_cost(b, "cost of a record: insert, Roadbook", took);
	other_start(&hub, dir, "hub", 0);
	part_add(b, "extract + apply of W, not yet sealed",
		part_sync(rep, hub.url, result) / b->raw_once);
	part_add(b, "B/record",
		(double)(result->report.sent.bytes +
			result->report.received.bytes) /
			b->work->count);
	measure_one_changes(b, rep, &hub);
	other_stop(&hub);
	folder = folder_file(dir, "hub");
	part_add(b, "file size",
		part_file_size(folder, "node.db") / b->raw_file);
	node_close(rep);
	part_remove(dir);
	free(folder);
	free(dir);
	free(result);
}

/* The updates of two nodes that have W, written on both, exchanged. */
static void
measure_updates(struct bench *b, const char *dir, struct node *rep)
{
	struct peer_result *result = alloc(sizeof *result);
	struct other colleague;

	other_start(&colleague, dir, "rep2", b->work->count);
	company_sync(rep, colleague.url, result); /* it has W from the hub */
	company_update(rep, b->work, 0, PART_EACH);
	other_update(&colleague, 1);
	part_add(b, "U both ways",
		part_sync(rep, colleague.url, result) / b->raw_updates);
	part_add(b, "U both ways, on the wire",
		(double)(result->report.sent.bytes +
			result->report.received.bytes) /
			1e6);
	other_stop(&colleague);
	free(result);
}

static void
measure_rebuild(struct bench *b, struct node *node)
{
	struct problem problem = {0};
	double start = sample_now();

	need(node_rebuild(node, &problem), &problem);
	part_add(b, "rebuild", (sample_now() - start) / b->raw_once);
}

void
part_sealed(struct bench *b)
{
	struct peer_result *result = alloc(sizeof *result);
	char *dir = part_company(b, "sealed", 1);
	struct node *rep = company_open(dir, "rep1"), *second;
	double start = sample_now(), took;
	struct other hub;

	company_insert(rep, b->work, PART_EACH, true);
	part_add(b, "insert, 1,000 a tx, sealed as it goes",
		(sample_now() - start) / b->raw_insert);
	other_start(&hub, dir, "hub", 0);
	took = part_sync(rep, hub.url, result);
	part_add(b, "extract + apply of W, sealed", took / b->raw_once);
	add_cost(b, "cost of a record: apply, Roadbook", took);
	second = company_open(dir, "rep2");
	company_sync(second, hub.url, result);
	measure_rebuild(b, second);
	node_close(second);
	other_stop(&hub);
	measure_updates(b, dir, rep);
	node_close(rep);
	part_remove(dir);
	free(dir);
	free(result);
}

void
part_ones(struct bench *b)
{
	char *dir = part_company(b, "ones", 1);
	struct node *rep = company_open(dir, "rep1");
	double start = sample_now();

	company_insert(rep, b->ones, 1, false);
	part_add(b, "insert, 1 a tx", (sample_now() - start) / b->raw_ones);
	node_close(rep);
	part_remove(dir);
	free(dir);
}

static double
megabytes(int64_t bytes)
{
	return (double)bytes / (1 << 20);
}

void
part_memory(struct bench *b)
{
	char *dir = part_company(b, "memory", 1);
	struct node *rep = company_open(dir, "rep1");
	struct other hub, client;

	company_insert(rep, b->work, PART_EACH, false);
	node_close(rep);
	other_start(&hub, dir, "hub", 0);
	other_start(&client, dir, "rep1", 0);
	other_sync(&client, hub.url);
	other_stop(&client);
	part_add(b, "memory of a sync: client that pushes",
		megabytes(client.memory_max));
	other_start(&client, dir, "rep2", 0);
	other_sync(&client, hub.url);
	other_stop(&client);
	part_add(b, "memory of a sync: client that pulls",
		megabytes(client.memory_max));
	other_stop(&hub);
	part_add(b, "memory of a sync: hub", megabytes(hub.memory_max));
	part_remove(dir);
	free(dir);
}
