#include "tests/sim/histories.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Changes in order of log and number: the form in which histories compare. */
struct form {
	uint8_t lengths[HISTORY_LOGS_MAX];
	uint8_t seen[HISTORY_LOGS_MAX][HISTORY_CHANGES_MAX][HISTORY_LOGS_MAX];
};

struct forms {
	struct form *list;
	size_t count;
	size_t room;
};

static void
add_form(struct forms *forms, const struct form *form)
{
	if (forms->count == forms->room) {
		forms->room = forms->room * 2 + 64;
		forms->list =
			realloc(forms->list, forms->room * sizeof *forms->list);
		if (!forms->list)
			abort();
	}
	forms->list[forms->count++] = *form;
}

static int
compare_forms(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct form));
}

static void
rename_logs(struct form *to, const struct form *from, const uint8_t *names,
	uint8_t logs)
{
	memset(to, 0, sizeof *to);
	for (uint8_t l = 0; l < logs; l++) {
		to->lengths[names[l]] = from->lengths[l];
		for (uint8_t i = 0; i < from->lengths[l]; i++)
			for (uint8_t m = 0; m < logs; m++)
				to->seen[names[l]][i][names[m]] =
					from->seen[l][i][m];
	}
}

/* NOLINTBEGIN(misc-no-recursion): as deep as there are logs. */
/* Tries every naming of the logs from `first` on; keeps the greatest form. */
static void
greatest_form(struct form *best, const struct form *form, uint8_t *names,
	uint8_t first, uint8_t logs)
{
	struct form renamed;

	if (first == logs) {
		rename_logs(&renamed, form, names, logs);
		if (compare_forms(&renamed, best) > 0)
			*best = renamed;
		return;
	}
	for (uint8_t i = first; i < logs; i++) {
		uint8_t name = names[first];

		names[first] = names[i];
		names[i] = name;
		greatest_form(best, form, names, first + 1, logs);
		names[i] = names[first];
		names[first] = name;
	}
}

/* NOLINTEND(misc-no-recursion) */

/* Whether knowing `seen` is knowing what the changes in it had seen. */
static bool
is_closed(const struct form *form, const uint8_t *seen, uint8_t logs)
{
	for (uint8_t l = 0; l < logs; l++)
		for (uint8_t m = 0; m < logs && seen[l] > 0; m++)
			if (m != l && form->seen[l][seen[l] - 1][m] > seen[m])
				return false;
	return true;
}

/* All histories of one change more than `form`, which log `l` adds. */
static void
extend(struct forms *to, const struct form *form, uint8_t l, uint8_t logs,
	bool renamed)
{
	uint8_t seen[HISTORY_LOGS_MAX] = {0};
	uint8_t log;

	do {
		seen[l] = form->lengths[l];
		if (is_closed(form, seen, logs)) {
			uint8_t names[HISTORY_LOGS_MAX] = {0, 1, 2, 3};
			struct form longer = *form;
			struct form best;

			memcpy(longer.seen[l][longer.lengths[l]++], seen,
				sizeof seen);
			best = longer;
			if (renamed)
				greatest_form(&best, &longer, names, 0, logs);
			add_form(to, &best);
		}
		/* The next context, as a number with a digit for each log. */
		for (log = 0; log < logs; log++) {
			if (log != l && seen[log]++ < form->lengths[log])
				break;
			seen[log] = 0;
		}
	} while (log < logs);
}

static void
drop_twins(struct forms *forms)
{
	size_t kept = 0;

	assert(forms->count > 0);
	qsort(forms->list, forms->count, sizeof *forms->list, compare_forms);
	for (size_t i = 0; i < forms->count; i++)
		if (kept == 0 ||
			compare_forms(
				&forms->list[kept - 1], &forms->list[i]) != 0)
			forms->list[kept++] = forms->list[i];
	forms->count = kept;
}

static unsigned
seen_in_all(const struct history_change *change)
{
	unsigned sum = 0;

	for (size_t i = 0; i < HISTORY_LOGS_MAX; i++)
		sum += change->seen[i];
	return sum;
}

/* Who has seen a change has seen more than it had: so the sums ascend. */
static struct history
history_of(const struct form *form, uint8_t logs)
{
	struct history history = {.log_count = logs};

	for (uint8_t l = 0; l < logs; l++) {
		for (uint8_t i = 0; i < form->lengths[l]; i++) {
			struct history_change change = {
				.log = l, .seq = (uint8_t)(i + 1)};
			uint8_t at = history.change_count++;

			memcpy(change.seen, form->seen[l][i],
				sizeof change.seen);
			for (; at > 0 &&
				seen_in_all(&history.changes[at - 1]) >
					seen_in_all(&change);
				at--)
				history.changes[at] = history.changes[at - 1];
			history.changes[at] = change;
		}
	}
	return history;
}

struct histories
histories_all(uint8_t logs, uint8_t changes, bool renamed)
{
	struct forms forms = {0};
	struct histories all;

	assert(logs <= HISTORY_LOGS_MAX && changes <= HISTORY_CHANGES_MAX);
	add_form(&forms, &(struct form){0});
	for (uint8_t count = 0; count < changes; count++) {
		struct forms longer = {0};

		for (size_t i = 0; i < forms.count; i++)
			for (uint8_t l = 0; l < logs; l++)
				extend(&longer, &forms.list[i], l, logs,
					renamed);
		drop_twins(&longer);
		free(forms.list);
		forms = longer;
	}
	assert(forms.count > 0);
	all.count = forms.count;
	all.list = calloc(forms.count, sizeof *all.list);
	if (!all.list)
		abort();
	for (size_t i = 0; i < forms.count; i++)
		all.list[i] = history_of(&forms.list[i], logs);
	free(forms.list);
	return all;
}

struct ordering {
	const struct history *history;
	history_order_cb *found;
	void *self;
	uint8_t applied[HISTORY_LOGS_MAX];
	uint8_t order[HISTORY_CHANGES_MAX];
};

static bool
is_ready(const struct ordering *ordering, const struct history_change *change)
{
	if (ordering->applied[change->log] != change->seq - 1)
		return false;
	for (uint8_t l = 0; l < ordering->history->log_count; l++)
		if (change->seen[l] > ordering->applied[l])
			return false;
	return true;
}

/* NOLINTBEGIN(misc-no-recursion): as deep as there are changes. */
static bool
order_from(struct ordering *ordering, uint8_t at)
{
	const struct history *history = ordering->history;

	if (at == history->change_count)
		return ordering->found(ordering->self, ordering->order);
	for (uint8_t i = 0; i < history->change_count; i++) {
		const struct history_change *change = &history->changes[i];
		bool going;

		if (!is_ready(ordering, change))
			continue;
		ordering->order[at] = i;
		ordering->applied[change->log]++;
		going = order_from(ordering, at + 1);
		ordering->applied[change->log]--;
		if (!going)
			return false;
	}
	return true;
}

/* NOLINTEND(misc-no-recursion) */

bool
history_orders(
	const struct history *history, history_order_cb *found, void *self)
{
	struct ordering ordering = {
		.history = history, .found = found, .self = self};

	return order_from(&ordering, 0);
}
