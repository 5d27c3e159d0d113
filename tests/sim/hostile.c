#include "tests/sim/hostile.h"

#include <stdlib.h>
#include <string.h>

#include "proto/message.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"
#include "sync/channel.h"
#include "sync/territory_internal.h"
#include "tests/sim/actors.h"
#include "tests/sim/ledger.h"

enum attack {
	ATTACK_FORGED,
	ATTACK_FORK,
	ATTACK_GAP,
	ATTACK_CLAIM,
	ATTACK_DIRECTORY,
	ATTACK_BOMB,
	ATTACK_CUT_SHORT,
	ATTACK_NOISE,
	ATTACK_PULL,
	ATTACKS,
};

struct hostile_talk {
	struct channel *channel;
	enum attack attack;
	uint8_t territory[ID_BYTES]; /* of a pull */
	uint8_t *segment;            /* to push */
	size_t segment_size;
	bool over;
};

enum { RAW_ROOM = 1 << 16 };

/* ---- what it signs ---- */

static uint32_t
pick(struct world *world, uint32_t below)
{
	return random_below(&world->random, below);
}

/* One change on an account of the territory. */
static size_t
craft_change(struct world *world, const struct territory *t,
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

/* Signed with its own key, whoever's log that is. The caller's to free. */
static uint8_t *
seal(const struct sim_node *mole, const uint8_t *territory, const uint8_t *log,
	int64_t first, const uint8_t *previous, const uint8_t *raw,
	size_t raw_size, size_t *size)
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
	size_t raw_size = craft_change(world, t, &like, 9, raw, sizeof raw);

	return seal(mole, territory, log, first, previous, raw, raw_size, size);
}

/* ---- attacks by pushing ---- */

/* Its own territory, and its log there. */
static struct territory *
own_territory(struct world *world, uint8_t *log)
{
	struct sim_node *mole = &world->nodes[world->hostile];

	memcpy(log, mole->device, ID_BYTES);
	if (!mole->up ||
		policy_write_grant(mole->policy, mole->user, places[2].id,
			log + ID_BYTES) == RANK_NONE)
		return NULL;
	return node_territory(mole, places[2].id, true);
}

/* The next segment of somebody's log, as it keeps it. */
static uint8_t *
forge(struct world *world, struct territory *t, size_t *size)
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

/*
 * The next segment of its own log, which it does not keep itself: sooner or
 * later there is another one in that place.
 */
static uint8_t *
fork(struct world *world, struct territory *t, const uint8_t *log, bool bomb,
	size_t *size)
{
	struct sim_node *mole = &world->nodes[world->hostile];
	struct ledger_log *l;
	uint32_t number;
	int64_t first = 1;
	const uint8_t *previous;
	static const uint8_t none[SEGMENT_NAME_SIZE];
	uint8_t *raw, *bytes;

	if (node_seal(mole) != STATUS_OK)
		return NULL;
	l = ledger_log(world->ledger, t->id, log, true);
	l->author = world->hostile;
	l->rank = policy_rank(mole->policy, t->id, log);
	number = log_find(t, log);
	previous = none;
	if (number != LOG_NONE) {
		first = t->states[number].saved.kept + 1;
		previous = t->states[number].saved.kept_name;
	}
	if (!l->forked_at || l->forked_at > first)
		l->forked_at = first;
	if (!bomb)
		return seal_plain(world, t, t->id, log, first, previous, size);
	raw = alloc(SEGMENT_RAW_MAX);
	bytes = seal(
		mole, t->id, log, first, previous, raw, SEGMENT_RAW_MAX, size);
	free(raw);
	return bytes;
}

static uint8_t *
craft(struct world *world, enum attack attack, size_t *size)
{
	static const uint8_t none[SEGMENT_NAME_SIZE];
	struct sim_node *mole = &world->nodes[world->hostile];
	uint8_t log[LOG_BYTES];
	struct territory *t = own_territory(world, log);
	uint8_t *bytes = NULL;

	if (!t)
		return NULL;
	switch (attack) {
	case ATTACK_FORGED:
		return forge(world, t, size);
	case ATTACK_FORK:
		return fork(world, t, log, false, size);
	case ATTACK_BOMB:
		return fork(world, t, log, true, size);
	case ATTACK_GAP:
		return seal_plain(world, t, t->id, log, 1000, log, size);
	case ATTACK_CLAIM:
		return seal_plain(world, t, places[4].id, log, 1, none, size);
	case ATTACK_DIRECTORY:
		memset(log + ID_BYTES, 0, ID_BYTES);
		return seal_plain(world, t, policy_directory(mole->policy), log,
			1, none, size);
	case ATTACK_CUT_SHORT:
		bytes = forge(world, t, size);
		if (bytes)
			*size -= 1 + pick(world, (uint32_t)*size - 1);
		return bytes;
	case ATTACK_NOISE:
	case ATTACK_PULL:
	case ATTACKS:
		break;
	}
	*size = 1 + pick(world, 600);
	bytes = alloc(*size);
	random_bytes(&world->random, bytes, *size);
	return bytes;
}

