#include "client/method/read_inside.h"

#include <stdlib.h>
#include <string.h>

#include "client/store/query.h"
#include "proto/id.h"
#include "proto/schema_roadbook.h"

/*
 * When to go where asks three things of each account: its tier, when it was
 * seen last, and what was agreed on then. So of most accounts the last visit
 * alone is read, and nothing but columns. Where people have a cadence of their
 * own, or accounts were joined, every visit counts: there all are read whole.
 */

static const char *
cell_text(struct reading *r, struct pack_view text)
{
	char *copy = arena_take(&r->facts->arena, text.size + 1);

	if (text.size)
		memcpy(copy, text.bytes, text.size);
	return copy;
}

static int32_t
cell_day(const struct query_cell_row *row, size_t field)
{
	struct pack_view text = query_cell(row, field);

	return text.size ? day_of_text((const char *)text.bytes, text.size)
			 : DAY_NONE;
}

static bool
is(struct pack_view text, const char *code)
{
	return text.size == strlen(code) &&
		memcmp(text.bytes, code, text.size) == 0;
}

static void
id_of(struct pack_view bytes, uint8_t id[static ID_BYTES])
{
	memset(id, 0, ID_BYTES);
	if (bytes.size == ID_BYTES)
		memcpy(id, bytes.bytes, ID_BYTES);
}

static enum status
read_cells(struct reading *r, uint32_t type, const char *const *fields,
	size_t count, size_t ordered, query_cells_cb *take, void *self)
{
	return query_cells(r->node->store,
		&(struct query_cells){.type = type,
			.territories = {r->numbers, r->facts->territory_count},
			.fields = fields,
			.field_count = count,
			.ordered = ordered},
		take, self);
}

/* ---- accounts and people ---- */

enum { LEGAL_NAME, SHORT_NAME, TIER, ACCOUNT_STATUS, ACCOUNT_FIELDS };

static enum query_next
take_account(void *self, const struct query_cell_row *row)
{
	struct reading *r = self;
	struct dossier_account *a = APPEND(r->facts, accounts, account_count);
	struct pack_view text = query_cell(row, LEGAL_NAME);

	id_of(row->id, a->id);
	a->territory = reading_territory(r, row->territory);
	a->name = cell_text(r, text.size ? text : query_cell(row, SHORT_NAME));
	text = query_cell(row, TIER);
	a->tier = tier_of((const char *)text.bytes, text.size);
	text = query_cell(row, ACCOUNT_STATUS);
	a->gone = is(text, "lost") || is(text, "closed");
	return QUERY_ROW;
}

enum { INTERVAL, ROLE, CONTACT_STATUS, OF_ACCOUNT, NAME, CONTACT_FIELDS };

/* Those alone that may have a cadence of their own (account.c). */
static enum query_next
take_contact(void *self, const struct query_cell_row *row)
{
	struct reading *r = self;
	int64_t interval = query_cell_integer(row, INTERVAL);
	struct pack_view text = query_cell(row, ROLE);
	enum key_role role = key_role_of((const char *)text.bytes, text.size);
	struct dossier_contact *c;

	if (interval <= 0 && role != KEY_KDM)
		return QUERY_ROW;
	text = query_cell(row, CONTACT_STATUS);
	if (is(text, "left") || is(text, "retired"))
		return QUERY_ROW;
	c = APPEND(r->facts, contacts, contact_count);
	id_of(row->id, c->id);
	id_of(query_cell(row, OF_ACCOUNT), c->account);
	c->territory = reading_territory(r, row->territory);
	c->name = cell_text(r, query_cell(row, NAME));
	c->title = c->department = "";
	c->level = -1;
	c->role = role;
	c->active = true;
	c->interval_days = interval;
	return QUERY_ROW;
}

static enum status
read_people(struct reading *r)
{
	static const char *const account[ACCOUNT_FIELDS] = {
		"legal_name", "short_name", "tier", "status"};
	static const char *const contact[CONTACT_FIELDS] = {
		"desired_interval_days", "key_role", "status", "account_id",
		"name"};
	enum status status = read_cells(
		r, TYPE_ACCOUNT, account, ACCOUNT_FIELDS, 0, take_account, r);

	if (status == STATUS_OK)
		status = read_cells(r, TYPE_CONTACT, contact, CONTACT_FIELDS, 0,
			take_contact, r);
	return status;
}

/* ---- accounts whose every visit counts ---- */

