#include "client/method/account.h"

#include <stdlib.h>
#include <string.h>

#include "proto/id.h"

enum {
	HELD_FROM = 2, /* K2 */
	MANY = 2,      /* links of a chain; of us, on a joint visit */
	DEPARTMENTS = 3,
};

bool
account_left(const struct dossier *facts, const struct dossier_account *account,
	const uint8_t *user, int32_t day, int32_t as_of)
{
	const struct dossier_assignment *list;
	bool left = false;
	size_t count;

	if (!dossier_on(facts, account, user))
		return true;
	/* Oldest first: the last word on the user stands. */
	list = dossier_assignments(facts, account->id, &count);
	for (size_t i = 0; i < count; i++) {
		const struct dossier_assignment *a = &list[i];

		if (a->corrected || a->effective == DAY_NONE ||
			a->effective > as_of || a->effective < day)
			continue;
		if (dossier_same(a->to, user))
			left = false;
		else if (dossier_same(a->from, user))
			left = true;
	}
	return left;
}

const struct relation_rating *
account_ratings(const struct dossier *facts,
	const struct dossier_account *account, const uint8_t *contact,
	int32_t as_of, struct arena *arena, size_t *count)
{
	static const uint8_t none[ID_BYTES];
	const struct dossier_rating *list = dossier_ratings(
		facts, contact ? contact : none, account->id, count);
	struct relation_rating *ratings;

	if (!list)
		return NULL;
	ratings = arena_take(arena, *count * sizeof *ratings);
	for (size_t i = 0; i < *count; i++) {
		ratings[i] = list[i].rating;
		ratings[i].left = account_left(facts, account, ratings[i].rater,
			ratings[i].day, as_of);
	}
	return ratings;
}

/* ---- people ---- */

static bool
counts_as_done(const struct dossier_visit *visit, int32_t as_of)
{
	return visit->done && visit->day != DAY_NONE && visit->day <= as_of;
}

static void
find_meetings(const struct dossier *facts,
	const struct dossier_account *account, int32_t as_of,
	struct account_person *person)
{
	size_t count;
	const struct dossier_visit *visits =
		dossier_visits(facts, account->id, &count);

	person->met = person->met_in_person = DAY_NONE;
	/* Newest first. */
	for (size_t i = 0; i < count; i++) {
		const struct dossier_visit *v = &visits[i];

		if (!counts_as_done(v, as_of) ||
			!dossier_listed(v->contacts, v->contact_count,
				person->contact->id))
			continue;
		if (person->met == DAY_NONE)
			person->met = v->day;
		if (v->face_to_face && person->met_in_person == DAY_NONE)
			person->met_in_person = v->day;
	}
}

/* A person's own wish; decision makers of strategic accounts, in person. */
static struct cadence
cadence_of_person(const struct dossier_account *account,
	const struct account_person *person, int32_t as_of)
{
	const struct dossier_contact *c = person->contact;
	int tier = cadence_tier_days(account->tier);

	if (c->interval_days > 0)
		return cadence_of(tier, c->interval_days, person->met, as_of);
	if (account->tier == TIER_STRATEGIC && c->role == KEY_KDM)
		return cadence_of(
			CADENCE_FACE_DAYS, 0, person->met_in_person, as_of);
	return (struct cadence){.last = person->met, .due = DAY_NONE};
}

static void
look_at_person(const struct dossier *facts,
	const struct dossier_account *account,
	const struct dossier_contact *contact, int32_t as_of,
	struct arena *arena, struct account_person *person)
{
	size_t count;
	const struct relation_rating *ratings = account_ratings(
		facts, account, contact->id, as_of, arena, &count);

	person->contact = contact;
	person->key = relation_of(ratings, count, SCALE_KEY5, false, as_of);
	person->attitude = relation_of(ratings, count, SCALE_CR, false, as_of);
	person->contradiction =
		relation_contradicts(&person->attitude, &person->key);
	find_meetings(facts, account, as_of, person);
	person->cadence = cadence_of_person(account, person, as_of);
}

static void
when_to_meet(const struct dossier *facts, const struct dossier_account *account,
	const struct dossier_contact *contact, int32_t as_of,
	struct account_person *person)
{
	*person = (struct account_person){
		.contact = contact, .met = DAY_NONE, .met_in_person = DAY_NONE};
	/* Without a cadence the meetings are not looked for. */
	person->cadence = cadence_of_person(account, person, as_of);
	if (!person->cadence.target_days)
		return;
	find_meetings(facts, account, as_of, person);
	person->cadence = cadence_of_person(account, person, as_of);
}

