#include "client/method/read.h"

#include <stdlib.h>
#include <string.h>

#include "client/method/read_inside.h"
#include "client/node/view.h"
#include "proto/id.h"
#include "proto/schema_roadbook.h"

void *
reading_room(void *list, size_t count, size_t size)
{
	/* Doubled whenever the count reaches a power of two. */
	if ((count & (count - 1)) == 0)
		list = alloc_again(list, (count ? count * 2 : 1) * size);
	memset((char *)list + count * size, 0, size);
	return list;
}

uint32_t
reading_territory(const struct reading *r, uint32_t number)
{
	uint32_t i = 0;

	while (r->facts->territories[i].number != number)
		i++; /* the query was narrowed to them */
	return i;
}

/* ---- the directory ---- */

static const char *
keep_text(struct reading *r, const char *text)
{
	return arena_copy(&r->facts->arena, text, strlen(text) + 1);
}

/* Whether `path` is `top`, or lies below it. */
static bool
lies_in(const char *path, const char *top)
{
	size_t size = strlen(top);

	if (strcmp(top, "/") == 0)
		return true;
	return strncmp(path, top, size) == 0 &&
		(path[size] == '\0' || path[size] == '/');
}

/* In the order of node_readable(), which is by path. */
static void
read_territories(struct reading *r)
{
	char path[POLICY_PATH_MAX], top[POLICY_PATH_MAX] = "/";
	uint32_t *numbers, count;

	node_readable(r->node, &numbers, &count);
	if (r->scope->territory)
		(void)policy_path(r->node->policy, r->scope->territory, top);
	r->numbers = alloc((count + 1) * sizeof *r->numbers);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *id = node_territory_id(r->node, numbers[i]);
		struct dossier_territory *t;

		if (!lies_in(policy_path(r->node->policy, id, path), top) ||
			(r->scope->exactly && strcmp(path, top) != 0))
			continue;
		t = APPEND(r->facts, territories, territory_count);
		memcpy(t->id, id, ID_BYTES);
		t->number = numbers[i];
		t->path = keep_text(r, path);
		r->numbers[r->facts->territory_count - 1] = numbers[i];
	}
	free(numbers);
}

static void
read_users(struct reading *r)
{
	const struct policy *policy = r->node->policy;
	const struct policy_user *user;

	for (uint32_t i = 0; (user = policy_user_at(policy, i)); i++) {
		struct dossier_user *u = APPEND(r->facts, users, user_count);
		bool *on = arena_take(&r->facts->arena,
			(r->facts->territory_count + 1) * sizeof *on);
		uint8_t grant[ID_BYTES];

		memcpy(u->id, user->id, ID_BYTES);
		u->login = keep_text(r, user->login);
		u->name = *user->name ? keep_text(r, user->name) : u->login;
		for (size_t t = 0; t < r->facts->territory_count; t++)
			on[t] = policy_write_grant(policy, user->id,
					r->facts->territories[t].id,
					grant) != RANK_NONE;
		u->on = on;
	}
}

/* ---- how current ---- */

static void
take_change(struct dossier_log *log, const struct change *change)
{
	log->at_ms = change->at;
	log->offset = change->offset;
}

/* The last of the changes up to `seq` that a segment holds. */
static enum status
change_of_segment(struct pack_view bytes, int64_t seq, struct dossier_log *log)
{
	struct segment segment;
	struct unpack unpack;
	struct change change;
	enum status status = segment_view(&segment, bytes.bytes, bytes.size);
	uint8_t *raw;

	if (status != STATUS_OK)
		return status;
	raw = alloc((size_t)segment.raw_size + 1);
	status = segment_unseal(&segment, raw);
	if (status == STATUS_FAILED)
		alloc_failed();
	unpack_init(&unpack, raw, segment.raw_size);
	for (int64_t at = segment.first; status == STATUS_OK && at <= seq; at++)
		status = change_decode(&change, &unpack);
	if (status == STATUS_OK)
		take_change(log, &change);
	free(raw);
	return status;
}

