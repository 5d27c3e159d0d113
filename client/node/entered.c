#include "client/node/entered.h"

#include <stdlib.h>
#include <string.h>

#include "client/node/instant.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

/* A change that wrote to a visit. */
struct touch {
	uint8_t visit[ID_BYTES];
	uint32_t log;
	int64_t seq;
	int64_t at, time;
	int32_t offset;
	bool says_day;       /* on which day the visit was */
	bool only_mark;      /* nothing but archived or moved */
	const int64_t *seen; /* by log */
	uint32_t seen_count;
	const uint8_t *origin; /* LOG_BYTES, or NULL */
	int64_t origin_seq;
};

/* Change `seq` of one log is the first that had seen `of` of another. */
struct step {
	int64_t seq, of;
};

struct steps {
	struct step *list; /* ascending in both */
	size_t count;
};

struct log_times {
	int64_t *at;   /* of change i + 1 */
	int64_t *max;  /* of it and those before */
	int64_t *min;  /* of it and those after */
	int64_t *told; /* by the hub, before it was made; 0: nothing */
	int64_t count;
	struct steps *steps; /* by log */
	const uint8_t *user; /* NULL: not known */
	int64_t since_ms;    /* hub's time of device and grant */
};

struct reading {
	struct node *node;
	struct territory *territory;
	const uint8_t *only;
	struct log_times *logs;
	uint32_t log_count;
	uint32_t log; /* that is being read */
	struct touch *touches;
	size_t touch_count;
	struct arena *arena;
};

/* The list with room for one more, doubled at each power of two. */
static void *
with_room(void *list, size_t count, size_t size)
{
	return (count & (count - 1)) == 0
		? alloc_again(list, (count ? count * 2 : 1) * size)
		: list;
}

/* ---- reading the logs ---- */

static void
note_touch(struct reading *r, int64_t seq, const struct change *change,
	const struct knowledge *knew, const struct operation *o)
{
	struct touch *t =
		r->touch_count ? &r->touches[r->touch_count - 1] : NULL;

	/* Operations on one record follow each other. */
	if (!t || t->log != r->log || t->seq != seq ||
		memcmp(t->visit, o->id, ID_BYTES) != 0) {
		r->touches = with_room(
			r->touches, r->touch_count, sizeof *r->touches);
		t = &r->touches[r->touch_count++];
		*t = (struct touch){.log = r->log,
			.seq = seq,
			.at = change->at,
			.time = o->time,
			.offset = change->offset,
			.only_mark = true,
			.seen_count = knew->seen_count,
			.origin_seq = change->origin_seq};
		memcpy(t->visit, o->id, ID_BYTES);
		t->seen = arena_copy(r->arena, knew->seen,
			knew->seen_count * sizeof *knew->seen);
		if (change->origin_log)
			t->origin = arena_copy(
				r->arena, change->origin_log, LOG_BYTES);
	}
	t->says_day = t->says_day ||
		(o->field == VISIT_VISITED_ON && !view_is_empty(o->value));
	t->only_mark = t->only_mark && schema_is_mark(TYPE_VISIT, o->field);
}

static void
note_steps(struct reading *r, int64_t seq, const struct knowledge *knew)
{
	struct log_times *log = &r->logs[r->log];

	for (uint32_t i = 0; i < knew->seen_count && i < r->log_count; i++) {
		struct steps *s = &log->steps[i];

		if (i == r->log || !knew->seen[i] ||
			(s->count && s->list[s->count - 1].of >= knew->seen[i]))
			continue;
		s->list = with_room(s->list, s->count, sizeof *s->list);
		s->list[s->count++] = (struct step){seq, knew->seen[i]};
	}
}

static enum status
take_change(void *self, int64_t seq, const struct change *change,
	const struct knowledge *knew)
{
	struct reading *r = self;
	struct log_times *log = &r->logs[r->log];
	struct change_walk walk = {0};
	struct operation o;

	log->at = with_room(log->at, (size_t)log->count, sizeof *log->at);
	log->told = with_room(log->told, (size_t)log->count, sizeof *log->told);
	log->told[log->count] = log->count ? log->told[log->count - 1] : 0;
	if (change->told_ms > log->told[log->count])
		log->told[log->count] = change->told_ms;
	log->at[log->count++] = change->at;
	note_steps(r, seq, knew);
	while (change_next_operation(change, &walk, &o))
		if (o.type == TYPE_VISIT && o.id_size == ID_BYTES &&
			(!r->only || memcmp(r->only, o.id, ID_BYTES) == 0))
			note_touch(r, seq, change, knew, &o);
	return STATUS_OK;
}