/* Key roles first, in their order; then by name, as they came. */
static int
compare_people(const void *one, const void *other)
{
	const struct account_person *a = one, *b = other;
	int rank_a = a->contact->role ? (int)a->contact->role : INT32_MAX;
	int rank_b = b->contact->role ? (int)b->contact->role : INT32_MAX;

	if (rank_a != rank_b)
		return rank_a < rank_b ? -1 : 1;
	return a->contact < b->contact ? -1 : a->contact > b->contact;
}

static void
find_people(const struct dossier *facts, int32_t as_of, struct arena *arena,
	struct account_figures *f)
{
	size_t count;
	const struct dossier_contact *contacts =
		dossier_contacts(facts, f->account->id, &count);

	f->people = arena_take(arena, (count + 1) * sizeof *f->people);
	for (size_t i = 0; i < count; i++)
		if (contacts[i].active)
			look_at_person(facts, f->account, &contacts[i], as_of,
				arena, &f->people[f->person_count++]);
	qsort(f->people, f->person_count, sizeof *f->people, compare_people);
}

/* ---- who holds whom ---- */

static void
hold(struct account_figures *f, struct account_person *person,
	const struct dossier_user *user)
{
	size_t u = 0;

	while (u < f->user_count && f->users[u] != user)
		u++;
	if (u == f->user_count) {
		if (u == HOLDERS_USERS_MAX)
			return;
		f->users[f->user_count++] = user;
	}
	person->held_by |= (uint64_t)1 << u;
}

static void
hold_if_on(const struct dossier *facts, struct account_figures *f,
	struct account_person *person, const uint8_t *id)
{
	const struct dossier_user *user = dossier_user(facts, id);

	if (user && user->on[f->account->territory])
		hold(f, person, user);
}

static void
find_holders_of(const struct dossier *facts, int32_t as_of,
	struct account_figures *f, struct account_person *person)
{
	size_t count;
	const struct dossier_hold *holds =
		dossier_holds(facts, person->contact->id, &count);
	const struct dossier_visit *visits;

	for (size_t i = 0; i < count; i++)
		if ((holds[i].since == DAY_NONE || holds[i].since <= as_of) &&
			(holds[i].until == DAY_NONE || holds[i].until > as_of))
			hold_if_on(facts, f, person, holds[i].user);
	if (relation_ordinal(&person->key) < HELD_FROM)
		return;
	visits = dossier_visits(facts, f->account->id, &count);
	for (size_t i = 0; i < count; i++) {
		const struct dossier_visit *v = &visits[i];

		if (!counts_as_done(v, as_of) ||
			(int64_t)as_of - v->day > HOLDERS_TOUCH_DAYS ||
			!dossier_listed(v->contacts, v->contact_count,
				person->contact->id))
			continue;
		for (size_t k = 0; k < v->attendee_count; k++)
			hold_if_on(facts, f, person, v->attendees[k]);
	}
}

static void
find_holders(const struct dossier *facts, int32_t as_of, struct arena *arena,
	struct account_figures *f)
{
	struct holders_contact *held =
		arena_take(arena, (f->person_count + 1) * sizeof *held);
	size_t count = 0;

	for (size_t i = 0; i < f->person_count; i++) {
		struct account_person *p = &f->people[i];
		int weight = holders_weight(p->contact->role);

		find_holders_of(facts, as_of, f, p);
		if (weight)
			held[count++] =
				(struct holders_contact){weight, p->held_by};
	}
	f->holders = holders_of(held, count);
}

/* Whether the user was there with another of us within the time. */
static bool
was_joint(const struct dossier *facts, const struct dossier_account *account,
	const uint8_t *user, int32_t as_of)
{
	size_t count;
	const struct dossier_visit *visits =
		dossier_visits(facts, account->id, &count);

	for (size_t i = 0; i < count; i++)
		if (counts_as_done(&visits[i], as_of) &&
			(int64_t)as_of - visits[i].day <= HOLDERS_TOUCH_DAYS &&
			visits[i].attendee_count >= MANY &&
			dossier_listed(visits[i].attendees,
				visits[i].attendee_count, user))
			return true;
	return false;
}