static enum status
read_last_change(struct reading *r, uint32_t territory, uint32_t number,
	int64_t seq, struct dossier_log *log)
{
	struct store *store = r->node->store;
	struct pack_view bytes;
	struct unpack unpack;
	struct change change;
	enum status status = store->segment_read(
		store->self, territory, number, seq, &bytes);

	if (status == STATUS_OK)
		return change_of_segment(bytes, seq, log);
	if (status != STATUS_ABSENT)
		return status;
	status = store->pending_read(
		store->self, territory, number, seq, &bytes);
	if (status != STATUS_OK)
		return status;
	unpack_init(&unpack, bytes.bytes, bytes.size);
	status = change_decode(&change, &unpack);
	if (status == STATUS_OK)
		take_change(log, &change);
	return status;
}

static enum status
read_logs_of(struct reading *r, uint32_t index)
{
	struct territory *t = node_territory_numbered(
		r->node, r->facts->territories[index].number);
	const struct merge_logs *logs = territory_logs(t);
	enum status status = STATUS_OK;
	int64_t *applied;
	uint32_t count;

	territory_applied(t, &applied, &count);
	for (uint32_t i = 0; status == STATUS_OK && i < count; i++) {
		struct dossier_log *log;

		if (!applied[i])
			continue;
		log = APPEND(r->facts, logs, log_count);
		log->territory = index;
		memcpy(log->device, logs->list[i].id, ID_BYTES);
		log->user =
			keep_text(r, node_log_user(r->node, logs->list[i].id));
		status =
			read_last_change(r, r->facts->territories[index].number,
				i, applied[i], log);
	}
	free(applied);
	return status;
}

/* ---- records ---- */

/* The parts of category_spend; the customer's own turnover has such, too. */
static void
read_spend(const struct read_row *r, struct dossier_account *a)
{
	const struct schema_field *field =
		schema_field_named(r->row->type, "category_spend");
	struct pack_view value, currency;
	struct unpack unpack;
	int64_t minor;

	if (!query_row_part(
		    r->row, field, schema_part_named(field, "amount"), &value))
		return;
	unpack_init(&unpack, value.bytes, value.size);
	if (!unpack_integer(&unpack, 1, INT64_MAX, &minor))
		return;
	a->spend = minor;
	memcpy(a->spend_currency, "CNY", sizeof a->spend_currency);
	if (!query_row_part(r->row, field, schema_part_named(field, "currency"),
		    &value))
		return;
	unpack_init(&unpack, value.bytes, value.size);
	if (unpack_text(&unpack, 3, &currency) && currency.size == 3)
		memcpy(a->spend_currency, currency.bytes, 3);
	else
		a->spend = 0; /* no currency that anybody could name */
}

static bool
take_account(void *self, const struct query_row *row)
{
	static const struct {
		enum completeness_item item;
		const char *field;
	} items[] = {
		{KNOWN_LEGAL_NAME, "legal_name"},
		{KNOWN_USCC, "uscc"},
		{KNOWN_ADDRESS, "addresses"},
		{KNOWN_PARENT, "parent_id"},
		{KNOWN_SPEND, "category_spend"},
		{KNOWN_POLICY, "purchase_policy"},
		{KNOWN_CERT, "supplier_cert"},
		{KNOWN_CREDIT, "credit_limit"},
	};
	struct reading *r = self;
	struct dossier_account *a = APPEND(r->facts, accounts, account_count);
	const char *text;

	r->row.row = row;
	memcpy(a->id, row->id, ID_BYTES);
	a->territory = reading_territory(r, row->territory);
	a->name = read_text(&r->row, "legal_name");
	if (!*a->name)
		a->name = read_text(&r->row, "short_name");
	text = read_text(&r->row, "tier");
	a->tier = tier_of(text, strlen(text));
	text = read_text(&r->row, "status");
	a->gone = strcmp(text, "lost") == 0 || strcmp(text, "closed") == 0;
	read_id(&r->row, "owner_id", a->owner);
	read_spend(&r->row, a);
	for (size_t i = 0; i < sizeof items / sizeof *items; i++)
		a->known[items[i].item] = read_known(&r->row, items[i].field);
	/* A group is declared to have nobody above it. */
	if (!a->known[KNOWN_PARENT].known &&
		strcmp(read_text(&r->row, "kind"), "group") == 0)
		a->known[KNOWN_PARENT] = read_known(&r->row, "kind");
	if (!a->known[KNOWN_CREDIT].known)
		a->known[KNOWN_CREDIT] = read_known(&r->row, "credit_days");
	return true;
}

