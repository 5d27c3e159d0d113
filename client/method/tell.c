#include "client/method/tell.h"

#include <string.h>

#include "client/node/instant.h"
#include "client/text/text.h"
#include "proto/id.h"
#include "proto/schema.h"
#include "sync/policy.h"

/* ---- pieces ---- */

json_t *
tell_day(int32_t day)
{
	char text[DAY_TEXT_SIZE];

	day_text(day, text);
	return *text ? json_string(text) : json_null();
}

json_t *
tell_figure(struct figure figure)
{
	return figure.known ? json_integer(figure.bp) : json_null();
}

json_t *
tell_id(const uint8_t *id)
{
	char text[ID_TEXT_SIZE];

	id_format(text, id);
	return json_string(text);
}

const char *
tell_login(const struct dossier *facts, const uint8_t *user)
{
	const struct dossier_user *known = dossier_user(facts, user);

	if (known)
		return known->login;
	return !id_is_zero(user) ? "?" : "";
}

static json_t *
login(const struct dossier *facts, const uint8_t *user)
{
	return !id_is_zero(user) ? json_string(tell_login(facts, user))
				 : json_null();
}

const char *
tell_tier(enum tier tier)
{
	static const char *const codes[] = {[TIER_NONE] = "none",
		[TIER_GENERAL] = "general",
		[TIER_MAJOR] = "major",
		[TIER_KEY] = "key",
		[TIER_STRATEGIC] = "strategic"};

	return codes[tier];
}

const char *
tell_label(uint32_t type_number, const char *name, const char *code)
{
	const struct schema_type *type =
		schema_type(schema_roadbook(), type_number);
	const struct schema_field *field = schema_field_named(type, name);
	const struct schema_codes *codes = field ? &field->codes : NULL;
	const struct schema_code *found;

	for (size_t i = 0; !codes && i < type->field_count; i++) {
		const struct schema_part *part =
			schema_part_named(&type->fields[i], name);

		if (part)
			codes = &part->codes;
	}
	found = codes && *code ? schema_code_find(codes, code) : NULL;
	return found ? text_pick(found->en, found->zh) : code;
}

/* ---- what every figure comes with ---- */

static json_t *
freshness(const struct dossier *facts)
{
	json_t *list = json_array();

	for (size_t i = 0; i < facts->log_count; i++) {
		const struct dossier_log *log = &facts->logs[i];
		char at[INSTANT_TEXT_SIZE], device[ID_TEXT_SIZE];

		instant_text(log->at_ms, log->offset, at);
		id_format(device, log->device);
		json_array_append_new(list,
			json_pack("{s:s, s:s, s:s, s:s}", "territory",
				facts->territories[log->territory].path, "user",
				log->user, "device", device, "last_change",
				at));
	}
	return list;
}

json_t *
tell_frame(const struct dossier *facts, int32_t as_of)
{
	json_t *territories = json_array();

	for (size_t i = 0; i < facts->territory_count; i++)
		json_array_append_new(
			territories, json_string(facts->territories[i].path));
	return json_pack("{s:o, s:{s:o, s:I}, s:o}", "as_of", tell_day(as_of),
		"scope", "territories", territories, "accounts",
		(json_int_t)facts->account_count, "freshness",
		freshness(facts));
}

json_t *
tell_account(const struct dossier *facts, const struct dossier_account *account)
{
	return json_pack("{s:o, s:s, s:s, s:s, s:o}", "id",
		tell_id(account->id), "name", account->name, "territory",
		facts->territories[account->territory].path, "tier",
		tell_tier(account->tier), "owner",
		login(facts, account->owner));
}

/* ---- one account ---- */

static json_t *
missing_roles(const struct coverage *coverage)
{
	json_t *list = json_array();

	if (coverage->no_kdm)
		json_array_append_new(list, json_string("KDM"));
	if (coverage->no_ki)
		json_array_append_new(list, json_string("KI"));
	if (coverage->no_ku)
		json_array_append_new(list, json_string("KU"));
	return list;
}

static json_t *
bus_factor(const struct holders *holders)
{
	return holders->bus_factor < 0 ? json_null()
				       : json_integer(holders->bus_factor);
}