static bool
has_backup(const struct dossier *facts, const struct dossier_account *account,
	int32_t as_of)
{
	size_t count;
	const struct dossier_member *members =
		dossier_members(facts, account->id, &count);

	for (size_t i = 0; i < count; i++) {
		const struct dossier_member *m = &members[i];

		if (!m->corrected && strcmp(m->role, "backup") == 0 &&
			(m->from == DAY_NONE || m->from <= as_of) &&
			(m->to == DAY_NONE || m->to > as_of) &&
			dossier_on(facts, account, m->user) &&
			was_joint(facts, account, m->user, as_of))
			return true;
	}
	return false;
}

/* ---- coverage ---- */

static void
find_coverage(struct arena *arena, struct account_figures *f)
{
	struct coverage_contact *contacts =
		arena_take(arena, (f->person_count + 1) * sizeof *contacts);
	bool reached[COVERAGE_LEVELS] = {false};

	for (size_t i = 0; i < f->person_count; i++) {
		const struct account_person *p = &f->people[i];

		contacts[i] =
			(struct coverage_contact){.role = p->contact->role,
				.key = relation_ordinal(&p->key),
				.attitude = p->attitude.rating
					? relation_ordinal(&p->attitude)
					: -1};
		if (p->contact->level >= 0 && contacts[i].key >= HELD_FROM)
			reached[p->contact->level] = true;
	}
	f->coverage = coverage_of(contacts, f->person_count);
	f->levels = coverage_levels(reached);
}

static void
find_relations(const struct dossier *facts, int32_t as_of, struct arena *arena,
	struct account_figures *f)
{
	size_t count;
	const struct relation_rating *r =
		account_ratings(facts, f->account, NULL, as_of, arena, &count);
	struct relation ours = relation_of(r, count, SCALE_BSH, false, as_of);
	struct relation theirs = relation_of(r, count, SCALE_BSH, true, as_of);

	f->organisation = relation_of(r, count, SCALE_ORG4, false, as_of);
	f->general = relation_of(r, count, SCALE_GEN4, false, as_of);
	f->gap_known = relation_gap(&ours, &theirs, &f->gap);
}

/* ---- visits ---- */

static bool
effective(const struct dossier_visit *v)
{
	const struct cadence_visit visit = {
		.done = v->done,
		.present = v->contact_count > 0,
		.goal = *v->goal,
		.result = *v->result,
		.advanced = strcmp(v->result, "advanced") == 0,
		.commitment = v->commitment,
	};

	return cadence_effective(&visit);
}

static void
find_visits(
	const struct dossier *facts, int32_t as_of, struct account_figures *f)
{
	size_t count;
	const struct dossier_visit *visits =
		dossier_visits(facts, f->account->id, &count);
	int32_t last = DAY_NONE;

	f->next_by = DAY_NONE;
	for (size_t i = 0; i < count; i++) {
		const struct dossier_visit *v = &visits[i];

		if (v->planned != DAY_NONE && v->planned <= as_of &&
			(int64_t)as_of - v->planned <= ACCOUNT_VISITS_DAYS)
			f->visits_planned++;
		if (!counts_as_done(v, as_of))
			continue;
		if (last == DAY_NONE) {
			last = v->day;
			f->next_by = v->next_by;
		}
		if ((int64_t)as_of - v->day > ACCOUNT_VISITS_DAYS)
			continue;
		f->visits_done++;
		f->visits_effective += effective(v);
	}
	f->plan = figure_of(f->visits_done, f->visits_planned);
	f->effective = figure_of(f->visits_effective, f->visits_done);
	f->cadence =
		cadence_of(cadence_tier_days(f->account->tier), 0, last, as_of);
}

/* ---- completeness ---- */

/* Of several facts that tell the same, the newest. */
static void
learn(struct completeness_fact *fact, const struct completeness_fact *more)
{
	if (!more->known || (fact->known && fact->day >= more->day))
		return;
	*fact = *more;
	fact->kept = true;
}

static void
learn_of_people(struct account_figures *f)
{
	struct completeness_fact *item = f->known.item;
	size_t departments = 0;

	for (size_t i = 0; i < f->person_count; i++) {
		const struct dossier_contact *c = f->people[i].contact;

		if (c->role == KEY_KDM)
			learn(&item[KNOWN_KDM], &c->role_known);
		if (c->role == KEY_KI)
			learn(&item[KNOWN_KI], &c->role_known);
		if (c->role == KEY_KU)
			learn(&item[KNOWN_KU], &c->role_known);
		/* With the third of them, all that is asked for is known. */
		if (*c->department && ++departments == DEPARTMENTS)
			item[KNOWN_DEPARTMENTS] = c->department_known;
	}
	item[KNOWN_DEPARTMENTS].kept = true;
}

