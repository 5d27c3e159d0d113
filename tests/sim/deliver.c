#include "tests/sim/deliver.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"

static void
tell_change(const struct world *world, const struct world_change *change,
	struct oracle *oracle)
{
	struct seen_entry seen[WORLD_LOGS_MAX];
	struct unseen_entry unseen[WORLD_RANGES_MAX];
	struct oracle_change told = {
		.log = world->logs[change->log].id,
		.seq = change->seq,
		.seen = seen,
		.unseen = unseen,
		.unseen_count = change->unseen_count,
		.operations = change->operations,
		.operation_count = change->operation_count,
	};

	for (uint32_t l = 0; l < world->log_count; l++)
		if (l != change->log && change->seen[l] > 0)
			seen[told.seen_count++] = (struct seen_entry){
				world->logs[l].id, change->seen[l]};
	for (uint32_t i = 0; i < change->unseen_count; i++)
		unseen[i] = (struct unseen_entry){
			world->logs[change->unseen[i].log].id,
			change->unseen[i].first, change->unseen[i].last};
	oracle_change(oracle, &told);
}

const struct oracle_view *
world_tell(const struct world *world, struct oracle *oracle)
{
	oracle_reset(oracle);
	for (uint32_t l = 0; l < world->log_count; l++) {
		oracle_grant(oracle, world->logs[l].id, world->logs[l].rank);
		oracle_cut(oracle, world->logs[l].id, world->cuts[l]);
	}
	for (uint32_t i = 0; i < world->change_count; i++)
		tell_change(world, &world->changes[i], oracle);
	return oracle_view(oracle);
}

void
side_reset(struct side *side)
{
	memset(side->applied, 0, sizeof side->applied);
	side->record_count = 0;
}

void
side_clear(struct side *side)
{
	for (size_t i = 0; i < WORLD_RECORDS_MAX; i++)
		record_clear(&side->records[i]);
	side_reset(side);
}

bool
side_wants(const struct side *side, const struct world *world,
	const struct world_change *change)
{
	if (change->seq != side->applied[change->log] + 1 ||
		change->seq > world->cuts[change->log])
		return false;
	for (uint32_t l = 0; l < world->log_count; l++) {
		int64_t needed = change->seen[l];

		if (needed > world->cuts[l])
			needed = world->cuts[l];
		if (needed > side->applied[l])
			return false;
	}
	return true;
}

/* Where the record is, or record_count. */
static size_t
find_record(const struct side *side, uint32_t type, const uint8_t *id,
	size_t id_size)
{
	size_t at = 0;

	while (at < side->record_count &&
		(side->records[at].type != type ||
			side->records[at].id_size != id_size ||
			memcmp(side->records[at].id, id, id_size) != 0))
		at++;
	return at;
}

void
side_apply(struct side *side, const struct world *world,
	const struct world_change *change)
{
	struct merge_change merge = {
		.log = change->log,
		.seq = change->seq,
		.rank = world->logs[change->log].rank,
		.knowledge = {change->seen, world->log_count, change->unseen,
			change->unseen_count},
	};

	for (uint32_t i = 0; i < change->operation_count; i++) {
		const struct operation *operation = &change->operations[i];
		size_t at = find_record(side, operation->type, operation->id,
			operation->id_size);

		if (at == side->record_count) {
			assert(at < WORLD_RECORDS_MAX);
			side->record_count++;
			record_reset(&side->records[at], operation->type,
				operation->id, operation->id_size);
		}
		(void)merge_operation(&side->records[at], &merge, operation);
	}
	side->applied[change->log] = change->seq;
}

