#include "client/method/honesty_read.h"

#include <stdlib.h>
#include <string.h>

#include "client/method/read_row.h"
#include "client/method/tell.h"
#include "client/node/entered.h"
#include "client/store/query.h"
#include "proto/schema_roadbook.h"

struct reading {
	struct node *node;
	const struct dossier *facts;
	const struct honesty_scope *scope;
	struct honesty_report *report;
	struct entered_list *entered; /* by territory */
	uint8_t (*steps)[ID_BYTES];   /* visits with an action, ascending */
	struct honesty_text *texts;
	size_t text_count;
	struct read_row row;
};

static bool
may_look(const struct reading *r, const uint8_t *territory, const uint8_t *user)
{
	uint8_t grant[ID_BYTES];
	const struct node *node = r->node;

	if (r->scope->user && memcmp(r->scope->user, user, ID_BYTES) != 0)
		return false;
	return node->hub || memcmp(user, node->user, ID_BYTES) == 0 ||
		policy_write_grant(node->policy, node->user, territory,
			grant) >= RANK_MANAGER;
}

static bool
read_entered(struct reading *r)
{
	for (size_t i = 0; i < r->facts->territory_count; i++) {
		struct territory *t = node_territory_numbered(
			r->node, r->facts->territories[i].number);

		if (!entered_load(r->node, t, NULL, &r->entered[i]))
			return false;
	}
	return true;
}

static int32_t
day_of(int64_t ms, int32_t offset)
{
	return ms ? day_of_moment(ms, offset) : DAY_NONE;
}

static int
compare_id(const void *left, const void *right)
{
	return memcmp(left, right, ID_BYTES);
}

/* The visits that an action came from, ascending. */
static void
read_steps(struct reading *r)
{
	r->steps = alloc((r->facts->action_count + 1) * sizeof *r->steps);
	for (size_t i = 0; i < r->facts->action_count; i++)
		memcpy(r->steps[i], r->facts->actions[i].visit, ID_BYTES);
	if (r->facts->action_count > 1)
		qsort(r->steps, r->facts->action_count, sizeof *r->steps,
			compare_id);
}

static bool
has_next_step(const struct reading *r, const struct dossier_visit *v)
{
	return v->next_by != DAY_NONE ||
		bsearch(v->id, r->steps, r->facts->action_count,
			sizeof *r->steps, compare_id);
}

static void
take_visit(struct reading *r, const struct dossier_visit *v)
{
	const struct entered *e =
		entered_find(&r->entered[v->territory], v->id);
	const uint8_t *user =
		e ? policy_device_user(r->node->policy, e->log) : NULL;
	const struct dossier_account *account =
		dossier_account(r->facts, v->account);
	struct honesty_visit *h;
	bool contradicts;

	if (!v->done || v->day == DAY_NONE || v->day < r->scope->since ||
		v->day > r->scope->until || !user ||
		!may_look(r, r->facts->territories[v->territory].id, user))
		return;
	contradicts = e->before.at_ms && e->before.at_ms < e->after.at_ms;
	h = &r->report->visits[r->report->count++];
	*h = (struct honesty_visit){.account = account ? account->name : "",
		.day = v->day,
		.entered = day_of_moment(e->at_ms, e->offset),
		.proven = contradicts ? DAY_NONE
				      : day_of(e->after.at_ms, e->offset),
		/* When a manager carried it over is not when it came. */
		.received = e->own || e->carried
			? DAY_NONE
			: day_of(e->here_ms, e->offset),
		.edited = e->late_edits > 0,
		.no_place = v->face_to_face && !v->place,
		.no_note = true,
		.no_next_step = !has_next_step(r, v),
		.clock_back = e->back_ms > 0};
	memcpy(h->id, v->id, ID_BYTES);
	memcpy(h->user, user, ID_BYTES);
}

static int
compare_ids(const void *left, const void *right)
{
	const struct honesty_visit *a = left, *b = right;

	return memcmp(a->id, b->id, ID_BYTES);
}

static bool
take_note(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct honesty_visit key, *visit;
	struct completeness_fact written;

	r->row.row = row;
	read_id(&r->row, "visit_id", key.id);
	visit = bsearch(&key, r->report->visits, r->report->count,
		sizeof *r->report->visits, compare_ids);
	if (!visit)
		return true;
	visit->no_note = false;
	written = read_known(&r->row, "body");
	if (memcmp(written.by, visit->user, ID_BYTES) != 0)
		return true;
	if ((r->text_count & (r->text_count - 1)) == 0)
		r->texts = alloc_again(r->texts,
			(r->text_count ? r->text_count * 2 : 1) *
				sizeof *r->texts);
	r->texts[r->text_count++] =
		(struct honesty_text){(size_t)(visit - r->report->visits),
			read_text(&r->row, "text")};
	return true;
}