static void
learn_of_links(const struct dossier *facts, struct account_figures *f)
{
	struct completeness_fact newest = {0};
	size_t links = 0;

	for (size_t i = 0; i < f->person_count; i++) {
		size_t count;
		const struct dossier_link *list =
			dossier_links(facts, f->people[i].contact->id, &count);

		for (size_t k = 0; k < count; k++)
			learn(&newest, &list[k].known);
		links += count;
	}
	if (links >= MANY)
		f->known.item[KNOWN_LINKS] = newest;
	f->known.item[KNOWN_LINKS].kept = true;
}

static void
learn_of_ratings(struct account_figures *f)
{
	struct completeness_fact *item = &f->known.item[KNOWN_RATINGS];

	f->known.contacts = (int)f->person_count;
	for (size_t i = 0; i < f->person_count; i++) {
		const struct account_person *p = &f->people[i];
		const struct relation *r =
			p->key.rating ? &p->key : &p->attitude;

		if (!r->rating || r->stale)
			continue;
		f->known.contacts_rated++;
		if (!item->known || item->day < r->rating->day) {
			item->known = true;
			item->day = r->rating->day;
			memcpy(item->by, r->rating->rater, ID_BYTES);
		}
	}
	item->kept = true;
}

static void
learn_of_intel(
	const struct dossier *facts, int32_t as_of, struct account_figures *f)
{
	static const struct {
		const char *category;
		enum completeness_item item;
	} categories[] = {
		{"mission", KNOWN_MISSION},
		{"strategy_long", KNOWN_STRATEGY_LONG},
		{"strategy_short", KNOWN_STRATEGY_SHORT},
		{"challenge_macro", KNOWN_CHALLENGES},
		{"challenge_internal", KNOWN_CHALLENGES},
		{"challenge_rival", KNOWN_CHALLENGES},
		{"challenge_supplier", KNOWN_CHALLENGES},
	};
	size_t count;
	const struct dossier_intel *list =
		dossier_intel(facts, f->account->id, &count);

	for (size_t c = 0; c < sizeof categories / sizeof *categories; c++) {
		struct completeness_fact *item =
			&f->known.item[categories[c].item];

		item->kept = true;
		for (size_t i = 0; i < count; i++)
			if (strcmp(list[i].category, categories[c].category) ==
					0 &&
				!list[i].corrected &&
				(list[i].expires == DAY_NONE ||
					list[i].expires >= as_of) &&
				(list[i].observed == DAY_NONE ||
					list[i].observed <= as_of))
				learn(item, &list[i].known);
	}
}

static void
find_completeness(
	const struct dossier *facts, int32_t as_of, struct account_figures *f)
{
	static const enum completeness_item roles[] = {
		KNOWN_KDM, KNOWN_KI, KNOWN_KU};

	memcpy(f->known.item, f->account->known, sizeof f->known.item);
	learn_of_people(f);
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		f->known.item[roles[i]].kept = true;
	learn_of_links(facts, f);
	learn_of_ratings(f);
	learn_of_intel(facts, as_of, f);
	f->completeness = completeness_of(&f->known,
		!id_is_zero(f->account->owner) ? f->account->owner : NULL,
		as_of);
}

struct account_figures
account_figures(const struct dossier *facts,
	const struct dossier_account *account, int32_t as_of,
	struct arena *arena)
{
	struct account_figures f = {.account = account};

	find_people(facts, as_of, arena, &f);
	find_holders(facts, as_of, arena, &f);
	f.backup = has_backup(facts, account, as_of);
	find_coverage(arena, &f);
	find_relations(facts, as_of, arena, &f);
	find_visits(facts, as_of, &f);
	find_completeness(facts, as_of, &f);
	return f;
}

struct account_figures
account_cadences(const struct dossier *facts,
	const struct dossier_account *account, int32_t as_of,
	struct arena *arena)
{
	struct account_figures f = {.account = account};
	size_t count;
	const struct dossier_contact *contacts =
		dossier_contacts(facts, account->id, &count);

	if (count)
		f.people = arena_take(arena, count * sizeof *f.people);
	for (size_t i = 0; i < count; i++)
		if (contacts[i].active)
			when_to_meet(facts, account, &contacts[i], as_of,
				&f.people[f.person_count++]);
	find_visits(facts, as_of, &f);
	return f;
}