/* ---- a talk ---- */

static struct channel *
open_channel(const struct sim_node *mole)
{
	struct channel_options options = {.initiator = true,
		.company_key = company_key_of_all(),
		.link_secret = mole->link_secret,
		.credentials = mole->credentials,
		.credentials_size = mole->credentials_size,
		.message_max = MESSAGE_SIZE_MAX};

	return channel_new(&options);
}

void
hostile_talk_free(struct hostile_talk *talk)
{
	if (!talk)
		return;
	channel_free(talk->channel);
	free(talk->segment);
	free(talk);
}

static void
say(struct hostile_talk *talk)
{
	size_t room = 256 + talk->segment_size;
	uint8_t *bytes = alloc(room);
	struct pack pack;

	pack_init(&pack, bytes, room);
	if (talk->attack == ATTACK_PULL) {
		message_pull(
			&pack, 1, talk->territory, MESSAGE_BUDGET_MAX, NULL, 0);
	} else if (talk->attack == ATTACK_NOISE) {
		pack_raw(&pack, talk->segment, talk->segment_size);
	} else {
		message_push(&pack, 1, 1);
		message_segment(&pack, talk->segment, talk->segment_size);
	}
	channel_send(talk->channel, bytes, pack.size);
}

/* What an honest node answers to that. */
static void
judge(struct world *world, const struct hostile_talk *talk,
	int64_t sender_directory, struct message *message)
{
	const struct sim_node *mole = &world->nodes[world->hostile];
	enum message_verdict verdict = VERDICT_MALFORMED;

	if (talk->attack == ATTACK_PULL && message->kind == MESSAGE_PULLED &&
		message->count &&
		!ledger_may_read(world->ledger, mole->user,
			place_of(talk->territory), sender_directory))
		world_fail(world, "the hostile node was given %s for asking",
			places[place_of(talk->territory)].name);
	if (message->kind != MESSAGE_PUSHED ||
		!message_next_verdict(message, &verdict))
		return;
	world_trace(world, "hostile: attack %d, verdict %d", (int)talk->attack,
		(int)verdict);
	if (talk->attack == ATTACK_CLAIM &&
		ledger_may_read(world->ledger, mole->user, 4, INT64_MAX))
		return; /* it was given a grant there, after all */
	if (verdict == VERDICT_KEPT &&
		(talk->attack == ATTACK_FORGED || talk->attack == ATTACK_GAP ||
			talk->attack == ATTACK_CLAIM ||
			talk->attack == ATTACK_DIRECTORY ||
			talk->attack == ATTACK_CUT_SHORT))
		world_fail(world, "attack %d of the hostile node was kept",
			(int)talk->attack);
}

void
hostile_talk_receive(struct world *world, struct hostile_talk *talk,
	int64_t sender_directory, const uint8_t *frame, size_t size)
{
	enum channel_event event = CHANNEL_NOTHING;
	struct message message;
	uint8_t *bytes;

	if (channel_receive(talk->channel, (uint64_t)WORLD_START_MS, frame,
		    size, &event) != STATUS_OK) {
		talk->over = true;
		return;
	}
	if (event == CHANNEL_OPENED)
		say(talk);
	if (event == CHANNEL_ENDED)
		talk->over = true;
	if (event != CHANNEL_MESSAGE)
		return;
	bytes = channel_take(talk->channel, &size);
	if (message_decode(&message, bytes, size) == STATUS_OK)
		judge(world, talk, sender_directory, &message);
	free(bytes);
	channel_end(talk->channel);
	talk->over = true;
}