void
tell_coverage(json_t *json, const struct account_figures *f)
{
	const struct holders *h = &f->holders;
	bool contradiction = false;

	for (size_t i = 0; i < f->person_count; i++)
		contradiction |= f->people[i].contradiction;
	json_object_set_new(json, "coverage_bp", tell_figure(f->coverage.key));
	json_object_set_new(json, "missing_roles", missing_roles(&f->coverage));
	json_object_set_new(json, "levels_bp", tell_figure(f->levels));
	json_object_set_new(json, "balance_bp",
		f->coverage.balance_known ? json_integer(f->coverage.balance_bp)
					  : json_null());
	json_object_set_new(
		json, "kdm_opposes", json_boolean(f->coverage.kdm_opposes));
	json_object_set_new(json, "contradiction", json_boolean(contradiction));
	json_object_set_new(
		json, "gap", f->gap_known ? json_integer(f->gap) : json_null());
	json_object_set_new(json, "bus_factor", bus_factor(h));
	json_object_set_new(json, "sole_share_bp", tell_figure(h->sole_share));
	json_object_set_new(json, "sole_holder",
		h->sole_user < 0 ? json_null()
				 : json_string(f->users[h->sole_user]->login));
	json_object_set_new(json, "backup", json_boolean(f->backup));
}

void
tell_cadence(json_t *json, const struct cadence *c)
{
	json_object_set_new(json, "last_visit", tell_day(c->last));
	json_object_set_new(json, "target_days", json_integer(c->target_days));
	json_object_set_new(json, "due_on", tell_day(c->due));
	json_object_set_new(json, "overdue_bp", tell_figure(c->overdue));
	json_object_set_new(json, "light", json_string(light_code(c->light)));
}

void
tell_visits(json_t *json, const struct account_figures *f)
{
	json_object_set_new(
		json, "visits_planned", json_integer(f->visits_planned));
	json_object_set_new(json, "visits_done", json_integer(f->visits_done));
	json_object_set_new(
		json, "visits_effective", json_integer(f->visits_effective));
	json_object_set_new(json, "plan_bp", tell_figure(f->plan));
	json_object_set_new(json, "effective_bp", tell_figure(f->effective));
}

void
tell_completeness(json_t *json, const struct account_figures *f, int32_t as_of)
{
	json_t *missing = json_array(), *old = json_array();
	json_t *not_kept = json_array();

	for (int i = 0; i < COMPLETENESS_ITEMS; i++) {
		const struct completeness_fact *fact = &f->known.item[i];
		json_t *code = json_string(
			completeness_code((enum completeness_item)i));

		if (!fact->kept)
			json_array_append(not_kept, code);
		else if (!fact->known)
			json_array_append(missing, code);
		else if (completeness_old(fact, as_of))
			json_array_append(old, code);
		json_decref(code);
	}
	json_object_set_new(
		json, "score_bp", tell_figure(f->completeness.score));
	json_object_set_new(
		json, "attainable", json_integer(f->completeness.attainable));
	json_object_set_new(
		json, "by_owner_bp", tell_figure(f->completeness.by_owner));
	json_object_set_new(json, "missing", missing);
	json_object_set_new(json, "old", old);
	json_object_set_new(json, "not_kept", not_kept);
}

json_t *
tell_relation(const struct dossier *facts, const struct relation *r)
{
	if (!r->rating)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:b, s:b, s:o, s:i, s:i}", "level",
		r->rating->level->code, "rated_on", tell_day(r->rating->day),
		"rated_by", login(facts, r->rating->rater), "stale", r->stale,
		"unconfirmed", r->unconfirmed, "counts_as",
		r->counts ? json_string(r->counts->code) : json_null(),
		"raters", r->raters, "spread", r->spread);
}

static json_t *
name_or_null(const char *name)
{
	return name ? json_string(name) : json_null();
}

json_t *
tell_due(const struct dossier *facts, const struct due *due, int32_t as_of)
{
	int64_t late =
		due->on == DAY_NONE ? 0 : (int64_t)as_of - (int64_t)due->on;
	json_t *json = json_pack("{s:s, s:o, s:I, s:o, s:o}", "kind",
		due_kind_code(due->kind), "on", tell_day(due->on), "late_days",
		(json_int_t)(late > 0 ? late : 0), "account",
		due->account ? tell_id(due->account->id) : json_null(), "name",
		name_or_null(due->account ? due->account->name : NULL));

	if (due->contact) {
		json_object_set_new(json, "contact", tell_id(due->contact->id));
		json_object_set_new(
			json, "contact_name", json_string(due->contact->name));
	}
	if (due->cadence.target_days)
		tell_cadence(json, &due->cadence);
	if (due->action) {
		const struct dossier_action *a = due->action;

		json_object_set_new(json, "action", tell_id(a->id));
		json_object_set_new(json, "title", json_string(a->title));
		json_object_set_new(json, "owed_by",
			*a->owed_by ? json_string(a->owed_by) : json_null());
		json_object_set_new(json, "owner", login(facts, a->owner));
		json_object_set_new(json, "promised_on", tell_day(a->promised));
		json_object_set_new(json, "status",
			json_string(*a->status ? a->status : "open"));
	}
	return json;
}