static int
level_of(const char *code)
{
	static const char *const codes[COVERAGE_LEVELS] = {
		[COVERAGE_EXEC] = "exec",
		[COVERAGE_MGMT] = "mgmt",
		[COVERAGE_WORKING] = "working"};

	for (int i = 0; i < COVERAGE_LEVELS; i++)
		if (strcmp(codes[i], code) == 0)
			return i;
	return -1;
}

static bool
take_contact(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_contact *c = APPEND(r->facts, contacts, contact_count);
	const char *text;

	r->row.row = row;
	memcpy(c->id, row->id, ID_BYTES);
	read_id(&r->row, "account_id", c->account);
	c->territory = reading_territory(r, row->territory);
	c->name = read_text(&r->row, "name");
	c->title = read_text(&r->row, "title");
	c->department = read_text(&r->row, "department");
	c->level = level_of(read_text(&r->row, "level"));
	text = read_text(&r->row, "key_role");
	c->role = key_role_of(text, strlen(text));
	text = read_text(&r->row, "status");
	c->active = strcmp(text, "left") != 0 && strcmp(text, "retired") != 0;
	c->interval_days = read_integer(&r->row, "desired_interval_days");
	c->role_known = read_known(&r->row, "key_role");
	c->department_known = read_known(&r->row, "department");
	return true;
}

static bool
in_person(const char *type)
{
	static const char *const from_afar[] = {"call", "video", "wechat"};

	for (size_t i = 0; i < sizeof from_afar / sizeof *from_afar; i++)
		if (strcmp(from_afar[i], type) == 0)
			return false;
	return true;
}

static bool
take_visit(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_visit *v = APPEND(r->facts, visits, visit_count);
	const char *status;

	r->row.row = row;
	memcpy(v->id, row->id, ID_BYTES);
	read_id(&r->row, "account_id", v->account);
	v->territory = reading_territory(r, row->territory);
	v->type = read_text(&r->row, "type");
	v->face_to_face = in_person(v->type);
	v->goal = read_text(&r->row, "goal");
	v->result = read_text(&r->row, "result");
	v->commitment = read_any(&r->row, "customer_commitment");
	v->place = read_any(&r->row, "place") &&
		strcmp(read_text(&r->row, "source"), "none") != 0;
	v->day = read_day(&r->row, "visited_on");
	v->planned = read_time_day(&r->row, "planned_start");
	v->next_by = read_day(&r->row, "next_contact_by");
	status = read_text(&r->row, "status");
	v->done =
		strcmp(status, "done") == 0 || (!*status && v->day != DAY_NONE);
	v->cancelled = strcmp(status, "cancelled") == 0;
	v->contacts = read_ids(&r->row, "contacts", &v->contact_count);
	v->attendees = read_ids(&r->row, "our_attendees", &v->attendee_count);
	if (!v->attendee_count) {
		struct completeness_fact written =
			read_known(&r->row, "account_id");

		v->attendee_count = !id_is_zero(written.by);
		v->attendees = arena_copy(
			&r->facts->arena, written.by, sizeof written.by);
	}
	return true;
}