struct whole {
	uint8_t (*ids)[ID_BYTES]; /* ascending, each once */
	size_t count;
};

static int
compare_ids(const void *a, const void *b)
{
	return memcmp(a, b, ID_BYTES);
}

static void
add_whole(struct whole *whole, const uint8_t *id)
{
	whole->ids = reading_room(whole->ids, whole->count, sizeof *whole->ids);
	memcpy(whole->ids[whole->count++], id, ID_BYTES);
}

static bool
is_whole(const struct whole *whole, const uint8_t *id)
{
	return whole->count &&
		bsearch(id, whole->ids, whole->count, ID_BYTES, compare_ids);
}

static void
settle_whole(struct whole *whole)
{
	size_t kept = 0;

	if (whole->count)
		qsort(whole->ids, whole->count, ID_BYTES, compare_ids);
	for (size_t i = 0; i < whole->count; i++)
		if (!kept ||
			compare_ids(whole->ids[kept - 1], whole->ids[i]) != 0)
			memmove(whole->ids[kept++], whole->ids[i], ID_BYTES);
	whole->count = kept;
}

/* Strategic accounts, for their decision makers. */
static struct whole
strategic_accounts(const struct dossier *facts)
{
	struct whole strategic = {0};

	for (size_t i = 0; i < facts->account_count; i++)
		if (facts->accounts[i].tier == TIER_STRATEGIC)
			add_whole(&strategic, facts->accounts[i].id);
	settle_whole(&strategic);
	return strategic;
}

static struct whole
whole_accounts(const struct dossier *facts, const struct joined *joined)
{
	struct whole whole = {0}, strategic = strategic_accounts(facts);

	for (size_t i = 0; i < joined->count; i++)
		add_whole(&whole, joined->ids[i]);
	for (size_t i = 0; i < facts->contact_count; i++) {
		const struct dossier_contact *c = &facts->contacts[i];

		if (c->interval_days > 0 || is_whole(&strategic, c->account))
			add_whole(&whole, c->account);
	}
	settle_whole(&whole);
	free(strategic.ids);
	return whole;
}

/* ---- visits ---- */

struct visits {
	struct reading *r;
	const struct whole *whole;
};

enum { VISITED, VISITED_ON, VISIT_STATUS, NEXT_BY, VISIT_FIELDS };

/* By account, the latest first: the first that was done is all there is. */
static enum query_next
take_visit(void *self, const struct query_cell_row *row)
{
	struct visits *visits = self;
	struct reading *r = visits->r;
	struct pack_view status;
	int32_t day = cell_day(row, VISITED_ON);
	struct dossier_visit *v;
	uint8_t account[ID_BYTES];

	id_of(query_cell(row, VISITED), account);
	if (is_whole(visits->whole, account))
		return QUERY_OTHER;
	status = query_cell(row, VISIT_STATUS);
	if (day == DAY_NONE || day > r->scope->as_of ||
		(status.size && !is(status, "done")))
		return QUERY_ROW;
	v = APPEND(r->facts, visits, visit_count);
	id_of(row->id, v->id);
	memcpy(v->account, account, ID_BYTES);
	v->territory = reading_territory(r, row->territory);
	v->type = v->goal = v->result = "";
	v->day = day;
	v->planned = DAY_NONE;
	v->next_by = cell_day(row, NEXT_BY);
	v->done = true;
	return QUERY_OTHER;
}

static enum status
read_visits(struct reading *r, const struct whole *whole)
{
	static const char *const fields[VISIT_FIELDS] = {
		"account_id", "visited_on", "status", "next_contact_by"};
	struct visits visits = {.r = r, .whole = whole};
	enum status status = read_cells(
		r, TYPE_VISIT, fields, VISIT_FIELDS, 2, take_visit, &visits);

	for (size_t i = 0; i < whole->count && status == STATUS_OK; i++)
		status = reading_of(r, TYPE_VISIT, "account_id", whole->ids[i]);
	return status;
}

enum status
read_due(struct reading *r, const struct joined *joined)
{
	struct whole whole;
	enum status status = read_people(r);

	if (status != STATUS_OK)
		return status;
	whole = whole_accounts(r->facts, joined);
	status = read_visits(r, &whole);
	free(whole.ids);
	if (status == STATUS_OK && r->scope->actions)
		status = reading_of(r, TYPE_ACTION, NULL, NULL);
	joined_resolve(joined, r->facts);
	return status;
}
