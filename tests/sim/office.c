#include "tests/sim/office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/node/hub/succession.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/decide.h"
#include "tests/sim/draft.h"
#include "tests/sim/erase.h"
#include "tests/sim/hubs.h"
#include "tests/sim/ledger.h"
#include "tests/sim/shipped.h"

static void
put_text(struct draft *d, uint32_t type, const uint8_t *id, uint32_t field,
	enum operation_kind kind, const char *text)
{
	pack_text(draft_value(d), text);
	draft_add(d, type, id, ID_BYTES, field, kind);
}

static void
put_bytes(struct draft *d, uint32_t type, const uint8_t *id, uint32_t field,
	const uint8_t *bytes, size_t size)
{
	pack_bytes(draft_value(d), bytes, size);
	draft_add(d, type, id, ID_BYTES, field, OPERATION_INIT);
}

static void
put_cutoff(struct draft *d, const uint8_t *territory, const uint8_t *device,
	const uint8_t *grant, int64_t last, bool stolen)
{
	uint8_t id[ID_BYTES], log[LOG_BYTES], name[SEGMENT_NAME_SIZE];
	struct territory *t = sim_territory(d->node, territory, false);
	const uint8_t *kept;
	bool named;

	memcpy(log, device, ID_BYTES);
	memcpy(log + ID_BYTES, grant, ID_BYTES);
	named = t && territory_segment_name(t, log, last, name);
	random_bytes(draft_chance(d), id, sizeof id);
	kept = draft_keep(d, id, sizeof id);
	pack_map(draft_value(d), 4u + stolen + named);
	pack_integer(&d->pack, CUTOFF_TERRITORY);
	pack_bytes(&d->pack, territory, ID_BYTES);
	pack_integer(&d->pack, CUTOFF_DEVICE);
	pack_bytes(&d->pack, device, ID_BYTES);
	pack_integer(&d->pack, CUTOFF_GRANT);
	pack_bytes(&d->pack, grant, ID_BYTES);
	pack_integer(&d->pack, CUTOFF_LAST);
	pack_integer(&d->pack, last);
	if (named) {
		pack_integer(&d->pack, CUTOFF_SEGMENT);
		pack_bytes(&d->pack, name, sizeof name);
	}
	if (stolen) {
		pack_integer(&d->pack, CUTOFF_STOLEN);
		pack_bool(&d->pack, true);
	}
	draft_add(d, TYPE_CUTOFF, kept, ID_BYTES, CUTOFF_BODY, OPERATION_INIT);
}

static bool
directory_begin(struct draft *d, struct world *world)
{
	struct sim_node *hub = &world->nodes[world->desk];
	struct problem problem = {0};

	/* One that has crashed is taken down at the end of the step. */
	return hub->up && !hub->crashed &&
		hub_in_office(shipped_lend(hub), &problem) &&
		draft_begin(d, world, hub, hub->directory);
}

/* Facts stand in the ledger from before the commit: it may be in doubt. */
static int64_t
directory_commit(struct draft *d, struct fact *facts, size_t count)
{
	struct ledger *ledger = d->world->ledger;
	uint32_t number = log_find(d->territory, d->log);
	int64_t next =
		number == LOG_NONE ? 1 : d->territory->states[number].last + 1;
	int term = ledger_term(ledger, d->log);

	ledger_forget_facts(ledger, term, next);
	for (size_t i = 0; i < count; i++) {
		facts[i].seq = next;
		facts[i].term = term;
		ledger_fact(ledger, &facts[i]);
	}
	return draft_commit(d);
}

static const char *const roles[] = {"", "rep", "manager", "hq"};

