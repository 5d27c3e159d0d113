#include "tests/sim/forge.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/territory_internal.h"
#include "tests/sim/actors.h"
#include "tests/sim/ledger.h"

static uint32_t
pick(struct world *world, uint32_t below)
{
	return random_below(&world->random, below);
}

size_t
forge_change(struct world *world, const struct territory *t,
	const struct change_draft *like, uint32_t field, uint8_t *out,
	size_t room)
{
	uint8_t id[ID_BYTES], value[16];
	struct operation operation = {.type = TYPE_ACCOUNT,
		.id = id,
		.id_size = ID_BYTES,
		.field = field,
		.kind = OPERATION_PUT,
		.time = like->at};
	struct change_draft draft = *like;
	struct pack pack;

	actors_id(id, 0xa0 + TYPE_ACCOUNT,
		((uint32_t)t->id[0] << 16) + pick(world, 5));
	pack_init(&pack, value, sizeof value);
	pack_text(&pack, "mole");
	operation.value = (struct pack_view){value, pack.size};
	draft.operations = &operation;
	draft.operation_count = 1;
	pack_init(&pack, out, room);
	change_encode(&pack, &draft);
	return pack.size;
}

uint8_t *
forge_seal(const struct sim_node *mole, const uint8_t *territory,
	const uint8_t *log, int64_t first, const uint8_t *previous,
	const uint8_t *raw, size_t raw_size, size_t *size)
{
	struct segment_draft draft = {.company = company_id_of_all(),
		.secret = mole->sign_secret,
		.territory = territory,
		.log = log,
		.first = first,
		.count = 1,
		.previous = previous,
		.raw = raw,
		.raw_size = (uint32_t)raw_size};
	uint8_t name[SEGMENT_NAME_SIZE];
	uint8_t *out = alloc(segment_room(draft.raw_size));

	if (segment_seal(out, size, name, &draft) == STATUS_OK)
		return out;
	free(out);
	return NULL;
}

static uint8_t *
seal_plain(struct world *world, struct territory *t, const uint8_t *territory,
	const uint8_t *log, int64_t first, const uint8_t *previous,
	size_t *size)
{
	const struct sim_node *mole = &world->nodes[world->hostile];
	struct change_draft like = {.at = world->now_ms + pick(world, 1000)};
	uint8_t raw[512];
	size_t raw_size = forge_change(world, t, &like, 9, raw, sizeof raw);

	return forge_seal(
		mole, territory, log, first, previous, raw, raw_size, size);
}

/* ---- attacks by pushing ---- */

struct territory *
forge_territory(struct world *world, uint8_t *log)
{
	struct sim_node *mole = &world->nodes[world->hostile];

	memcpy(log, mole->device, ID_BYTES);
	if (!mole->up ||
		policy_write_grant(mole->policy, mole->user, places[2].id,
			log + ID_BYTES) == RANK_NONE)
		return NULL;
	return sim_territory(mole, places[2].id, true);
}

/* The next segment of somebody's log, as it keeps it. */
static uint8_t *
name_of_another(struct world *world, struct territory *t, size_t *size)
{
	const struct log_state *log;

	if (t->logs.count == 0)
		return NULL;
	log = &t->states[pick(world, t->logs.count)];
	if (memcmp(log->saved.id, world->nodes[world->hostile].device,
		    ID_BYTES) == 0)
		return NULL;
	return seal_plain(world, t, t->id, log->saved.id, log->saved.kept + 1,
		log->saved.kept_name, size);
}

enum { AT_RAW_SIZE = 94 }; /* proto/segment.h */

/* Signs it again, as proto/segment.h says, after a change of its header. */
static void
sign_again(const struct sim_node *mole, uint8_t *bytes, size_t size)
{
	static const uint8_t purpose[] = "roadbook/segment/1";
	uint8_t message[sizeof purpose + COMPANY_ID_SIZE + SEGMENT_NAME_SIZE];
	uint8_t *name = message + sizeof purpose + COMPANY_ID_SIZE;
	size_t named = size - SEGMENT_SIGNATURE_SIZE;

	memcpy(message, purpose, sizeof purpose);
	memcpy(message + sizeof purpose, company_id_of_all(), COMPANY_ID_SIZE);
	(void)crypto_generichash(
		name, SEGMENT_NAME_SIZE, bytes, named, NULL, 0);
	(void)crypto_sign_detached(bytes + named, NULL, message, sizeof message,
		mole->sign_secret);
}