static bool
take_rating(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_rating *rating = APPEND(r->facts, ratings, rating_count);
	const char *code, *scale;

	r->row.row = row;
	memcpy(rating->rating.id, row->id, ID_BYTES);
	read_id(&r->row, "contact_id", rating->contact);
	if (id_is_zero(rating->contact))
		read_id(&r->row, "account_id", rating->account);
	code = read_text(&r->row, "level");
	scale = read_text(&r->row, "scale");
	rating->rating.level = scale_level(code, strlen(code));
	/* A level of another scale than it says is no level at all. */
	if (rating->rating.level &&
		strcmp(scale_code(rating->rating.level->scale), scale) != 0)
		rating->rating.level = NULL;
	rating->rating.day = read_day(&r->row, "rated_on");
	rating->rating.customer =
		strcmp(read_text(&r->row, "perspective"), "customer") == 0;
	rating->rating.competitor = read_text(&r->row, "competitor");
	read_id(&r->row, "rated_by_id", rating->rating.rater);
	if (id_is_zero(rating->rating.rater))
		memcpy(rating->rating.rater, read_known(&r->row, "body").by,
			ID_BYTES);
	read_id(&r->row, "corrects", rating->corrects);
	return true;
}

static bool
take_hold(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_hold *h = APPEND(r->facts, holds, hold_count);

	r->row.row = row;
	read_id(&r->row, "contact_id", h->contact);
	read_id(&r->row, "user_id", h->user);
	h->lead = strcmp(read_text(&r->row, "kind"), "lead") == 0;
	h->since = read_day(&r->row, "since_on");
	h->until = read_day(&r->row, "until_on");
	return true;
}

static bool
take_link(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_link *l = APPEND(r->facts, links, link_count);

	r->row.row = row;
	memcpy(l->id, row->id, ID_BYTES);
	read_id(&r->row, "contact_id", l->contact);
	read_id(&r->row, "to_contact_id", l->to);
	l->kind = read_text(&r->row, "kind");
	l->formal = read_true(&r->row, "formal");
	l->confidence = read_text(&r->row, "confidence");
	l->known = read_known(&r->row, "to_contact_id");
	return true;
}

static bool
take_member(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_member *m = APPEND(r->facts, members, member_count);

	r->row.row = row;
	memcpy(m->id, row->id, ID_BYTES);
	read_id(&r->row, "account_id", m->account);
	read_id(&r->row, "user_id", m->user);
	m->role = read_text(&r->row, "role");
	m->from = read_day(&r->row, "from_on");
	m->to = read_day(&r->row, "to_on");
	read_id(&r->row, "corrects", m->corrects);
	return true;
}

static bool
take_assignment(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_assignment *a =
		APPEND(r->facts, assignments, assignment_count);

	r->row.row = row;
	memcpy(a->id, row->id, ID_BYTES);
	read_id(&r->row, "account_id", a->account);
	read_id(&r->row, "from_user_id", a->from);
	read_id(&r->row, "to_user_id", a->to);
	a->effective = read_day(&r->row, "effective_on");
	read_id(&r->row, "corrects", a->corrects);
	return true;
}

static bool
take_action(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_action *a = APPEND(r->facts, actions, action_count);

	r->row.row = row;
	memcpy(a->id, row->id, ID_BYTES);
	read_id(&r->row, "account_id", a->account);
	read_id(&r->row, "visit_id", a->visit);
	a->territory = reading_territory(r, row->territory);
	a->title = read_text(&r->row, "title");
	a->kind = read_text(&r->row, "kind");
	a->status = read_text(&r->row, "status");
	a->owed_by = read_text(&r->row, "owed_by");
	read_id(&r->row, "owner_id", a->owner);
	a->due = read_day(&r->row, "due_on");
	a->promised = read_day(&r->row, "promised_on");
	a->open = strcmp(a->status, "done") != 0 &&
		strcmp(a->status, "dropped") != 0;
	return true;
}