static void
give(struct world *world, const uint8_t *user, int place, int rank)
{
	struct fact fact = {.kind = FACT_GRANT, .place = place, .rank = rank};
	struct draft d;

	if (!directory_begin(&d, world))
		return;
	world->counts.grants++;
	actors_id(fact.grant, 0x31, (uint32_t)world->counts.grants);
	memcpy(fact.user, user, ID_BYTES);
	put_bytes(&d, TYPE_GRANT, fact.grant, GRANT_USER, user, ID_BYTES);
	put_bytes(&d, TYPE_GRANT, fact.grant, GRANT_TERRITORY, places[place].id,
		ID_BYTES);
	put_text(&d, TYPE_GRANT, fact.grant, GRANT_ROLE, OPERATION_INIT,
		roles[rank]);
	if (directory_commit(&d, &fact, 1))
		world_trace(world, "admin: grant of %s to user %d, rank %d",
			places[place].name, user[15], rank);
}

static void
found_territories(struct world *world)
{
	for (int i = 0; i < WORLD_TERRITORIES; i++) {
		const struct place *p = &places[i];
		struct draft d;

		if (!directory_begin(&d, world))
			return;
		put_text(&d, TYPE_TERRITORY, p->id, TERRITORY_NAME,
			OPERATION_PUT, p->name);
		if (p->parent >= 0)
			put_bytes(&d, TYPE_TERRITORY, p->id, TERRITORY_PARENT,
				places[p->parent].id, ID_BYTES);
		put_text(&d, TYPE_TERRITORY, p->id, TERRITORY_KIND,
			OPERATION_INIT, p->management ? "management" : "field");
		(void)directory_commit(&d, NULL, 0);
	}
}

static void
found_user(struct world *world, const struct sim_node *node)
{
	char login[16];
	struct draft d;

	if (!directory_begin(&d, world))
		return;
	(void)snprintf(login, sizeof login, "user%d", node->user[15]);
	put_text(&d, TYPE_USER, node->user, USER_LOGIN, OPERATION_INIT, login);
	put_text(&d, TYPE_USER, node->user, USER_NAME, OPERATION_PUT, login);
	put_bytes(&d, TYPE_DEVICE, node->device, DEVICE_USER, node->user,
		ID_BYTES);
	put_bytes(&d, TYPE_DEVICE, node->device, DEVICE_SIGN_KEY,
		node->sign_key, SIGNING_KEY_SIZE);
	put_bytes(&d, TYPE_DEVICE, node->device, DEVICE_LINK_KEY,
		node->link_key, LINK_KEY_SIZE);
	put_text(&d, TYPE_DEVICE, node->device, DEVICE_NAME, OPERATION_PUT,
		"laptop");
	put_text(&d, TYPE_DEVICE, node->device, DEVICE_KIND, OPERATION_INIT,
		"device");
	(void)directory_commit(&d, NULL, 0);
}

/* Who gets what, by the node's number; places overlap. */
static void
found_device(struct world *world, const struct sim_node *node)
{
	static const struct {
		int place, rank;
	} first[] = {{0, 0}, {1, RANK_MANAGER}, {2, RANK_REP}, {2, RANK_REP},
		{3, RANK_REP}, {4, RANK_REP}, {0, RANK_MANAGER}, {3, RANK_REP},
		{4, RANK_REP}, {2, RANK_REP}};

	found_user(world, node);
	if (node->hostile)
		give(world, node->user, 2, RANK_REP);
	else
		give(world, node->user, first[node->number].place,
			first[node->number].rank);
}

void
office_found(struct world *world)
{
	found_territories(world);
	for (int i = 1; i < world->node_count; i++)
		if (!world->nodes[i].late)
			found_device(world, &world->nodes[i]);
}

bool
office_welcome(struct world *world, struct sim_node *node)
{
	const struct sim_node *hub = &world->nodes[0];

	world->desk = 0;
	if (!hub->up || hubs_restoring(world))
		return false;
	node_introduce(node, hub);
	found_device(world, node);
	/* Its disk may have been full, or worse: another time. */
	if (hub->crashed || disk_dead(hub->disk) ||
		!policy_device_key(hub->policy, node->device))
		return false;
	node->late = false;
	world->counts.late++;
	world_trace(world, "admin: node %d joins", node->number);
	return true;
}

