#include "tests/sim/oracle_parts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pieces of memory that are freed together. */
struct piece {
	struct piece *next;
	max_align_t bytes[];
};

void *
oracle_take(struct piece **pieces, size_t size)
{
	struct piece *piece = calloc(1, sizeof *piece + size);

	if (!piece) {
		(void)fputs("oracle: out of memory\n", stderr);
		abort();
	}
	piece->next = *pieces;
	*pieces = piece;
	return piece->bytes;
}

static void *
copy(struct piece **pieces, const void *bytes, size_t size)
{
	void *piece = oracle_take(pieces, size);

	assert(bytes || size == 0);
	if (bytes)
		memcpy(piece, bytes, size);
	return piece;
}

static void
drop(struct piece **pieces)
{
	while (*pieces) {
		struct piece *next = (*pieces)->next;

		free(*pieces);
		*pieces = next;
	}
}

struct oracle *
oracle_new(const struct schema *schema)
{
	struct oracle *oracle = calloc(1, sizeof *oracle);

	if (!oracle)
		abort();
	oracle->schema = schema;
	return oracle;
}

void
oracle_reset(struct oracle *oracle)
{
	for (size_t i = 0; i < oracle->log_count; i++)
		free(oracle->logs[i].changes);
	free(oracle->logs);
	drop(&oracle->given);
	drop(&oracle->derived);
	*oracle = (struct oracle){.schema = oracle->schema};
}

void
oracle_free(struct oracle *oracle)
{
	if (!oracle)
		return;
	oracle_reset(oracle);
	free(oracle);
}

/* The log, or NULL. */
struct log *
oracle_find_log(const struct oracle *oracle, const uint8_t *id)
{
	for (size_t i = 0; i < oracle->log_count; i++)
		if (memcmp(oracle->logs[i].is.id, id, LOG_BYTES) == 0)
			return &oracle->logs[i];
	return NULL;
}

/* The log, made in its place if need be. */
static struct log *
the_log(struct oracle *oracle, const uint8_t *id)
{
	struct log *log = oracle_find_log(oracle, id);
	size_t at = 0;

	if (log)
		return log;
	oracle->logs = realloc(
		oracle->logs, (oracle->log_count + 1) * sizeof *oracle->logs);
	if (!oracle->logs)
		abort();
	while (at < oracle->log_count &&
		memcmp(oracle->logs[at].is.id, id, LOG_BYTES) < 0)
		at++;
	log = &oracle->logs[at];
	if (at < oracle->log_count)
		memmove(log + 1, log, (oracle->log_count - at) * sizeof *log);
	oracle->log_count++;
	*log = (struct log){.is = {.rank = ORACLE_UNGRANTED, .cut = INT64_MAX}};
	memcpy(log->is.id, id, LOG_BYTES);
	return log;
}

void
oracle_grant(
	struct oracle *oracle, const uint8_t id[static LOG_BYTES], int rank)
{
	struct log *log = the_log(oracle, id);

	assert(log->is.rank == ORACLE_UNGRANTED || log->is.rank == rank);
	log->is.rank = rank;
}

void
oracle_cut(
	struct oracle *oracle, const uint8_t id[static LOG_BYTES], int64_t last)
{
	struct log *log = the_log(oracle, id);

	if (last < log->is.cut)
		log->is.cut = last;
}

static struct oracle_change *
copy_change(struct oracle *oracle, const struct oracle_change *from)
{
	struct piece **to = &oracle->given;
	struct oracle_change *change = copy(to, from, sizeof *from);
	struct seen_entry *seen =
		copy(to, from->seen, from->seen_count * sizeof *seen);
	struct unseen_entry *unseen =
		copy(to, from->unseen, from->unseen_count * sizeof *unseen);
	struct operation *operations = copy(to, from->operations,
		from->operation_count * sizeof *operations);

	change->log = copy(to, from->log, LOG_BYTES);
	for (size_t i = 0; i < from->seen_count; i++) {
		assert(memcmp(from->seen[i].log, from->log, LOG_BYTES) != 0);
		seen[i].log = copy(to, from->seen[i].log, LOG_BYTES);
	}
	for (size_t i = 0; i < from->unseen_count; i++)
		unseen[i].log = copy(to, from->unseen[i].log, LOG_BYTES);
	for (size_t i = 0; i < from->operation_count; i++) {
		struct operation *operation = &operations[i];

		operation->id = copy(to, operation->id, operation->id_size);
		operation->value.bytes =
			copy(to, operation->value.bytes, operation->value.size);
	}
	change->seen = seen;
	change->unseen = unseen;
	change->operations = operations;
	return change;
}

