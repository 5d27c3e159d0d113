#include "sync/carry.h"

#include <stdlib.h>
#include <string.h>

#include "sync/territory_internal.h"

enum status
carry_read(struct territory *t, const uint8_t *log, int64_t first, int64_t last,
	carry_read_cb *found, void *self)
{
	uint32_t number = log_find(t, log);
	struct reader reader = {0};
	enum status status = STATUS_OK;

	for (int64_t seq = first; number != LOG_NONE && seq <= last; seq++) {
		const struct change *change;

		status = reader_read(t, &reader, number, seq, &change);
		if (status == STATUS_OK)
			status = found(self, seq, change);
		if (status != STATUS_OK)
			break;
	}
	reader_clear(&reader);
	return status == STATUS_ABSENT || status == STATUS_MALFORMED ? STATUS_OK
								     : status;
}

/* A late change on its way. */
struct carrying {
	struct territory *territory;
	const struct carry *carry;
	struct change change; /* the one that is carried */
	uint32_t origin;      /* its log's number, or LOG_NONE */
	int64_t *seen;        /* its context, by log number */
	uint32_t seen_count;
	struct unseen_range *unseen;
	uint32_t unseen_count;
	uint32_t unseen_room;
};

/*
 * Where the log stands at its cut, with the context of the last change that
 * counts. False while it is not applied up to there.
 */
static bool
start(struct carrying *c)
{
	struct territory *t = c->territory;
	int64_t cut = log_cut(t, c->carry->origin_log);
	const struct store_log *log;

	c->origin = log_find(t, c->carry->origin_log);
	if (cut == INT64_MAX ||
		cut + (int64_t)c->carry->change_count != c->carry->origin_seq)
		return false;
	if (c->origin == LOG_NONE)
		return cut == 0;
	log = &t->states[c->origin].saved;
	if (log->applied != cut)
		return false;
	c->seen_count = t->logs.count;
	c->seen = alloc(c->seen_count * sizeof *c->seen);
	if (log->context_count)
		memcpy(c->seen, log->context,
			log->context_count * sizeof *c->seen);
	c->seen[c->origin] = cut;
	return true;
}

/* Reads the late changes one by one; the last one stays. */
static bool
follow(struct carrying *c)
{
	const struct carry *carry = c->carry;
	bool known = c->origin != LOG_NONE;
	/* A log without a number here goes by one that no log has. */
	uint32_t own = known ? c->origin : c->territory->logs.count;
	int64_t cut = known ? c->seen[own] : 0;

	for (size_t i = 0; i < carry->change_count; i++) {
		struct unpack unpack;

		unpack_init(&unpack, carry->changes[i].bytes,
			carry->changes[i].size);
		if (change_decode(&c->change, &unpack) != STATUS_OK ||
			!unpack_done(&unpack))
			return false;
		/* Of its own log nothing beyond the cut is applied. */
		context_advance(c->territory, own, cut + 1, &c->change,
			&c->seen, &c->seen_count);
	}
	return carry->change_count > 0;
}

static void
add_unseen(struct carrying *c, uint32_t log, int64_t first, int64_t last)
{
	if (first > last)
		return;
	if (c->unseen_count == c->unseen_room) {
		c->unseen_room = c->unseen_room ? c->unseen_room * 2 : 16;
		c->unseen = alloc_again(
			c->unseen, c->unseen_room * sizeof *c->unseen);
	}
	c->unseen[c->unseen_count++] = (struct unseen_range){log, first, last};
}

/* Whether the original says that it is not to be covered (MERGE R7). */
static bool
is_unseen(const struct carrying *c, const uint8_t *log, int64_t seq)
{
	struct change_cursor cursor = {0};
	int64_t first, last;
	const uint8_t *id;

	while (change_next_unseen(&c->change, &cursor, &id, &first, &last))
		if (memcmp(id, log, LOG_BYTES) == 0 && first <= seq &&
			seq <= last)
			return true;
	return false;
}

static bool
author_saw(const struct carrying *c, const uint8_t *log, int64_t seq)
{
	uint32_t number;

	if (is_unseen(c, log, seq))
		return false;
	if (memcmp(log, c->carry->origin_log, LOG_BYTES) == 0)
		return seq < c->carry->origin_seq;
	number = log_find(c->territory, log);
	return number < c->seen_count && seq <= c->seen[number];
}