static bool
take_intel(void *self, const struct query_row *row)
{
	struct reading *r = self;
	struct dossier_intel *i = APPEND(r->facts, intel, intel_count);

	r->row.row = row;
	memcpy(i->id, row->id, ID_BYTES);
	read_id(&r->row, "account_id", i->account);
	i->category = read_text(&r->row, "category");
	i->text = read_text(&r->row, "text");
	i->observed = read_day(&r->row, "observed_on");
	i->expires = read_day(&r->row, "expires_on");
	read_id(&r->row, "corrects", i->corrects);
	i->known = read_known(&r->row, "body");
	if (i->observed != DAY_NONE)
		i->known.day = i->observed;
	return true;
}

/*
 * Which records, and by what they belong to the account that was asked for;
 * what belongs to people is read for each of them.
 */
static const struct source {
	uint32_t type;
	const char *of_account; /* field or part, "id", or NULL */
	const char *of_contact;
	query_row_cb *take;
} sources[] = {
	{TYPE_ACCOUNT, "id", NULL, take_account},
	{TYPE_CONTACT, "account_id", NULL, take_contact},
	{TYPE_VISIT, "account_id", NULL, take_visit},
	{TYPE_RELATIONSHIP_RATING, "account_id", "contact_id", take_rating},
	{TYPE_CONTACT_OWNER, NULL, "contact_id", take_hold},
	{TYPE_CONTACT_LINK, NULL, "contact_id", take_link},
	{TYPE_ACCOUNT_MEMBER, "account_id", NULL, take_member},
	{TYPE_ACCOUNT_ASSIGNMENT, "account_id", NULL, take_assignment},
	{TYPE_ACTION, "account_id", NULL, take_action},
	{TYPE_INTEL, "account_id", NULL, take_intel},
};

static enum status
read_rows(struct reading *r, const struct source *source, const char *by,
	const uint8_t *id)
{
	const struct schema_type *type =
		schema_type(r->node->schema, source->type);
	uint8_t bytes[ID_BYTES + 2];
	struct pack pack;
	struct query_filter filter = {0};
	struct query_options options = {.type = source->type,
		.territories = {r->numbers, r->facts->territory_count},
		.order = QUERY_OLDEST};

	if (by && strcmp(by, "id") == 0) {
		options.id = id;
		options.id_size = ID_BYTES;
	} else if (by) {
		pack_init(&pack, bytes, sizeof bytes);
		pack_bytes(&pack, id, ID_BYTES);
		filter.field = schema_field_named(type, by);
		for (size_t i = 0; !filter.field && i < type->field_count;
			i++) {
			filter.part = schema_part_named(&type->fields[i], by);
			if (filter.part)
				filter.field = &type->fields[i];
		}
		filter.value = (struct pack_view){bytes, pack.size};
		options.filters = &filter;
		options.filter_count = 1;
	}
	return query_rows(r->node->store, &options, source->take, r);
}

enum status
reading_of(struct reading *r, uint32_t type, const char *by, const uint8_t *id)
{
	const struct source *source = sources;

	while (source->type != type)
		source++; /* each of them is there */
	return read_rows(r, source, by, id);
}

static enum status
read_source(struct reading *r, const struct source *source)
{
	const uint8_t *account = r->scope->account;
	size_t contacts = r->facts->contact_count;
	enum status status = STATUS_OK;

	if (!account)
		return read_rows(r, source, NULL, NULL);
	if (source->of_account)
		status = read_rows(r, source, source->of_account, account);
	for (size_t i = 0;
		source->of_contact && status == STATUS_OK && i < contacts; i++)
		status = read_rows(r, source, source->of_contact,
			r->facts->contacts[i].id);
	return status;
}

/* ---- accounts that are one ---- */

struct pairs {
	uint8_t (*list)[2][ID_BYTES];
	size_t count;
	struct arena *arena;
};

