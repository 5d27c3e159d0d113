#include "client/method/honesty.h"

#include <stdlib.h>
#include <string.h>

#include "client/method/day.h"
#include "sync/alloc.h"

/* ---- the same words ---- */

static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without spaces around; returns the size. */
static size_t
trim(const char **text)
{
	size_t size;

	while (is_space(**text))
		++*text;
	size = strlen(*text);
	while (size && is_space((*text)[size - 1]))
		size--;
	return size;
}

static int
compare_words(const char *a, const char *b)
{
	size_t size_a = trim(&a), size_b = trim(&b);
	int order = memcmp(a, b, size_a < size_b ? size_a : size_b);

	return order ? order : (size_a > size_b) - (size_a < size_b);
}

static int
compare_texts(const void *left, const void *right)
{
	const struct honesty_text *a = left, *b = right;
	int order = compare_words(a->text, b->text);

	return order ? order : (a->visit > b->visit) - (a->visit < b->visit);
}

/* Two visits of one person among these, which have the same words. */
static bool
shared(const struct honesty_visit *visits, const struct honesty_text *texts,
	size_t count, size_t visit)
{
	for (size_t i = 0; i < count; i++)
		if (texts[i].visit != visit &&
			memcmp(visits[texts[i].visit].user, visits[visit].user,
				ID_BYTES) == 0)
			return true;
	return false;
}

void
honesty_same_texts(
	struct honesty_visit *visits, struct honesty_text *texts, size_t count)
{
	if (count > 1)
		qsort(texts, count, sizeof *texts, compare_texts);
	for (size_t at = 0, next; at < count; at = next) {
		const char *text = texts[at].text;

		for (next = at + 1; next < count &&
			compare_words(texts[at].text, texts[next].text) == 0;)
			next++;
		if (trim(&text) < HONESTY_TEXT_MIN)
			continue;
		for (size_t i = at; i < next; i++)
			if (shared(visits, texts + at, next - at,
				    texts[i].visit))
				visits[texts[i].visit].same_text = true;
	}
}

/* ---- one visit ---- */

static bool
is_late(int32_t day, int32_t entered)
{
	return day != DAY_NONE && entered != DAY_NONE &&
		(int64_t)entered - day > HONESTY_LATE_DAYS;
}

bool
honesty_late(const struct honesty_visit *v)
{
	return is_late(v->day, v->entered);
}

bool
honesty_proven_late(const struct honesty_visit *v)
{
	return is_late(v->day, v->proven);
}

bool
honesty_ahead(const struct honesty_visit *v)
{
	return v->day != DAY_NONE && v->entered < v->day;
}

bool
honesty_flagged(const struct honesty_visit *v)
{
	return honesty_late(v) || honesty_proven_late(v) || honesty_ahead(v) ||
		v->edited || v->no_place || v->no_note || v->no_next_step ||
		v->same_text || v->clock_back;
}

/* ---- those of one person ---- */

static int
compare_numbers(const void *left, const void *right)
{
	const int64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* The value that so many in ten are not above; `count` is not 0. */
static int64_t
nearest_rank(const int64_t *sorted, size_t count, size_t tenths)
{
	return sorted[(count * tenths + 9) / 10 - 1];
}

static struct honesty_lag
lag_of(int64_t *days, size_t count)
{
	struct honesty_lag lag = {.count = count};
	int64_t late = 0;

	if (count > 1)
		qsort(days, count, sizeof *days, compare_numbers);
	for (size_t i = 0; i < count; i++)
		late += days[i] > HONESTY_LATE_DAYS;
	if (count) {
		lag.median_days = nearest_rank(days, count, 5);
		lag.p90_days = nearest_rank(days, count, 9);
	}
	lag.late = figure_of(late, (int64_t)count);
	return lag;
}

struct honesty
honesty_of(const struct honesty_visit *visits, size_t count)
{
	struct honesty h = {.visits = count};
	int64_t *entered = alloc(count * sizeof *entered);
	int64_t *received = alloc(count * sizeof *received);
	size_t received_count = 0;

	memcpy(h.user, visits[0].user, ID_BYTES);
	for (size_t i = 0; i < count; i++) {
		const struct honesty_visit *v = &visits[i];

		entered[i] = (int64_t)v->entered - v->day;
		if (v->received != DAY_NONE)
			received[received_count++] =
				(int64_t)v->received - v->day;
		h.proven_late += honesty_proven_late(v);
		h.ahead += honesty_ahead(v);
		h.edited += v->edited;
		h.no_place += v->no_place;
		h.no_note += v->no_note;
		h.no_next_step += v->no_next_step;
		h.same_text += v->same_text;
		h.clock_back += v->clock_back;
	}
	h.entered = lag_of(entered, count);
	h.received = lag_of(received, received_count);
	free(entered);
	free(received);
	return h;
}

static int
compare_visits(const void *left, const void *right)
{
	const struct honesty_visit *a = left, *b = right;
	int order = memcmp(a->user, b->user, ID_BYTES);

	if (order == 0 && a->day != b->day)
		return a->day > b->day ? -1 : 1;
	return order ? order : memcmp(a->id, b->id, ID_BYTES);
}

void
honesty_sort(struct honesty_visit *visits, size_t count)
{
	if (count > 1)
		qsort(visits, count, sizeof *visits, compare_visits);
}