void
oracle_change(struct oracle *oracle, const struct oracle_change *change)
{
	struct log *log = the_log(oracle, change->log);
	size_t at = log->change_count;

	while (at > 0 && log->changes[at - 1]->seq >= change->seq) {
		if (log->changes[at - 1]->seq == change->seq)
			return;
		at--;
	}
	if (log->change_count == log->change_room) {
		log->change_room = log->change_room * 2 + 8;
		log->changes = realloc(log->changes,
			log->change_room * sizeof(struct oracle_change *));
		if (!log->changes)
			abort();
	}
	if (at < log->change_count)
		memmove(&log->changes[at + 1], &log->changes[at],
			(log->change_count - at) *
				sizeof(struct oracle_change *));
	log->change_count++;
	log->changes[at] = copy_change(oracle, change);
}

/* Step 1: which changes are applied. */

/* R3: whether a change of its context is applied, the cut as a clamp. */
static bool
context_entry_is_applied(
	const struct oracle *oracle, const struct seen_entry *entry)
{
	const struct log *log = oracle_find_log(oracle, entry->log);
	int64_t needed = entry->seq;

	if (!log)
		return needed == 0;
	if (needed > log->is.cut)
		needed = log->is.cut;
	return needed <= log->is.applied;
}

/* The log's next change if it can be applied (R1 to R3), else NULL. */
static const struct oracle_change *
ready(const struct oracle *oracle, const struct log *log)
{
	int64_t next = log->is.applied + 1;
	const struct oracle_change *change;

	/* Sequence numbers have no gaps: change n is at n - 1, or missing. */
	if (log->is.rank < 0 || next > log->is.cut ||
		(uint64_t)next > log->change_count)
		return NULL;
	change = log->changes[next - 1];
	if (change->seq != next)
		return NULL;
	for (size_t i = 0; i < change->seen_count; i++)
		if (!context_entry_is_applied(oracle, &change->seen[i]))
			return NULL;
	return change;
}

static enum schema_kind
register_kind(enum operation_kind kind)
{
	switch (kind) {
	case OPERATION_PUT:
		return KIND_PUT;
	case OPERATION_INIT:
		return KIND_ONCE;
	case OPERATION_ADD:
	case OPERATION_DEL:
		break;
	}
	return KIND_SET;
}

static void
gather(struct oracle *oracle, const struct log *log,
	const struct oracle_change *change)
{
	for (size_t i = 0; i < change->operation_count; i++) {
		struct write *write = &oracle->writes[oracle->write_count];

		*write = (struct write){
			.log = log,
			.change = change,
			.operation = &change->operations[i],
			.kind = register_kind(change->operations[i].kind),
			.position = oracle->write_count++,
		};
	}
}

/* Applies whatever is ready until nothing more is. */
static void
apply_all(struct oracle *oracle)
{
	size_t count = 0;
	bool moved;

	for (size_t i = 0; i < oracle->log_count; i++) {
		oracle->logs[i].is.applied = 0;
		for (size_t j = 0; j < oracle->logs[i].change_count; j++)
			count += oracle->logs[i].changes[j]->operation_count;
	}
	oracle->writes =
		oracle_take(&oracle->derived, count * sizeof *oracle->writes);
	oracle->write_count = 0;
	do {
		moved = false;
		for (size_t i = 0; i < oracle->log_count; i++) {
			struct log *log = &oracle->logs[i];
			const struct oracle_change *change;

			while ((change = ready(oracle, log)) != NULL) {
				log->is.applied = change->seq;
				gather(oracle, log, change);
				moved = true;
			}
		}
	} while (moved);
}

/* Puts a register with a live version at the end of its record. */
static void
put_register(struct oracle *oracle, struct oracle_record *records,
	struct oracle_register *reg, const struct write *writes, size_t count)
{
	struct oracle_view *view = &oracle->view;
	const struct operation *of = writes->operation;
	struct oracle_record *record = NULL;