static bool
take_pair(void *self, const struct query_row *row)
{
	struct pairs *p = self;

	if (!row->joined || row->id_size != sizeof *p->list)
		return true;
	p->list = reading_room(p->list, p->count, sizeof *p->list);
	memcpy(p->list[p->count++], row->id, sizeof *p->list);
	return true;
}

static enum status
read_joined(struct reading *r, struct joined *joined)
{
	struct query_options options = {.type = TYPE_ALIAS,
		.territories = {r->numbers, r->facts->territory_count},
		.order = QUERY_OLDEST};
	struct pairs pairs = {0};
	enum status status = STATUS_OK;

	if (r->facts->territory_count)
		status =
			query_rows(r->node->store, &options, take_pair, &pairs);
	*joined = joined_of((const uint8_t(*)[2][ID_BYTES])pairs.list,
		pairs.count, &r->facts->arena);
	free(pairs.list);
	return status;
}

/* The one account that was asked for, of those that were read with it. */
static void
keep_only(struct dossier *facts, const uint8_t *account)
{
	size_t kept = 0;

	for (size_t i = 0; i < facts->account_count; i++)
		if (memcmp(facts->accounts[i].id, account, ID_BYTES) == 0)
			facts->accounts[kept++] = facts->accounts[i];
	facts->account_count = kept;
}

static int
compare_actions(const void *a, const void *b)
{
	const struct dossier_action *x = a, *y = b;

	return memcmp(x->account, y->account, ID_BYTES);
}

/* Actions, and each account that one of them names. */
static enum status
read_actions(struct reading *r)
{
	struct dossier *facts = r->facts;
	enum status status = reading_of(r, TYPE_ACTION, NULL, NULL);

	if (facts->action_count)
		qsort(facts->actions, facts->action_count,
			sizeof *facts->actions, compare_actions);
	for (size_t i = 0; i < facts->action_count && status == STATUS_OK; i++)
		if (!id_is_zero(facts->actions[i].account) &&
			(!i ||
				compare_actions(&facts->actions[i - 1],
					&facts->actions[i]) != 0))
			status = reading_of(r, TYPE_ACCOUNT, "id",
				facts->actions[i].account);
	return status;
}

static enum status
read_records(struct reading *r)
{
	struct read_scope all = *r->scope;
	const uint8_t *account = r->scope->account;
	struct joined joined = {0};
	enum status status = read_joined(r, &joined);
	const uint8_t *root = account ? joined_root(&joined, account) : NULL;

	/* One that was joined has its people under several ids. */
	if (account && joined.count) {
		all.account = NULL;
		r->scope = &all;
	}
	if (r->facts->territory_count && status == STATUS_OK && !account &&
		r->scope->due)
		return read_due(r, &joined);
	if (r->facts->territory_count && status == STATUS_OK && !account &&
		r->scope->actions && !joined.count)
		return read_actions(r);
	/* Without territories a query means all of them. */
	for (size_t i = 0; r->facts->territory_count && status == STATUS_OK &&
		i < sizeof sources / sizeof *sources;
		i++)
		status = read_source(r, &sources[i]);
	joined_resolve(&joined, r->facts);
	if (account && joined.count)
		keep_only(r->facts, root);
	return status;
}

bool
read_dossier(struct node *node, const struct read_scope *scope,
	struct dossier *facts, struct problem *problem)
{
	struct reading r = {.node = node, .facts = facts, .scope = scope};
	enum status status = STATUS_OK;

	*facts = (struct dossier){0};
	r.row.node = node;
	r.row.arena = &facts->arena;
	read_territories(&r);
	read_users(&r);
	for (uint32_t i = 0; status == STATUS_OK && i < facts->territory_count;
		i++)
		status = read_logs_of(&r, i);
	if (status == STATUS_OK)
		status = read_records(&r);
	free(r.numbers);
	if (status != STATUS_OK)
		return problem_set(problem, EXIT_FAILED, T("%s/node.db: %s"),
			node->dir, store_sqlite_problem(node->store));
	dossier_settle(facts);
	return true;
}