static void
add_extremes(struct log_times *log)
{
	size_t size = (size_t)log->count * sizeof *log->at;

	log->max = alloc(size);
	log->min = alloc(size);
	for (int64_t i = 0; i < log->count; i++)
		log->max[i] = i && log->max[i - 1] > log->at[i]
			? log->max[i - 1]
			: log->at[i];
	for (int64_t i = log->count - 1; i >= 0; i--)
		log->min[i] = i + 1 < log->count && log->min[i + 1] < log->at[i]
			? log->min[i + 1]
			: log->at[i];
}

/* When the hub wrote a record of the directory; 0: not known. */
static int64_t
directory_time(
	struct node *node, uint32_t type, const uint8_t *id, uint32_t field)
{
	struct record record = {0};
	struct shown shown;
	const struct reg *reg = NULL;
	int64_t time = 0;

	if (territory_record(node->directory, type, id, ID_BYTES, &record,
		    &shown) == STATUS_OK)
		reg = record_find(
			&record, field, KIND_ONCE, (struct pack_view){NULL, 0});
	if (reg && reg->version_count)
		time = reg->versions[0].time;
	record_clear(&record);
	return time;
}

static int64_t
log_since(struct node *node, const uint8_t *log)
{
	int64_t device = directory_time(node, TYPE_DEVICE, log, DEVICE_USER);
	int64_t grant =
		directory_time(node, TYPE_GRANT, log + ID_BYTES, GRANT_USER);

	return device > grant ? device : grant;
}

static enum status
read_logs(struct reading *r)
{
	const struct merge_logs *logs = territory_logs(r->territory);
	enum status status = STATUS_OK;

	r->log_count = logs->count;
	r->logs = alloc((r->log_count + 1) * sizeof *r->logs);
	for (uint32_t i = 0; status == STATUS_OK && i < r->log_count; i++) {
		struct log_times *log = &r->logs[i];

		r->log = i;
		log->steps = alloc((r->log_count + 1) * sizeof *log->steps);
		log->user =
			policy_device_user(r->node->policy, logs->list[i].id);
		log->since_ms = log_since(r->node, logs->list[i].id);
		status = territory_changes(r->territory, i, take_change, r);
		add_extremes(log);
	}
	return status;
}

static void
reading_clear(struct reading *r)
{
	for (uint32_t i = 0; r->logs && i < r->log_count; i++) {
		for (uint32_t k = 0; r->logs[i].steps && k < r->log_count; k++)
			free(r->logs[i].steps[k].list);
		free(r->logs[i].steps);
		free(r->logs[i].at);
		free(r->logs[i].told);
		free(r->logs[i].max);
		free(r->logs[i].min);
	}
	free(r->logs);
	free(r->touches);
}

/* ---- what they say of a visit ---- */

static bool
had_seen(const struct touch *t, const struct touch *other)
{
	return other->log < t->seen_count && t->seen[other->log] >= other->seq;
}

/* Which of two that did not see each other counts as first: the same for all.
 */
static bool
stands_before(
	const struct reading *r, const struct touch *a, const struct touch *b)
{
	const struct merge_logs *logs = territory_logs(r->territory);
	int order;

	if (a->time != b->time)
		return a->time < b->time;
	order = memcmp(logs->list[a->log].id, logs->list[b->log].id, LOG_BYTES);
	return order ? order < 0 : a->seq < b->seq;
}

/* Whether its author had seen another of them. */
static bool
is_later(const struct touch *t, const struct touch *const *others, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (others[i] != t && had_seen(t, others[i]))
			return true;
	return false;
}

/*
 * The first of the touches of one visit, which are by log and number, that
 * says what is looked for; NULL: none does. Of those whose authors had seen no
 * other, whatever clocks say, and in whatever order logs are numbered here.
 */
static const struct touch *
first_of(const struct reading *r, const struct touch *touches, size_t count,
	bool says_day)
{
	const struct touch **firsts = alloc(count * sizeof *firsts);
	const struct touch *first = NULL;
	size_t of_logs = 0;

	for (size_t i = 0; i < count; i++)
		if ((touches[i].says_day || !says_day) &&
			(!of_logs ||
				firsts[of_logs - 1]->log != touches[i].log))
			firsts[of_logs++] = &touches[i];
	for (size_t i = 0; i < of_logs; i++)
		if (!is_later(firsts[i], firsts, of_logs) &&
			(!first || stands_before(r, firsts[i], first)))
			first = firsts[i];
	free(firsts);
	return first;
}