	oracle_show_register(oracle, reg, writes, count);
	if (view->record_count > 0)
		record = &records[view->record_count - 1];
	if (!record || record->type != of->type ||
		oracle_compare_bytes(record->id, record->id_size, of->id,
			of->id_size) != 0) {
		record = &records[view->record_count++];
		*record = (struct oracle_record){
			.type = of->type,
			.id = of->id,
			.id_size = of->id_size,
			.registers = reg,
		};
	}
	record->register_count++;
}

const struct oracle_view *
oracle_view(struct oracle *oracle)
{
	struct oracle_view *view = &oracle->view;
	struct oracle_record *records;
	struct oracle_register *registers;
	struct oracle_log *logs;
	size_t register_count = 0, end;

	drop(&oracle->derived);
	*view = (struct oracle_view){.log_count = oracle->log_count};
	apply_all(oracle);
	if (oracle->write_count > 0)
		qsort(oracle->writes, oracle->write_count,
			sizeof *oracle->writes, oracle_compare_writes);

	logs = oracle_take(&oracle->derived, view->log_count * sizeof *logs);
	for (size_t i = 0; i < view->log_count; i++)
		logs[i] = oracle->logs[i].is;
	records = oracle_take(
		&oracle->derived, oracle->write_count * sizeof *records);
	registers = oracle_take(
		&oracle->derived, oracle->write_count * sizeof *registers);
	view->logs = logs;
	view->records = records;

	for (size_t first = 0; first < oracle->write_count; first = end) {
		struct write *writes = &oracle->writes[first];
		bool live = false;

		for (end = first; end < oracle->write_count &&
			oracle_compare_registers(
				writes, &oracle->writes[end]) == 0;)
			end++;
		oracle_judge(writes, end - first);
		for (size_t i = first; i < end; i++)
			live = live || oracle_is_live(&oracle->writes[i]);
		if (live)
			put_register(oracle, records,
				&registers[register_count++], writes,
				end - first);
	}
	for (size_t i = 0; i < view->record_count; i++)
		oracle_show_record(oracle, &records[i]);
	return view;
}

const struct oracle_record *
oracle_record(const struct oracle_view *view, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	for (size_t i = 0; i < view->record_count; i++) {
		const struct oracle_record *record = &view->records[i];

		if (record->type == type &&
			oracle_compare_bytes(
				record->id, record->id_size, id, id_size) == 0)
			return record;
	}
	return NULL;
}

enum oracle_state
oracle_state(const struct oracle *oracle, const uint8_t id[static LOG_BYTES],
	int64_t seq)
{
	const struct log *log = oracle_find_log(oracle, id);
	bool given = false;

	for (size_t i = 0; log && i < log->change_count; i++)
		if (log->changes[i]->seq == seq)
			given = true;
	if (!given)
		return ORACLE_ABSENT;
	if (log->is.rank == ORACLE_NEVER)
		return ORACLE_UNFIT;
	if (seq > log->is.cut)
		return ORACLE_BEYOND;
	if (log->is.rank == ORACLE_UNGRANTED)
		return ORACLE_NO_GRANT;
	return seq <= log->is.applied ? ORACLE_APPLIED : ORACLE_WAITS;
}

/* Whether a counted operation on its register was written knowing it. */
static bool
was_written_over(const struct oracle *oracle, const struct write *write)
{
	for (size_t i = 0; i < oracle->write_count; i++) {
		const struct write *by = &oracle->writes[i];

		if (by->counts && oracle_compare_registers(by, write) == 0 &&
			oracle_write_covers(by, write))
			return true;
	}
	return false;
}

size_t
oracle_lost(struct oracle *oracle, oracle_live_cb *live, oracle_lost_cb *lost,
	void *self)
{
	size_t count = 0;

	(void)oracle_view(oracle);
	for (size_t i = 0; i < oracle->write_count; i++) {
		const struct write *write = &oracle->writes[i];
		const uint8_t *log = write->change->log;
		int64_t seq = write->change->seq;

		if (!write->counts || write->operation->kind == OPERATION_DEL ||
			live(self, log, seq, write->operation) ||
			was_written_over(oracle, write))
			continue;
		count++;
		if (lost)
			lost(self, log, seq, write->operation);
	}
	return count;
}