/*
 * Whether a cut-off there closes a log earlier than it is closed already. One
 * that is listed after its device or grant has ended would open it again, up
 * to there, where others have gone on without it.
 */
static bool
lowers(struct world *world, const struct territory *t, const uint8_t *log,
	int64_t last)
{
	return last <
		ledger_cut(world->ledger, territory_id(t), log, INT64_MAX);
}

/*
 * One that is closed already is listed again, as by the shipped hub: by another
 * hub's clock it may have been listed after this ending.
 */
static int64_t
ends_at(struct world *world, const struct territory *t,
	const struct log_state *log)
{
	int64_t cut = ledger_cut(
		world->ledger, territory_id(t), log->saved.id, INT64_MAX);

	return cut < log->saved.kept ? cut : log->saved.kept;
}

/*
 * Cut-offs for each log of a device (or under a grant) that the hub has, then
 * the word that there are no others.
 */
static void
cut_logs(struct draft *d, const uint8_t *device, const uint8_t *grant,
	bool stolen, struct fact *facts, size_t room, size_t *count)
{
	static const uint8_t none[ID_BYTES];
	struct sim_node *hub = d->node;

	for (int i = 0; i < NODE_TERRITORIES_MAX && hub->territories[i]; i++) {
		struct territory *t = hub->territories[i];

		for (uint32_t k = 0; k < t->logs.count; k++) {
			const struct log_state *log = &t->states[k];
			const uint8_t *id = log->saved.id;
			struct fact *f = &facts[*count];

			if (t == hub->directory || log->saved.kept == 0 ||
				*count + 2 == room ||
				memcmp(device ? id : id + ID_BYTES,
					device ? device : grant, ID_BYTES) != 0)
				continue;
			*f = (struct fact){.kind = FACT_CUT,
				.last = ends_at(d->world, t, log)};
			put_cutoff(d, territory_id(t), id, id + ID_BYTES,
				f->last, false);
			memcpy(f->territory, territory_id(t), ID_BYTES);
			memcpy(f->log, id, LOG_BYTES);
			(*count)++;
		}
	}
	facts[*count] = (struct fact){.kind = device ? FACT_REVOKED : FACT_END};
	if (device)
		memcpy(facts[*count].log, device, ID_BYTES);
	else
		memcpy(facts[*count].log + ID_BYTES, grant, ID_BYTES);
	(*count)++;
	if (stolen) {
		facts[*count] = facts[*count - 1];
		facts[(*count)++].kind = FACT_STOLEN;
	}
	put_cutoff(d, none, device ? device : none, grant ? grant : none, 0,
		stolen);
}

enum { FACTS_MAX = DRAFT_OPERATIONS_MAX };

static void
cut(struct world *world, const uint8_t *device, const uint8_t *grant,
	bool stolen)
{
	struct fact facts[FACTS_MAX];
	size_t count = 0;
	struct draft d;

	if (!directory_begin(&d, world))
		return;
	cut_logs(&d, device, grant, stolen, facts, FACTS_MAX, &count);
	if (directory_commit(&d, facts, count)) {
		world->counts.cuts++;
		world->last_cut_ms = world->now_ms;
		world_trace(world, "admin: %s %02x ends, %zu logs",
			device ? "device" : "grant",
			device ? device[0] : grant[15], count - 1);
	}
}

/* Where the segment ends that holds the change; a hub cuts nowhere else. */
static int64_t
segment_end(struct territory *t, uint32_t number, int64_t seq)
{
	struct pack_view bytes;
	struct segment segment;

	if (seq == 0 ||
		t->store->segment_read(t->store->self, t->number, number, seq,
			&bytes) != STATUS_OK ||
		segment_view(&segment, bytes.bytes, bytes.size) != STATUS_OK)
		return 0;
	return segment.first + segment.count - 1;
}

