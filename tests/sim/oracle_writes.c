#include "tests/sim/oracle_parts.h"

#include <string.h>

/* Step 2: operations by register. */

int
oracle_compare_numbers(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

int
oracle_compare_bytes(
	const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	size_t least = a_size < b_size ? a_size : b_size;
	int order = least == 0 ? 0 : memcmp(a, b, least);

	return order != 0
		? order
		: oracle_compare_numbers((int64_t)a_size, (int64_t)b_size);
}

int
oracle_compare_views(struct pack_view a, struct pack_view b)
{
	return oracle_compare_bytes(a.bytes, a.size, b.bytes, b.size);
}

static int
compare_records(const struct operation *a, const struct operation *b)
{
	int order = oracle_compare_numbers(a->type, b->type);

	return order != 0
		? order
		: oracle_compare_bytes(a->id, a->id_size, b->id, b->id_size);
}

int
oracle_compare_registers(const struct write *a, const struct write *b)
{
	int order = compare_records(a->operation, b->operation);

	if (order == 0)
		order = oracle_compare_numbers(
			a->operation->field, b->operation->field);
	if (order == 0)
		order = oracle_compare_numbers((int)a->kind, (int)b->kind);
	if (order == 0 && a->kind == KIND_SET)
		order = oracle_compare_views(
			a->operation->value, b->operation->value);
	return order;
}

int
oracle_compare_writes(const void *a, const void *b)
{
	const struct write *v = a, *w = b;
	int order = oracle_compare_registers(v, w);

	return order != 0 ? order
			  : oracle_compare_numbers(
				    (int64_t)v->position, (int64_t)w->position);
}

/* Step 3 and 4, on the writes of one register, as they were applied. */

/* R4, R7: whether the author of `change` knew change `seq` of `log`. */
bool
oracle_covers(
	const struct oracle_change *change, const uint8_t *log, int64_t seq)
{
	int64_t known = 0;

	if (memcmp(change->log, log, LOG_BYTES) == 0)
		known = change->seq - 1;
	for (size_t i = 0; i < change->seen_count; i++)
		if (memcmp(change->seen[i].log, log, LOG_BYTES) == 0)
			known = change->seen[i].seq;
	if (seq > known)
		return false;
	for (size_t i = 0; i < change->unseen_count; i++) {
		const struct unseen_entry *range = &change->unseen[i];

		if (memcmp(range->log, log, LOG_BYTES) == 0 &&
			range->first <= seq && seq <= range->last)
			return false;
	}
	return true;
}

bool
oracle_write_covers(const struct write *by, const struct write *of)
{
	return oracle_covers(by->change, of->change->log, of->change->seq);
}

/* R11: whether `first` is a counted init that `init` covers. */
static bool
is_earlier_first(const struct write *init, const struct write *first)
{
	return first != init && first->counts &&
		oracle_write_covers(init, first);
}

/*
 * R11: an init is void when the earlier firsts that it covers, less those that
 * another of them covers, hold exactly one value. Those before it in the
 * register have their verdict, and nothing applied later can be covered.
 */
static bool
is_void(const struct write *init, const struct write *writes, size_t count)
{
	const struct pack_view *value = NULL;

	for (size_t i = 0; i < count; i++) {
		bool covered = false;

		if (!is_earlier_first(init, &writes[i]))
			continue;
		for (size_t j = 0; j < count; j++)
			if (j != i && is_earlier_first(init, &writes[j]) &&
				oracle_write_covers(&writes[j], &writes[i]))
				covered = true;
		if (covered)
			continue;
		if (value &&
			oracle_compare_views(
				*value, writes[i].operation->value) != 0)
			return false;
		value = &writes[i].operation->value;
	}
	return value != NULL;
}

void
oracle_judge(struct write *writes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct write *write = &writes[i];
		int least = (int)(write->operation->field % 4);

		write->counts = write->log->is.rank >= least && /* R16 */
			!(write->kind == KIND_ONCE &&
				is_void(write, writes, count)); /* R11 */
	}
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (writes[j].counts && j != i &&
				oracle_write_covers(&writes[j], &writes[i]))
				writes[i].superseded = true; /* R4 */
}

bool
oracle_is_live(const struct write *write)
{
	/* R14: a del leaves nothing. */
	return write->counts && !write->superseded &&
		write->operation->kind != OPERATION_DEL;
}
