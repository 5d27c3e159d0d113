/* What a sync costs when there is nothing to do, and how it uses a line. */

#include <stdlib.h>

#include "sync/alloc.h"
#include "tests/bench/company.h"
#include "tests/bench/fatal.h"
#include "tests/bench/line.h"
#include "tests/bench/part.h"
#include "tests/bench/sample.h"

enum {
	PLACES = 1000,
	QUIET_SYNCS = 5,
	SLOW_RECORDS = 10000, /* 2 MB: eight seconds */
};

/* 300 ms there and back, 2 Mbit/s. */
static const struct line_manner slow_manner = {
	.delay_s = 0.15, .bytes_per_s = 250000};

static void
measure_quiet(struct bench *b, struct node *rep, const struct other *hub)
{
	struct peer_result *result = alloc(sizeof *result);
	struct line *line = line_new(hub, NULL);
	struct line_figures figures;

	company_sync(rep, line_url(line), result);
	line_end(line, &figures);
	part_add(b, "sync with nothing to do: bytes",
		(double)figures.bytes / 1024);
	part_add(b, "sync with nothing to do: round trips",
		result->report.round_trips);
	for (int i = 0; i < QUIET_SYNCS; i++) {
		double own = sample_cpu(), theirs = other_cpu(hub);

		company_sync(rep, hub->url, result);
		part_add(b, "sync with nothing to do: CPU of the device",
			(sample_cpu() - own) * 1000);
		part_add(b, "sync with nothing to do: CPU of the hub",
			(other_cpu(hub) - theirs) * 1000);
	}
	free(result);
}

void
part_quiet(struct bench *b)
{
	struct peer_result *result = alloc(sizeof *result);
	char *dir = part_company(b, "quiet", PLACES);
	struct node *rep = company_open(dir, "rep1");
	struct other hub;

	company_insert_spread(rep, b->work, 10 * PART_EACH, PLACES);
	other_start(&hub, dir, "hub", 0);
	company_sync(rep, hub.url, result);
	measure_quiet(b, rep, &hub);
	other_stop(&hub);
	node_close(rep);
	part_remove(dir);
	free(dir);
	free(result);
}

void
part_slow(struct bench *b)
{
	struct peer_result *result = alloc(sizeof *result);
	char *dir = part_company(b, "slow", 1);
	struct node *rep = company_open(dir, "rep1");
	struct workload some = *b->work;
	struct line_figures figures;
	struct line *line;
	struct other hub;

	/* Their references lead back, so a beginning of W stands by itself. */
	if (some.count > SLOW_RECORDS)
		some.count = SLOW_RECORDS;
	company_insert(rep, &some, PART_EACH, false);
	other_start(&hub, dir, "hub", 0);
	line = line_new(&hub, &slow_manner);
	company_sync(rep, line_url(line), result);
	line_end(line, &figures);
	if (!figures.pushed)
		fatal("nothing was pushed over the slow line");
	part_add(b, "a line with 300 ms round trip and 2 Mbit/s",
		figures.pushing_s * slow_manner.bytes_per_s /
			(double)figures.pushed);
	other_stop(&hub);
	node_close(rep);
	part_remove(dir);
	free(dir);
	free(result);
}