static bool
same_person(const struct reading *r, uint32_t a, uint32_t b)
{
	const uint8_t *x = r->logs[a].user, *y = r->logs[b].user;

	return a == b || (x && y && memcmp(x, y, ID_BYTES) == 0);
}

/* The hub's last word, or the newest change of a colleague that was seen. */
static struct entered_bound
bound_after(const struct reading *r, const struct touch *t)
{
	const struct merge_logs *logs = territory_logs(r->territory);
	const struct log_times *log = &r->logs[t->log];
	struct entered_bound bound = {.at_ms = log->since_ms};

	if (log->told[t->seq - 1] > bound.at_ms)
		bound = (struct entered_bound){
			.at_ms = log->told[t->seq - 1], .told = true};

	for (uint32_t i = 0; i < t->seen_count && i < r->log_count; i++) {
		int64_t seen = t->seen[i];

		if (seen > r->logs[i].count)
			seen = r->logs[i].count; /* what lies beyond a cut */
		if (!seen || same_person(r, t->log, i) ||
			r->logs[i].max[seen - 1] <= bound.at_ms)
			continue;
		bound = (struct entered_bound){
			.at_ms = r->logs[i].max[seen - 1],
			.log = logs->list[i].id};
	}
	return bound;
}

/* The first change of a log that had seen it; 0: none had. */
static int64_t
first_that_saw(const struct steps *s, int64_t seq)
{
	size_t low = 0, high = s->count;

	while (low < high) {
		size_t at = low + (high - low) / 2;

		if (s->list[at].of >= seq)
			high = at;
		else
			low = at + 1;
	}
	return low < s->count ? s->list[low].seq : 0;
}

/* The earliest change of a colleague that had seen it. */
static struct entered_bound
bound_before(const struct reading *r, const struct touch *t)
{
	const struct merge_logs *logs = territory_logs(r->territory);
	struct entered_bound bound = {0};

	for (uint32_t i = 0; i < r->log_count; i++) {
		int64_t seq = i == t->log || same_person(r, t->log, i)
			? 0
			: first_that_saw(&r->logs[i].steps[t->log], t->seq);

		if (seq &&
			(!bound.at_ms || r->logs[i].min[seq - 1] < bound.at_ms))
			bound = (struct entered_bound){
				.at_ms = r->logs[i].min[seq - 1],
				.log = logs->list[i].id};
	}
	return bound;
}

static void
note_edits(const struct reading *r, const struct touch *first,
	const struct touch *touches, size_t count, struct entered *e)
{
	for (size_t i = 0; i < count; i++) {
		const struct touch *t = &touches[i];

		if (t == first || t->only_mark || t->origin ||
			!same_person(r, first->log, t->log) ||
			t->at - e->at_ms <= ENTERED_EDIT_MS)
			continue;
		e->late_edits++;
		if (t->at > e->last_edit_ms)
			e->last_edit_ms = t->at;
	}
}

static enum status
note_receipt(const struct reading *r, const struct touch *t, struct entered *e)
{
	enum status status = store_sqlite_receipt(r->node->store,
		territory_number(r->territory), t->log, t->seq, &e->here_ms);

	return status == STATUS_ABSENT ? STATUS_OK : status;
}

/* How far the clock of a touch is behind what its author knew of the time. */
static int64_t
clock_back(const struct log_times *log, const struct touch *t)
{
	int64_t known = log->told[t->seq - 1];

	if (t->seq > 1 && log->max[t->seq - 2] > known)
		known = log->max[t->seq - 2];
	return known - t->at > ENTERED_BACK_MS ? known - t->at : 0;
}

static enum status
add_entered(const struct reading *r, const struct touch *touches, size_t count,
	struct entered *e)
{
	const struct merge_logs *logs = territory_logs(r->territory);
	const struct touch *t = first_of(r, touches, count, true);
	const struct log_times *log;

	if (!t)
		t = first_of(r, touches, count, false);
	log = &r->logs[t->log];
	*e = (struct entered){.territory = territory_number(r->territory),
		.log = logs->list[t->log].id,
		.seq = t->seq,
		.at_ms = t->at,
		.offset = t->offset,
		.before = bound_before(r, t)};
	memcpy(e->visit, t->visit, ID_BYTES);
	e->own = memcmp(e->log, r->node->device, ID_BYTES) == 0;
	if (t->origin) {
		e->carried = true;
		e->log = t->origin;
		e->seq = t->origin_seq;
		e->at_ms = t->time;
		e->after.at_ms = log_since(r->node, t->origin);
	} else {
		e->after = bound_after(r, t);
		e->back_ms = clock_back(log, t);
		note_edits(r, t, touches, count, e);
	}
	/* Views of the territory's own memory, which may grow. */
	e->log = arena_copy(r->arena, e->log, LOG_BYTES);
	if (e->after.log)
		e->after.log = arena_copy(r->arena, e->after.log, LOG_BYTES);
	if (e->before.log)
		e->before.log = arena_copy(r->arena, e->before.log, LOG_BYTES);
	return note_receipt(r, t, e);
}