/* Whether this change carries one that the author had seen. */
static bool
is_seen_copy(const struct carrying *c, const uint8_t *log, int64_t seq)
{
	for (size_t i = 0; i < c->carry->carried_count; i++) {
		const struct carried *known = &c->carry->carried[i];

		if (known->seq == seq &&
			memcmp(known->log, log, LOG_BYTES) == 0)
			return author_saw(
				c, known->origin_log, known->origin_seq);
	}
	return false;
}

/* Whether any change of the log carries another one. */
static bool
has_copies(const struct carrying *c, const uint8_t *log)
{
	for (size_t i = 0; i < c->carry->carried_count; i++)
		if (memcmp(c->carry->carried[i].log, log, LOG_BYTES) == 0)
			return true;
	return false;
}

/* What is applied here of a log and the author had not seen. */
static void
find_unseen(struct carrying *c, uint32_t log)
{
	const struct store_log *saved = &c->territory->states[log].saved;
	int64_t first = (log < c->seen_count ? c->seen[log] : 0) + 1;

	if (has_copies(c, saved->id))
		for (int64_t seq = first; seq <= saved->applied; seq++)
			if (is_seen_copy(c, saved->id, seq)) {
				add_unseen(c, log, first, seq - 1);
				first = seq + 1;
			}
	add_unseen(c, log, first, saved->applied);
}

static void
find_all_unseen(struct carrying *c)
{
	struct territory *t = c->territory;
	uint32_t told;

	/* What the author's own form had not shown, first. */
	told = unseen_read(t, &c->change, &c->unseen, &c->unseen_room);
	c->unseen_count = told;
	for (uint32_t i = 0; i < t->logs.count; i++)
		find_unseen(c, i);
}

/* The operations that count, as they were; the caller's to free. */
static struct write_operation *
take_operations(struct carrying *c, size_t *count, uint32_t *left_out)
{
	struct territory *t = c->territory;
	int rank = t->rules.rank(t->rules.self, t->id, c->carry->origin_log);
	struct write_operation *list = NULL;
	struct change_walk walk = {0};
	struct operation o;
	size_t room = 0;

	*count = 0;
	*left_out = 0;
	while (change_next_operation(&c->change, &walk, &o)) {
		if (rank < schema_rank(o.field)) {
			(*left_out)++;
			continue;
		}
		if (*count == room) {
			room = room ? room * 2 : 16;
			list = alloc_again(list, room * sizeof *list);
		}
		list[(*count)++] = (struct write_operation){.type = o.type,
			.id = o.id,
			.id_size = o.id_size,
			.field = o.field,
			.kind = o.kind,
			.value = o.value,
			.time = o.time};
	}
	return list;
}

static enum status
write_again(struct carrying *c, int64_t *seq, uint32_t *left_out)
{
	const struct carry *carry = c->carry;
	size_t count, refused;
	struct write_operation *operations =
		take_operations(c, &count, left_out);
	struct write write = {.log = carry->log,
		.at = carry->at,
		.offset = carry->offset,
		.operations = operations,
		.operation_count = count,
		.origin_log = carry->origin_log,
		.origin_seq = carry->origin_seq};
	enum status status = STATUS_OK;

	find_all_unseen(c);
	write.unseen = c->unseen;
	write.unseen_count = c->unseen_count;
	if (count)
		status = territory_write(c->territory, &write, seq, &refused);
	free(operations);
	return status;
}

enum status
territory_carry(struct territory *t, const struct carry *carry, int64_t *seq,
	uint32_t *left_out)
{
	struct carrying c = {.territory = t, .carry = carry};
	enum status status;
	uint32_t own;

	*seq = 0;
	*left_out = 0;
	/* The own log first: it takes a number, and numbers are counted. */
	status = log_number(t, carry->log, &own);
	/* What its author had seen of a log without a number is left out. */
	for (size_t i = 0; status == STATUS_OK && i < carry->carried_count; i++)
		status = log_number(t, carry->carried[i].origin_log, &own);
	if (status != STATUS_OK)
		return STATUS_FAILED;
	status = STATUS_AGAIN;
	if (start(&c))
		status = follow(&c) ? write_again(&c, seq, left_out)
				    : STATUS_MALFORMED;
	free(c.seen);
	free(c.unseen);
	return status;
}
