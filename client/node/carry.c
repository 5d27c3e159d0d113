#include "client/node/carry.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"

/* One change, with copies of all that it points to. */
struct carried {
	int64_t seq;
	int64_t at;
	struct write_operation *operations;
	size_t count;
	int64_t *seen; /* by number of the log */
	uint32_t seen_count;
	struct unseen_range *unseen;
	uint32_t unseen_count;
	uint8_t *ordered_by; /* or NULL */
	int64_t written;     /* its number in the other log; 0: none yet */
};

struct carry {
	uint8_t log[LOG_BYTES];
	struct arena arena;
	struct carried *list;
	uint32_t count;
	uint32_t room;
	bool late; /* carry_late() */
};

static void
copy_operations(struct carry *c, struct carried *to, const struct change *from)
{
	struct change_walk walk = {.started = false};
	struct operation o;
	size_t room = 0;

	while (change_next_operation(from, &walk, &o)) {
		if (to->count == room) {
			struct write_operation *more = arena_take(&c->arena,
				(room ? room * 2 : 8) * sizeof *more);

			if (to->count)
				memcpy(more, to->operations,
					to->count * sizeof *more);
			to->operations = more;
			room = room ? room * 2 : 8;
		}
		to->operations[to->count++] =
			(struct write_operation){.type = o.type,
				.id = arena_copy(&c->arena, o.id, o.id_size),
				.id_size = o.id_size,
				.field = o.field,
				.kind = o.kind,
				.value = {arena_copy(&c->arena, o.value.bytes,
						  o.value.size),
					o.value.size},
				.time = o.time};
	}
}

struct taking {
	struct carry *carry;
	int64_t seq;
};

static enum status
take_change(
	void *self, const struct change *change, const struct knowledge *knew)
{
	struct taking *taking = self;
	struct carry *c = taking->carry;
	struct carried *to;

	if (c->count == c->room) {
		c->room = c->room ? c->room * 2 : 16;
		c->list = alloc_again(c->list, c->room * sizeof *c->list);
	}
	to = &c->list[c->count++];
	*to = (struct carried){.seq = taking->seq,
		.at = change->at,
		.seen_count = knew->seen_count,
		.unseen_count = knew->unseen_count};
	if (knew->seen_count)
		to->seen = arena_copy(&c->arena, knew->seen,
			knew->seen_count * sizeof *knew->seen);
	if (knew->unseen_count)
		to->unseen = arena_copy(&c->arena, knew->unseen,
			knew->unseen_count * sizeof *knew->unseen);
	if (change->ordered_by)
		to->ordered_by =
			arena_copy(&c->arena, change->ordered_by, ID_BYTES);
	copy_operations(c, to, change);
	return STATUS_OK;
}

static uint32_t
number_of(struct territory *territory, const uint8_t *log)
{
	const struct merge_logs *logs = territory_logs(territory);
	uint32_t i = 0;

	while (i < logs->count && memcmp(logs->list[i].id, log, LOG_BYTES) != 0)
		i++;
	return i;
}

struct carry *
carry_take(struct territory *territory, const uint8_t *log, int64_t after,
	int64_t last, enum status *status)
{
	struct carry *c = alloc(sizeof *c);
	struct taking taking = {c, after + 1};
	uint32_t number = number_of(territory, log);

	memcpy(c->log, log, LOG_BYTES);
	*status = STATUS_OK;
	while (number < territory_logs(territory)->count &&
		*status == STATUS_OK && taking.seq <= last) {
		*status = territory_change(
			territory, number, taking.seq, take_change, &taking);
		taking.seq++;
	}
	if (*status == STATUS_ABSENT || *status == STATUS_MALFORMED)
		*status = STATUS_OK; /* there are no more that can be read */
	if (*status == STATUS_OK && c->count > 0)
		return c;
	carry_free(c);
	return NULL;
}

void
carry_free(struct carry *carry)
{
	if (!carry)
		return;
	arena_clear(&carry->arena);
	free(carry->list);
	free(carry);
}

void
carry_narrow(struct carry *carry, int64_t from_ms,
	bool (*keep)(void *self, const struct write_operation *operation),
	void *self)
{
	for (uint32_t i = 0; i < carry_count(carry); i++) {
		struct carried *c = &carry->list[i];
		size_t kept = 0;

		if (c->at < from_ms)
			continue;
		for (size_t k = 0; k < c->count; k++)
			if (keep(self, &c->operations[k]))
				c->operations[kept++] = c->operations[k];
		c->count = kept;
	}
}

void
carry_operations(const struct carry *carry, int64_t from_ms,
	carry_operation_cb *found, void *self)
{
	for (uint32_t i = 0; i < carry_count(carry); i++)
		for (size_t k = 0; carry->list[i].at >= from_ms &&
			k < carry->list[i].count;
			k++)
			found(self, &carry->list[i].operations[k]);
}

bool
carry_fits(const struct carry *carry, int64_t after, int rank)
{
	for (uint32_t i = 0; i < carry_count(carry); i++)
		for (size_t k = 0;
			carry->list[i].seq > after && k < carry->list[i].count;
			k++)
			if (rank <
				schema_rank(carry->list[i].operations[k].field))
				return false;
	return true;
}

void
carry_late(struct carry *carry)
{
	carry->late = true;
}