static int
compare_touches(const void *left, const void *right)
{
	const struct touch *a = left, *b = right;
	int order = memcmp(a->visit, b->visit, ID_BYTES);

	if (order)
		return order;
	if (a->log != b->log)
		return a->log < b->log ? -1 : 1;
	return (a->seq > b->seq) - (a->seq < b->seq);
}

static enum status
add_all(struct reading *r, struct entered_list *entered)
{
	enum status status = STATUS_OK;

	if (r->touch_count > 1)
		qsort(r->touches, r->touch_count, sizeof *r->touches,
			compare_touches);
	entered->list = alloc((r->touch_count + 1) * sizeof *entered->list);
	for (size_t at = 0, next; status == STATUS_OK && at < r->touch_count;
		at = next) {
		for (next = at; next < r->touch_count &&
			memcmp(r->touches[at].visit, r->touches[next].visit,
				ID_BYTES) == 0;)
			next++;
		status = add_entered(r, r->touches + at, next - at,
			&entered->list[entered->count++]);
	}
	return status;
}

bool
entered_load(struct node *node, struct territory *territory,
	const uint8_t *only, struct entered_list *entered)
{
	struct reading r = {.node = node,
		.territory = territory,
		.only = only,
		.arena = &entered->arena};
	enum status status = read_logs(&r);

	if (status == STATUS_OK)
		status = add_all(&r, entered);
	reading_clear(&r);
	return status == STATUS_OK;
}

void
entered_clear(struct entered_list *entered)
{
	free(entered->list);
	arena_clear(&entered->arena);
	*entered = (struct entered_list){0};
}

const struct entered *
entered_find(const struct entered_list *entered, const uint8_t *visit)
{
	size_t low = 0, high = entered->count;

	while (low < high) {
		size_t at = low + (high - low) / 2;
		int order = memcmp(entered->list[at].visit, visit, ID_BYTES);

		if (order == 0)
			return &entered->list[at];
		if (order < 0)
			low = at + 1;
		else
			high = at;
	}
	return NULL;
}

/* ---- JSON ---- */

static json_t *
moment_json(int64_t ms, int32_t offset)
{
	char text[INSTANT_TEXT_SIZE];

	instant_text(ms, offset, text);
	return json_string(text);
}

/* In the author's zone, so that all nodes tell it alike. */
static json_t *
bound_json(struct node *node, const struct entered *e,
	const struct entered_bound *bound)
{
	if (!bound->at_ms)
		return json_null();
	return json_pack("{s:o, s:s, s:s}", "at",
		moment_json(bound->at_ms, e->offset), "by",
		bound->log ? node_log_user(node, bound->log) : "hub", "why",
		bound->log            ? "seen"
			: bound->told ? "told"
				      : "grant");
}

static json_t *
here_json(struct node *node, const struct entered *e)
{
	const struct policy_user *user = policy_user(node->policy, node->user);

	if (!e->here_ms)
		return json_null();
	return json_pack("{s:o, s:s, s:s}", "at",
		moment_json(e->here_ms, node_offset(e->here_ms)), "how",
		e->own ? "written" : "received", "node",
		node->hub      ? "hub"
			: user ? user->login
			       : "?");
}

json_t *
entered_json(struct node *node, const struct entered *e)
{
	enum { MINUTE_MS = 60 * 1000 };
	char device[ID_TEXT_SIZE];
	json_t *json;

	node_log_device(e->log, device);
	json = json_pack("{s:s, s:s, s:o, s:o, s:o, s:I, s:o}", "user",
		node_log_user(node, e->log), "device", device, "claimed",
		moment_json(e->at_ms, e->offset), "not_before",
		bound_json(node, e, &e->after), "not_after",
		bound_json(node, e, &e->before), "late_edits",
		(json_int_t)e->late_edits, "here", here_json(node, e));
	if (e->carried)
		json_object_set_new(json, "carried_over", json_true());
	if (e->back_ms)
		json_object_set_new(json, "clock_back_minutes",
			json_integer(e->back_ms / MINUTE_MS));
	if (e->late_edits)
		json_object_set_new(json, "last_edit",
			moment_json(e->last_edit_ms, e->offset));
	return json;
}