/*
 * A mebibyte of zeros in some fifty bytes: as it is, or said to be less, or
 * said to be more than anybody may send.
 */
static void
say_other_size(struct world *world, const struct sim_node *mole, uint8_t *bytes,
	size_t size)
{
	uint32_t said = pick(world, 2) ? 1000 : 0x7fffffff;

	if (random_once_in(&world->random, 3))
		return;
	for (int i = 0; i < 4; i++)
		bytes[AT_RAW_SIZE + i] = (uint8_t)(said >> (24 - 8 * i));
	sign_again(mole, bytes, size);
}

/* From `first` on there may be two of each change of its log. */
static void
forks(struct world *world, const uint8_t *territory, const uint8_t *log,
	int64_t first)
{
	const struct sim_node *mole = &world->nodes[world->hostile];
	struct ledger_log *l = ledger_log(world->ledger, territory, log, true);

	l->author = l->incarnation = world->hostile;
	l->rank = policy_rank(mole->policy, territory, log);
	if (!l->forked_at || l->forked_at > first)
		l->forked_at = first;
}

/*
 * A territory that the grant of its log is not of: unless that is one on both,
 * which it was given in the meantime.
 */
static uint8_t *
claim(struct world *world, struct territory *t, const uint8_t *log,
	size_t *size)
{
	static const uint8_t none[SEGMENT_NAME_SIZE];
	const struct sim_node *mole = &world->nodes[world->hostile];
	const uint8_t *other = places[4].id;

	if (policy_rank(mole->policy, other, log) > RANK_NONE)
		forks(world, other, log, 1);
	return seal_plain(world, t, other, log, 1, none, size);
}

/*
 * The next segment of its own log, which it does not keep itself: sooner or
 * later there is another one in that place.
 */
static uint8_t *
fork(struct world *world, struct territory *t, const uint8_t *log, bool bomb,
	size_t *size)
{
	struct sim_node *mole = &world->nodes[world->hostile];
	uint32_t number;
	int64_t first = 1;
	const uint8_t *previous;
	static const uint8_t none[SEGMENT_NAME_SIZE];
	uint8_t *raw, *bytes;

	if (sim_seal(mole) != STATUS_OK)
		return NULL;
	number = log_find(t, log);
	previous = none;
	if (number != LOG_NONE) {
		first = t->states[number].saved.kept + 1;
		previous = t->states[number].saved.kept_name;
	}
	forks(world, t->id, log, first);
	if (!bomb)
		return seal_plain(world, t, t->id, log, first, previous, size);
	raw = alloc(SEGMENT_RAW_MAX);
	bytes = forge_seal(
		mole, t->id, log, first, previous, raw, SEGMENT_RAW_MAX, size);
	free(raw);
	if (bytes)
		say_other_size(world, mole, bytes, *size);
	return bytes;
}

uint8_t *
forge(struct world *world, enum attack attack, size_t *size)
{
	static const uint8_t none[SEGMENT_NAME_SIZE];
	struct sim_node *mole = &world->nodes[world->hostile];
	uint8_t log[LOG_BYTES];
	struct territory *t = forge_territory(world, log);
	uint8_t *bytes = NULL;

	if (!t)
		return NULL;
	switch (attack) {
	case ATTACK_FORGED:
		return name_of_another(world, t, size);
	case ATTACK_FORK:
		return fork(world, t, log, false, size);
	case ATTACK_BOMB:
		return fork(world, t, log, true, size);
	case ATTACK_GAP:
		return seal_plain(world, t, t->id, log, 1000, log, size);
	case ATTACK_CLAIM:
		return claim(world, t, log, size);
	case ATTACK_DIRECTORY:
		memset(log + ID_BYTES, 0, ID_BYTES);
		return seal_plain(world, t, policy_directory(mole->policy), log,
			1, none, size);
	case ATTACK_CUT_SHORT:
		bytes = name_of_another(world, t, size);
		if (bytes)
			*size -= 1 + pick(world, (uint32_t)*size - 1);
		return bytes;
	case ATTACK_NOISE:
	case ATTACK_PULL:
	case ATTACK_COMPARE:
	case ATTACK_FLOOD:
	case ATTACKS:
		break;
	}
	*size = 1 + pick(world, 600);
	bytes = alloc(*size);
	random_bytes(&world->random, bytes, *size);
	return bytes;
}