uint32_t
carry_count(const struct carry *carry)
{
	return carry ? carry->count : 0;
}

/* Ranges under way; `room` follows from how many there can be. */
struct ranges {
	struct unseen_range *list;
	uint32_t count;
};

static void
add_range(struct ranges *r, uint32_t log, int64_t first, int64_t last)
{
	if (first <= last)
		r->list[r->count++] = (struct unseen_range){log, first, last};
}

/*
 * What stands in its context of each log and the author had not seen. `own` is
 * the log that is written on: of that, what stood there before (`own_before`).
 */
static void
find_unseen(struct ranges *r, const struct carried *from,
	const int64_t *context, uint32_t count, uint32_t own,
	int64_t own_before)
{
	for (uint32_t i = 0; i < count; i++) {
		int64_t seen = i < from->seen_count ? from->seen[i] : 0;
		int64_t last = i == own ? own_before : context[i];

		add_range(r, i, seen + 1, last);
	}
	for (uint32_t i = 0; i < from->unseen_count; i++) {
		const struct unseen_range *range = &from->unseen[i];
		int64_t last = range->log < count ? context[range->log] : 0;

		if (range->log != own)
			add_range(r, range->log, range->first,
				range->last < last ? range->last : last);
	}
}

/* Of the same carry, what the author's own form had not shown (MERGE R7). */
static void
find_unseen_copies(struct ranges *r, const struct carry *carry,
	const struct carried *from, uint32_t origin, uint32_t own)
{
	for (const struct carried *c = carry->list; c < from; c++)
		for (uint32_t i = 0; i < from->unseen_count; i++) {
			const struct unseen_range *range = &from->unseen[i];

			if (range->log == origin && range->first <= c->seq &&
				c->seq <= range->last && c->written) {
				add_range(r, own, c->written, c->written);
				break;
			}
		}
}

/* Leaves out, one by one, what may not be written there. */
static enum status
write_what_may(struct territory *territory, struct write *write, int64_t *seq)
{
	for (;;) {
		size_t refused, left;
		enum status status =
			territory_write(territory, write, seq, &refused);

		if (status != STATUS_REFUSED)
			return status;
		if (refused >= write->operation_count)
			return STATUS_FAILED; /* the log itself */
		left = write->operation_count - refused - 1;
		memmove(&write->operations[refused],
			&write->operations[refused + 1],
			left * sizeof *write->operations);
		write->operation_count--;
		*seq = 0;
		if (write->operation_count == 0)
			return STATUS_OK;
	}
}

/* What a change written there now has in its context, by number of the log. */
static enum status
context_of(struct territory *territory, const struct carry *carry,
	const uint8_t *log, int64_t **context, uint32_t *count)
{
	if (!carry->late)
		return territory_context(territory, log, context, count);
	territory_applied(territory, context, count);
	return STATUS_OK;
}

static enum status
write_one(struct territory *territory, const struct carry *carry,
	struct carried *from, const uint8_t *log, int64_t own_before)
{
	struct write write = {.log = log,
		.at = node_now_ms(),
		.operation_count = from->count,
		.origin_log = carry->log,
		.origin_seq = from->seq,
		.ordered_by = from->ordered_by,
		.late = carry->late};
	struct ranges ranges = {.count = 0};
	uint32_t count, own = number_of(territory, log);
	int64_t *context;
	enum status status;

	if (from->count == 0)
		return STATUS_OK;
	write.offset = node_offset(write.at);
	status = context_of(territory, carry, log, &context, &count);
	if (status != STATUS_OK) {
		free(context);
		return status;
	}
	ranges.list = alloc((count + from->unseen_count + carry->count) *
		sizeof *ranges.list);
	find_unseen(&ranges, from, context, count, own, own_before);
	find_unseen_copies(
		&ranges, carry, from, number_of(territory, carry->log), own);
	write.unseen = ranges.list;
	write.unseen_count = ranges.count;
	write.operations = alloc_copy(
		from->operations, from->count * sizeof *from->operations);
	status = write_what_may(territory, &write, &from->written);
	free(write.operations);
	free(ranges.list);
	free(context);
	return status == STATUS_OK ? STATUS_OK : STATUS_FAILED;
}

enum status
carry_write(struct territory *territory, struct carry *carry,
	const uint8_t *log, uint32_t *written)
{
	int64_t *context, own_before = 0;
	uint32_t count, own = number_of(territory, log);
	enum status status =
		context_of(territory, carry, log, &context, &count);

	*written = 0;
	if (own < count)
		own_before = context[own];
	free(context);
	for (uint32_t i = 0; status == STATUS_OK && i < carry_count(carry);
		i++) {
		status = write_one(
			territory, carry, &carry->list[i], log, own_before);
		*written += carry->list[i].written > 0;
	}
	return status;
}

enum status
carry_drop_pending(
	struct territory *territory, struct store *store, uint32_t number)
{
	enum status status = store->pending_drop(
		store->self, territory_number(territory), number, INT64_MAX);

	if (status == STATUS_OK)
		status = territory_reload(territory);
	if (status == STATUS_OK)
		status = territory_rebuild(territory);
	/* Until then they were applied, and their places taken. */
	return status == STATUS_OK ? territory_reload(territory) : status;
}