bool
hostile_talk_next(
	struct hostile_talk *talk, const uint8_t **frame, size_t *size)
{
	return channel_next_frame(talk->channel, frame, size) == STATUS_OK;
}

bool
hostile_talk_over(const struct hostile_talk *talk)
{
	return talk->over;
}

/* ---- what it writes in its own store, and lets others carry ---- */

/*
 * Wild but well-formed: a time at the end of all times, a field above its rank,
 * a context that it does not have.
 */
static void
write_wild(struct world *world)
{
	struct sim_node *mole = &world->nodes[world->hostile];
	struct store *store = mole->store;
	struct change_draft like = {.at = world->now_ms};
	struct seen_entry seen;
	uint8_t log[LOG_BYTES], raw[512], *bytes;
	struct territory *t = own_territory(world, log);
	struct ledger_log *l;
	enum message_verdict verdict = VERDICT_MALFORMED;
	uint32_t number, field = 9;
	struct segment segment;
	struct change change;
	struct unpack unpack;
	size_t raw_size, size;
	static const uint8_t none[SEGMENT_NAME_SIZE];
	int64_t first = 1;

	if (!t || node_seal(mole) != STATUS_OK)
		return;
	number = log_find(t, log);
	if (number != LOG_NONE)
		first = t->states[number].saved.kept + 1;
	/* Not when it waits itself, or is cut. */
	if (number != LOG_NONE &&
		(t->states[number].saved.applied + 1 != first ||
			t->states[number].cut < first))
		return;
	switch (pick(world, 3)) {
	case 0:
		like.at = CHANGE_TIME_MAX;
		break;
	case 1:
		field = 10; /* managers only */
		break;
	default:
		if (t->logs.count) {
			const struct log_state *of =
				&t->states[pick(world, t->logs.count)];

			if (memcmp(of->saved.id, mole->device, ID_BYTES) == 0)
				break;
			/* As much as it has, or a little more. */
			seen = (struct seen_entry){of->saved.id,
				of->saved.kept + 1 + pick(world, 3)};
			like.seen = &seen;
			like.seen_count = 1;
			if (number != LOG_NONE &&
				(uint32_t)(of - t->states) <
					t->states[number].saved.context_count &&
				t->states[number].saved.context[of -
					t->states] >= seen.seq)
				like.seen_count = 0;
		}
		break;
	}
	raw_size = craft_change(world, t, &like, field, raw, sizeof raw);
	bytes = seal(mole, t->id, log, first,
		number == LOG_NONE ? none : t->states[number].saved.kept_name,
		raw, raw_size, &size);
	if (!bytes)
		return;
	l = ledger_log(world->ledger, t->id, log, true);
	l->author = world->hostile;
	l->rank = policy_rank(mole->policy, t->id, log);
	unpack_init(&unpack, raw, raw_size);
	if (segment_view(&segment, bytes, size) == STATUS_OK &&
		change_decode(&change, &unpack) == STATUS_OK &&
		store->begin(store->self) == STATUS_OK) {
		ledger_add_raw(world, l, first, &change);
		if (territory_keep(t, &segment, bytes, false, &verdict) !=
				STATUS_OK ||
			territory_settle(t, NULL) != STATUS_OK ||
			store->commit(store->self) != STATUS_OK)
			node_rollback(mole);
	}
	world_trace(world, "hostile: a wild change %lld, verdict %d",
		(long long)first, (int)verdict);
	free(bytes);
}

void
hostile_act(struct world *world)
{
	struct sim_node *mole = &world->nodes[world->hostile];
	int to = (int)pick(world, (uint32_t)world->node_count);
	struct hostile_talk *talk;

	if (!mole->up || world->healing)
		return;
	world->counts.attacks++;
	world->counts.operations++;
	if (random_once_in(&world->random, 4)) {
		write_wild(world);
		return;
	}
	if (to == world->hostile)
		return;
	talk = alloc(sizeof *talk);
	talk->attack = (enum attack)pick(world, ATTACKS);
	if (talk->attack == ATTACK_PULL)
		memcpy(talk->territory,
			places[pick(world, WORLD_TERRITORIES)].id, ID_BYTES);
	else
		talk->segment = craft(world, talk->attack, &talk->segment_size);
	if (talk->attack != ATTACK_PULL && !talk->segment) {
		free(talk);
		return;
	}
	talk->channel = open_channel(mole);
	(void)world_dial(world, world->hostile, to, false, talk);
}
