#include "tests/sim/minimise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

enum { RUNS_MAX = 1500 };

struct shrinking {
	struct world_options *best;
	struct outcome *outcome; /* of it */
	const char *kind;
	int runs;
};

static void
outcome_clear(struct outcome *outcome)
{
	free(outcome->taken);
	memset(outcome, 0, sizeof *outcome);
}

/* Whether it fails as the first one did; then it is the best so far. */
static bool
try(struct shrinking *s, const struct world_options *less)
{
	struct outcome outcome = {0};

	if (s->runs++ >= RUNS_MAX)
		return false;
	run(less, false, &outcome);
	if (!outcome.failed || strcmp(outcome.kind, s->kind) != 0) {
		outcome_clear(&outcome);
		return false;
	}
	outcome_clear(s->outcome);
	*s->outcome = outcome;
	*s->best = *less;
	return true;
}

static void
fewer_faults(struct shrinking *s)
{
	for (int i = 0; fault_name(i); i++) {
		struct world_options less = *s->best;

		less.faults &= ~(1u << i);
		if (less.faults != s->best->faults)
			(void)try(s, &less);
	}
}

static void
fewer_nodes(struct shrinking *s)
{
	for (int nodes = WORLD_NODES_MIN; nodes < s->best->nodes; nodes++) {
		struct world_options less = *s->best;

		less.nodes = nodes;
		if (try(s, &less))
			return;
	}
}

/* The end comes as soon as it can: what fails at once fails in a prefix. */
static void
fewer_steps(struct shrinking *s)
{
	uint64_t low = 0, high = s->outcome->steps;

	if (high < s->best->steps) {
		struct world_options less = *s->best;

		less.steps = high;
		(void)try(s, &less);
	}
	high = s->best->steps;
	while (low + 1 < high) {
		struct world_options less = *s->best;

		less.steps = low + (high - low) / 2;
		if (try(s, &less))
			high = s->best->steps;
		else
			low = less.steps;
	}
}

/* ---- delta debugging ---- */

/* Without [from, to) of the list. The caller's to free. */
static struct initiative *
without(const struct world_options *o, size_t from, size_t to)
{
	struct initiative *list = alloc((o->only_count + 1) * sizeof *list);

	memcpy(list, o->only, from * sizeof *list);
	memcpy(list + from, o->only + to, (o->only_count - to) * sizeof *list);
	return list;
}

static bool
try_without(struct shrinking *s, size_t from, size_t to)
{
	struct initiative *old = (struct initiative *)(uintptr_t)s->best->only;
	struct world_options less = *s->best;
	struct initiative *list = without(s->best, from, to);

	less.only = list;
	less.only_count -= to - from;
	if (try(s, &less)) {
		free(old);
		return true;
	}
	free(list);
	return false;
}

/* Leaves out chunk after chunk, and halves the chunks when none can go. */
static void
fewer_initiatives(struct shrinking *s)
{
	size_t chunk = (s->best->only_count + 1) / 2;

	while (chunk > 0 && s->best->only_count > 0) {
		bool less = false;

		for (size_t at = 0; at < s->best->only_count;) {
			size_t end = at + chunk < s->best->only_count
				? at + chunk
				: s->best->only_count;

			if (try_without(s, at, end))
				less = true;
			else
				at = end;
		}
		if (!less || chunk > s->best->only_count)
			chunk /= 2;
		if (s->runs >= RUNS_MAX)
			return;
	}
}

/* From here on what is begun is listed. */
static bool
list_them(struct shrinking *s)
{
	struct world_options less = *s->best;
	struct initiative *list =
		alloc((s->outcome->taken_count + 1) * sizeof *list);

	if (s->outcome->taken_count)
		memcpy(list, s->outcome->taken,
			s->outcome->taken_count * sizeof *list);
	less.only = list;
	less.only_count = s->outcome->taken_count;
	if (try(s, &less))
		return true;
	free(list);
	return false;
}

void
minimise(struct world_options *best, struct outcome *outcome)
{
	struct shrinking s = {best, outcome, outcome->kind, 0};

	best->steps = outcome->steps;
	fewer_steps(&s);
	fewer_faults(&s);
	fewer_nodes(&s);
	if (best->only || list_them(&s)) {
		fewer_initiatives(&s);
		fewer_nodes(&s);
	}
	fewer_faults(&s);
	fewer_steps(&s);
	fprintf(stderr, "%d runs to make it small\n", s.runs);
}