static bool
equal_views(struct pack_view a, struct pack_view b)
{
	return a.size == b.size &&
		(a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

static const char *
register_differs(const struct world *world, const struct reg *reg,
	const struct oracle_register *told)
{
	if (reg->field != told->field || reg->kind != told->kind ||
		(reg->kind == KIND_SET &&
			!equal_views(reg->element, told->element)))
		return "another register is live";
	if (reg->version_count != told->version_count)
		return "another number of versions is live";
	for (uint32_t i = 0; i < reg->version_count; i++) {
		const struct version *version = &reg->versions[i];
		const struct oracle_version *other = &told->versions[i];

		if (version->seq != other->seq ||
			memcmp(world->logs[version->log].id, other->log,
				LOG_BYTES) != 0)
			return "another version is live or in its place";
		if (version->time != other->time)
			return "a version has another time";
		if (reg->kind != KIND_SET &&
			!equal_views(version->value, other->value))
			return "a version has another value";
	}
	return NULL;
}

static const char *
registers_differ(const struct world *world, const struct record *record,
	const struct oracle_record *told)
{
	size_t at = 0;

	for (uint32_t i = 0; i < record->reg_count; i++) {
		const char *difference;

		if (record->regs[i].version_count == 0)
			continue;
		if (at == told->register_count)
			return "a register is live that should not be";
		difference = register_differs(
			world, &record->regs[i], &told->registers[at++]);
		if (difference)
			return difference;
	}
	return at == told->register_count ? NULL : "a register is missing";
}

/* What merge_show() asks its caller for. */
struct outside {
	struct outside_version list[64];
	uint32_t count;
};

static void
note_outside(void *self, const struct outside_version *version)
{
	struct outside *outside = self;

	assert(outside->count < 64);
	outside->list[outside->count++] = *version;
}

static void
gather_outside(struct outside *outside, const struct side *side,
	const struct world *world, const struct record *record)
{
	outside->count = 0;
	if (!merge_wants_outside(record))
		return;
	for (size_t i = 0; i < side->record_count; i++) {
		const struct record *other = &side->records[i];

		if (record->type == SCHEMA_ALIAS) {
			if (other->type == TYPE_ACCOUNT &&
				memcmp(other->id, record->id + ID_BYTES,
					ID_BYTES) == 0)
				merge_row_versions(
					other, note_outside, outside);
		} else if (other != record && !merge_closed_alone(other)) {
			merge_parent_versions(world->schema, other,
				record->type, record->id, note_outside,
				outside);
		}
	}
}

static bool
unseen_is(const struct world *world, const struct unseen_version *unseen,
	const struct oracle_unseen *told)
{
	return unseen->dot.seq == told->seq &&
		memcmp(world->logs[unseen->dot.log].id, told->log, LOG_BYTES) ==
		0 &&
		unseen->type == told->type && unseen->field == told->field &&
		unseen->id_size == told->id_size &&
		memcmp(unseen->id, told->id, told->id_size) == 0;
}

static bool
same_unseen(const struct unseen_version *a, const struct unseen_version *b)
{
	return a->dot.log == b->dot.log && a->dot.seq == b->dot.seq &&
		a->type == b->type && a->field == b->field &&
		a->id_size == b->id_size &&
		memcmp(a->id, b->id, a->id_size) == 0;
}

/*
 * The same versions, dots in the same order. Elements of one set field that
 * one change added are one line to the oracle, and the order among versions of
 * one change is nobody's rule.
 */
static const char *
unseen_differs(const struct world *world, const struct conflict *conflict,
	const struct oracle_entry *entry)
{
	size_t lines = 0;

	for (uint32_t i = 0; i < conflict->unseen_count; i++) {
		const struct unseen_version *unseen = &conflict->unseen[i];
		bool told = false, twin = false;

		for (size_t j = 0; j < entry->unseen_count; j++)
			told = told ||
				unseen_is(world, unseen, &entry->unseen[j]);
		if (!told)
			return "a mark lists a version that it has seen";
		for (uint32_t j = 0; j < i; j++)
			twin = twin ||
				same_unseen(&conflict->unseen[j], unseen);
		if (!twin)
			lines++;
		if (i > 0 &&
			memcmp(world->logs[unseen[-1].dot.log].id,
				world->logs[unseen->dot.log].id, LOG_BYTES) > 0)
			return "the unseen versions are out of order";
	}
	return lines == entry->unseen_count
		? NULL
		: "a mark leaves an unseen version out";
}

/* The code gives a mark one reason, which stands for its siblings, too. */
static const char *
entry_differs(const struct world *world, const struct conflict *conflict,
	const struct oracle_entry *entry)
{
	if (conflict->why == CONFLICT_MARK)
		return unseen_differs(world, conflict, entry);
	if (!entry->siblings)
		return "no siblings that differ";
	return conflict->undecided == entry->undecided ? NULL
						       : "undecided or not";
}

static const char *
inbox_differs(const struct world *world, const struct shown *shown,
	const struct oracle_record *told)
{
	uint32_t at = 0;

	for (size_t i = 0; i < told->inbox_count; i++) {
		const struct oracle_entry *entry = &told->inbox[i];
		const char *difference;

		/* The code does not tell of two movers alone (README). */
		if (!entry->siblings && !entry->mark)
			continue;
		if (at == shown->conflict_count ||
			shown->conflicts[at].field != entry->field)
			return "the inbox lacks an entry";
		difference =
			entry_differs(world, &shown->conflicts[at++], entry);
		if (difference)
			return difference;
	}
	return at == shown->conflict_count ? NULL
					   : "the inbox has an entry too many";
}

static const char *
record_differs(const struct side *side, const struct world *world,
	struct record *record, const struct oracle_record *told)
{
	struct outside outside;
	struct shown shown = {0};
	const char *difference = registers_differ(world, record, told);

	if (difference)
		return difference;
	gather_outside(&outside, side, world, record);
	shown.arena = &record->arena;
	merge_show(&shown, world->schema,
		&(struct merge_logs){world->logs, world->log_count}, record,
		outside.list, outside.count);
	if (shown.archived != told->archived)
		return "archived or not";
	if (shown.moved != told->moved)
		return "moved or not";
	if (shown.joined != told->joined)
		return "joined or not";
	return inbox_differs(world, &shown, told);
}

static void
sort_records(struct side *side, const struct world *world)
{
	for (size_t i = 0; i < side->record_count; i++)
		merge_sort_record(world->schema,
			&(struct merge_logs){world->logs, world->log_count},
			&side->records[i]);
}

const char *
side_differs(struct side *side, const struct world *world,
	const struct oracle_view *view)
{
	size_t live = 0;

	for (uint32_t l = 0; l < world->log_count; l++)
		for (size_t i = 0; i < view->log_count; i++)
			if (memcmp(view->logs[i].id, world->logs[l].id,
				    LOG_BYTES) == 0 &&
				view->logs[i].applied != side->applied[l])
				return "another frontier is applied";
	sort_records(side, world);
	for (size_t i = 0; i < side->record_count; i++) {
		struct record *record = &side->records[i];
		const struct oracle_record *told = oracle_record(
			view, record->type, record->id, record->id_size);
		const char *difference;

		if (record_exists(record) != (told != NULL))
			return "a record exists or not";
		if (!told)
			continue;
		live++;
		difference = record_differs(side, world, record, told);
		if (difference)
			return difference;
	}
	return live == view->record_count ? NULL : "a record is missing";
}

static void
print_view(FILE *out, struct pack_view view)
{
	for (size_t i = 0; i < view.size; i++)
		(void)fprintf(out, "%02x", view.bytes[i]);
}

static int
compare_dots(const void *a, const void *b)
{
	const struct dot *d = a, *e = b;

	if (d->log != e->log)
		return d->log < e->log ? -1 : 1;
	return (d->seq > e->seq) - (d->seq < e->seq);
}

/* The past of a write-once register as lines in order of dots. */
static void
print_past(FILE *out, const struct reg *reg)
{
	struct dot dots[WORLD_CHANGES_MAX], covered[WORLD_CHANGES_MAX];

	for (uint32_t i = 0; i < reg->past_count; i++)
		dots[i] = (struct dot){reg->past[i].log, reg->past[i].seq};
	if (reg->past_count > 0)
		qsort(dots, reg->past_count, sizeof *dots, compare_dots);
	for (uint32_t i = 0; i < reg->past_count; i++) {
		const struct past_write *past = reg->past;

		while (past->log != dots[i].log || past->seq != dots[i].seq)
			past++;
		(void)fprintf(out, "  past %u.%lld ", past->log,
			(long long)past->seq);
		print_view(out, past->value);
		for (uint32_t j = 0; j < past->covered_count; j++)
			covered[j] =
				(struct dot){reg->past[past->covered[j]].log,
					reg->past[past->covered[j]].seq};
		if (past->covered_count > 0)
			qsort(covered, past->covered_count, sizeof *covered,
				compare_dots);
		for (uint32_t j = 0; j < past->covered_count; j++)
			(void)fprintf(out, " over %u.%lld", covered[j].log,
				(long long)covered[j].seq);
		(void)fputc('\n', out);
	}
}

static void
print_record(FILE *out, const struct record *record)
{
	(void)fprintf(out, "record %u ", record->type);
	print_view(out, (struct pack_view){record->id, record->id_size});
	(void)fputc('\n', out);
	for (uint32_t i = 0; i < record->reg_count; i++) {
		const struct reg *reg = &record->regs[i];

		if (reg->version_count == 0 && reg->past_count == 0)
			continue;
		(void)fprintf(out, " register %u kind %d ", reg->field,
			(int)reg->kind);
		print_view(out, reg->element);
		(void)fputc('\n', out);
		for (uint32_t j = 0; j < reg->version_count; j++) {
			const struct version *version = &reg->versions[j];

			(void)fprintf(out, "  %u.%lld at %lld %d ",
				version->log, (long long)version->seq,
				(long long)version->time,
				version->knowledge != NULL);
			print_view(out, version->value);
			(void)fputc('\n', out);
		}
		print_past(out, reg);
	}
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char *
side_text(struct side *side, const struct world *world)
{
	char *records[WORLD_RECORDS_MAX] = {NULL}, *text = NULL;
	size_t size;
	FILE *out;

	sort_records(side, world);
	for (size_t i = 0; i < side->record_count; i++) {
		out = open_memstream(&records[i], &size);
		if (!out)
			abort();
		print_record(out, &side->records[i]);
		(void)fclose(out); /* memory */
	}
	qsort(records, side->record_count, sizeof *records, compare_texts);
	out = open_memstream(&text, &size);
	if (!out)
		abort();
	for (uint32_t l = 0; l < world->log_count; l++)
		(void)fprintf(out, "%lld ", (long long)side->applied[l]);
	(void)fputc('\n', out);
	for (size_t i = 0; i < side->record_count; i++) {
		(void)fputs(records[i], out);
		free(records[i]);
	}
	(void)fclose(out); /* memory */
	return text;
}

bool
side_holds(void *self, const uint8_t *log, int64_t seq,
	const struct operation *operation)
{
	const struct held *held = self;
	size_t at = find_record(
		held->side, operation->type, operation->id, operation->id_size);
	const struct reg *reg;
	enum schema_kind kind = operation->kind == OPERATION_PUT ? KIND_PUT
		: operation->kind == OPERATION_INIT              ? KIND_ONCE
								 : KIND_SET;

	if (at == held->side->record_count)
		return false;
	reg = record_find(&held->side->records[at], operation->field, kind,
		kind == KIND_SET ? operation->value
				 : (struct pack_view){NULL, 0});
	for (uint32_t i = 0; reg && i < reg->version_count; i++)
		if (reg->versions[i].seq == seq &&
			memcmp(held->world->logs[reg->versions[i].log].id, log,
				LOG_BYTES) == 0 &&
			(kind == KIND_SET ||
				equal_views(reg->versions[i].value,
					operation->value)))
			return true;
	return false;
}

void
world_print(const struct world *world)
{
	static const char *const kinds[] = {"put", "init", "add", "del"};

	for (uint32_t l = 0; l < world->log_count; l++)
		(void)printf("log %u: id %02x.. rank %d cut %lld\n", l,
			world->logs[l].id[0], world->logs[l].rank,
			world->cuts[l] == INT64_MAX
				? -1LL
				: (long long)world->cuts[l]);
	for (uint32_t i = 0; i < world->change_count; i++) {
		const struct world_change *change = &world->changes[i];

		(void)printf(
			"%u.%lld seen", change->log, (long long)change->seq);
		for (uint32_t l = 0; l < world->log_count; l++)
			(void)printf(" %lld", (long long)change->seen[l]);
		for (uint32_t j = 0; j < change->unseen_count; j++)
			(void)printf(" not %u.%lld-%lld", change->unseen[j].log,
				(long long)change->unseen[j].first,
				(long long)change->unseen[j].last);
		(void)putchar('\n');
		for (uint32_t j = 0; j < change->operation_count; j++) {
			const struct operation *operation =
				&change->operations[j];

			(void)printf("  %s %u/%02x.. field %u at %lld ",
				kinds[operation->kind], operation->type,
				operation->id[0], operation->field,
				(long long)operation->time);
			print_view(stdout, operation->value);
			(void)putchar('\n');
		}
	}
}