static enum status
read_notes(struct reading *r)
{
	size_t count = r->facts->territory_count;
	uint32_t *numbers = alloc((count + 1) * sizeof *numbers);
	struct query_options options = {.type = TYPE_VISIT_NOTE,
		.territories = {numbers, count},
		.order = QUERY_OLDEST};
	enum status status = STATUS_OK;

	for (size_t i = 0; i < count; i++)
		numbers[i] = r->facts->territories[i].number;
	/* Without territories a query means all of them. */
	if (count && r->report->count)
		status = query_rows(r->node->store, &options, take_note, r);
	free(numbers);
	return status;
}

bool
honesty_read(struct node *node, const struct dossier *facts,
	const struct honesty_scope *scope, struct honesty_report *report,
	struct problem *problem)
{
	struct reading r = {.node = node,
		.facts = facts,
		.scope = scope,
		.report = report,
		.row = {.node = node, .arena = &report->arena}};
	bool done;

	*report = (struct honesty_report){0};
	report->visits =
		alloc((facts->visit_count + 1) * sizeof *report->visits);
	r.entered = alloc((facts->territory_count + 1) * sizeof *r.entered);
	read_steps(&r);
	done = read_entered(&r);
	for (size_t i = 0; done && i < facts->visit_count; i++)
		take_visit(&r, &facts->visits[i]);
	if (report->count > 1)
		qsort(report->visits, report->count, sizeof *report->visits,
			compare_ids);
	done = done && read_notes(&r) == STATUS_OK;
	if (done)
		honesty_same_texts(report->visits, r.texts, r.text_count);
	else
		problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	honesty_sort(report->visits, report->count);
	for (size_t i = 0; i < facts->territory_count; i++)
		entered_clear(&r.entered[i]);
	free(r.entered);
	free(r.steps);
	free(r.texts);
	return done;
}

void
honesty_clear(struct honesty_report *report)
{
	free(report->visits);
	arena_clear(&report->arena);
	*report = (struct honesty_report){0};
}

/* ---- JSON ---- */

static json_t *
lag_json(const struct honesty_lag *lag)
{
	if (!lag->count)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o}", "visits",
		(json_int_t)lag->count, "median_days",
		(json_int_t)lag->median_days, "p90_days",
		(json_int_t)lag->p90_days, "late_bp", tell_figure(lag->late));
}

static void
flag(json_t *list, bool set, const char *name)
{
	if (set)
		json_array_append_new(list, json_string(name));
}

static json_t *
visit_json(const struct honesty_visit *v)
{
	json_t *flags = json_array();

	flag(flags, honesty_late(v), "late");
	flag(flags, honesty_proven_late(v), "proven_late");
	flag(flags, honesty_ahead(v), "entered_before_visit");
	flag(flags, v->clock_back, "clock_set_back");
	flag(flags, v->edited, "edited_after_48h");
	flag(flags, v->no_place, "without_place");
	flag(flags, v->no_note, "without_note");
	flag(flags, v->no_next_step, "without_next_step");
	flag(flags, v->same_text, "same_text");
	return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "id", tell_id(v->id),
		"account", v->account, "visited_on", tell_day(v->day),
		"entered_on", tell_day(v->entered), "not_before_on",
		tell_day(v->proven), "flags", flags);
}

static json_t *
flagged_json(const struct honesty_visit *visits, size_t count)
{
	json_t *list = json_array();

	for (size_t i = 0; i < count; i++)
		if (honesty_flagged(&visits[i]))
			json_array_append_new(list, visit_json(&visits[i]));
	return list;
}

static json_t *
person_json(const struct dossier *facts, const struct honesty_visit *visits,
	size_t count, bool each)
{
	struct honesty h = honesty_of(visits, count);
	json_t *json = json_pack(
		"{s:s, s:I, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}",
		"user", tell_login(facts, h.user), "visits",
		(json_int_t)h.visits, "entry_lag", lag_json(&h.entered),
		"proven_late", (json_int_t)h.proven_late,
		"entered_before_visit", (json_int_t)h.ahead, "clock_set_back",
		(json_int_t)h.clock_back, "edited_after_48h",
		(json_int_t)h.edited, "without_place", (json_int_t)h.no_place,
		"without_note", (json_int_t)h.no_note, "without_next_step",
		(json_int_t)h.no_next_step, "same_text",
		(json_int_t)h.same_text, "here", lag_json(&h.received));

	if (each)
		json_object_set_new(
			json, "flagged", flagged_json(visits, count));
	return json;
}

static int
compare_logins(const void *left, const void *right)
{
	json_t *const *a = left, *const *b = right;

	return strcmp(json_string_value(json_object_get(*a, "user")),
		json_string_value(json_object_get(*b, "user")));
}

json_t *
honesty_json(const struct dossier *facts, const struct honesty_report *report,
	bool each)
{
	json_t **people = alloc((report->count + 1) * sizeof *people);
	json_t *list = json_array();
	size_t count = 0;

	for (size_t at = 0, next; at < report->count; at = next) {
		const struct honesty_visit *first = &report->visits[at];

		for (next = at; next < report->count &&
			memcmp(first->user, report->visits[next].user,
				ID_BYTES) == 0;)
			next++;
		people[count++] = person_json(facts, first, next - at, each);
	}
	if (count > 1)
		qsort(people, count, sizeof *people, compare_logins);
	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, people[i]);
	free(people);
	return list;
}