/* One log alone, somewhere in what the hub has of it. */
static void
cut_one(struct world *world)
{
	struct ledger *ledger = world->ledger;
	struct fact fact = {.kind = FACT_CUT};
	struct ledger_log *log;
	struct territory *t;
	struct draft d;
	uint32_t number;

	if (!directory_begin(&d, world) || ledger_log_count(ledger) == 0)
		return;
	log = ledger_log_at(
		ledger, random_below(&world->random, ledger_log_count(ledger)));
	t = sim_territory(d.node, log->territory, false);
	number = t ? log_find(t, log->id) : LOG_NONE;
	if (world->nodes[log->author].hub || number == LOG_NONE ||
		t == d.node->directory)
		return;
	fact.last = segment_end(t, number,
		(int64_t)random_below(&world->random,
			(uint32_t)t->states[number].saved.kept + 1));
	if (!lowers(world, t, log->id, fact.last))
		return;
	memcpy(fact.territory, log->territory, ID_BYTES);
	memcpy(fact.log, log->id, LOG_BYTES);
	put_cutoff(&d, fact.territory, fact.log, fact.log + ID_BYTES, fact.last,
		false);
	if (directory_commit(&d, &fact, 1)) {
		world->counts.cuts++;
		world->last_cut_ms = world->now_ms;
		world_trace(world, "admin: a log of node %d is cut at %lld",
			log->author, (long long)fact.last);
	}
}

/* ---- endings: at once, or in two steps ---- */

static bool
is_drained(const struct ledger *ledger, const uint8_t *grant,
	const uint8_t *device)
{
	for (uint32_t i = 0; i < ledger->fact_count; i++) {
		const struct fact *f = &ledger->facts[i];

		if (f->kind == FACT_DRAINED &&
			memcmp(f->grant, grant, ID_BYTES) == 0 &&
			memcmp(f->log, device, ID_BYTES) == 0)
			return true;
	}
	return false;
}

static bool
all_drained(struct world *world, const struct policy_grant *grant)
{
	const struct policy *policy = world->nodes[world->desk].policy;
	const struct policy_device *d;

	for (uint32_t i = 0; (d = policy_device_at(policy, i)); i++)
		if (memcmp(d->user, grant->user, ID_BYTES) == 0 &&
			!d->revoked &&
			!is_drained(world->ledger, grant->id, d->id))
			return false;
	return true;
}

static void
end_grant(struct world *world, const uint8_t *grant, bool friendly)
{
	const struct policy_grant *g;
	uint8_t id[ID_BYTES];
	struct draft d;

	if (!friendly) {
		cut(world, NULL, grant, false);
		return;
	}
	if (!directory_begin(&d, world))
		return;
	g = policy_grant(d.node->policy, grant);
	if (!g || g->ending_ms)
		return;
	memcpy(id, grant, ID_BYTES);
	id[0] = 0x33;
	put_bytes(&d, TYPE_ENDING, draft_keep(&d, id, sizeof id), ENDING_GRANT,
		grant, ID_BYTES);
	if (!directory_commit(&d, NULL, 0))
		return;
	world->counts.endings++;
	world_trace(world, "admin: grant %02x is to end", grant[15]);
	g = policy_grant(d.node->policy, grant);
	if (g && all_drained(world, g))
		cut(world, NULL, grant, false); /* nobody has it */
}

/* One that is ending, of that user, and was not drained by the device yet. */
static const struct policy_grant *
next_ending(
	const struct world *world, const uint8_t *user, const uint8_t *device)
{
	const struct policy *policy = world->nodes[world->desk].policy;
	const struct policy_grant *g;

	for (uint32_t i = 0; (g = policy_grant_at(policy, i)); i++)
		if (g->ending_ms && !g->ended &&
			memcmp(g->user, user, ID_BYTES) == 0 &&
			!is_drained(world->ledger, g->id, device))
			return g;
	return NULL;
}

void
office_in_step(
	struct world *world, const struct sim_node *hub, const uint8_t *device)
{
	const struct policy_device *d = policy_device(hub->policy, device);
	struct fact fact = {.kind = FACT_DRAINED};
	const struct policy_grant *g;
	uint8_t user[ID_BYTES];

	/* An old hub has none of the devices' words that the new one has. */
	if (!d || d->revoked || hub->number != 0 || hubs_restoring(world))
		return;
	world->desk = 0;
	memcpy(user, d->user, ID_BYTES);
	memcpy(fact.log, device, ID_BYTES);
	while ((g = next_ending(world, user, device))) {
		memcpy(fact.grant, g->id, ID_BYTES);
		ledger_fact(world->ledger, &fact);
	}
	/* As the shipped hub: what the disk refused once is tried again. */
	for (uint32_t i = 0; (g = policy_grant_at(hub->policy, i)); i++) {
		if (!g->ending_ms || g->ended ||
			memcmp(g->user, user, ID_BYTES) != 0 ||
			!all_drained(world, g))
			continue;
		memcpy(fact.grant, g->id, ID_BYTES);
		check_drained(world, fact.grant);
		cut(world, NULL, fact.grant, false);
	}
}

void
office_administer(struct world *world)
{
	struct random *random = &world->random;
	uint32_t pick = random_below(random, 10);
	const struct sim_node *node = &world->nodes[1 +
		random_below(random, (uint32_t)world->node_count - 1)];

	world->counts.operations++;
	world->desk = 0;
	erase_duties(world);
	if (world_has(world, FAULT_ERASE) && random_once_in(random, 3))
		erase_somebody(world);
	if (world_has(world, FAULT_WIPE) && random_once_in(random, 8) &&
		!node->hub && !hubs_restoring(world) &&
		!ledger_revoked(world->ledger, node->device, INT64_MAX)) {
		cut(world, node->device, NULL, random_once_in(random, 3));
		return;
	}
	if (hubs_restoring(world)) {
		if (random_once_in(random, 2))
			hubs_done(world, random_once_in(random, 4));
		return;
	}
	if (node->hub)
		return;
	/* Nobody has told the old one yet. */
	if (hubs_old(world) > 0 && random_once_in(random, 3))
		world->desk = hubs_old(world);
	if (random_once_in(random, 3))
		decide_some(world);
	if (pick < 4 && world_has(world, FAULT_GRANTS)) {
		give(world, node->user,
			(int)random_below(random, WORLD_TERRITORIES),
			random_below(random, 3) ? RANK_REP : RANK_MANAGER);
	} else if (pick < 6 && world_has(world, FAULT_CUTS)) {
		cut_one(world);
	} else if (pick < 8 && world_has(world, FAULT_CUTS) &&
		world->counts.grants) {
		uint8_t grant[ID_BYTES];

		actors_id(grant, 0x31,
			1 +
				random_below(random,
					(uint32_t)world->counts.grants));
		if (!ledger_grant_ended(world->ledger, grant, INT64_MAX))
			end_grant(world, grant, pick == 7);
	} else if (pick >= 8 && world_has(world, FAULT_CUTS) &&
		!ledger_revoked(world->ledger, node->device, INT64_MAX) &&
		random_once_in(random, 3)) {
		cut(world, node->device, NULL, random_once_in(random, 4));
	}
}

void
office_offboard(struct world *world, int leaver, int successor, int place)
{
	const struct policy_grant *g;

	world->desk = 0;
	give(world, world->nodes[successor].user, place, RANK_REP);
	for (uint32_t i = 0; (g = policy_grant_at(world->nodes[0].policy, i));
		i++)
		if (!g->ended &&
			memcmp(g->user, world->nodes[leaver].user, ID_BYTES) ==
				0) {
			uint8_t grant[ID_BYTES];

			memcpy(grant, g->id, ID_BYTES);
			cut(world, NULL, grant, false);
		}
	cut(world, world->nodes[leaver].device, NULL, false);
}
