#include "tests/sim/hostile.h"

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/channel.h"
#include "tests/sim/ambush.h"
#include "tests/sim/forge.h"
#include "tests/sim/ledger.h"
#include "tests/sim/wild.h"

enum { FLOOD = 40, ROOM = 1 << 16 };

struct hostile_talk {
	struct channel *channel;
	bool responder;
	enum attack attack; /* of an initiator */
	enum ambush ambush; /* of a responder */
	uint32_t answers;
	uint8_t territory[ID_BYTES]; /* of a pull */
	uint8_t *segment;            /* to push */
	size_t segment_size;
	bool deaf;
	bool over;
};

static uint32_t
pick(struct world *world, uint32_t below)
{
	return random_below(&world->random, below);
}

static struct channel *
open_channel(const struct sim_node *mole, bool initiator)
{
	struct channel_options options = {.initiator = initiator,
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

/* ---- it dials ---- */

static void
compose(const struct hostile_talk *talk, struct pack *pack, uint32_t request)
{
	static const uint8_t none[DIGEST_BYTES];

	switch (talk->attack) {
	case ATTACK_PULL:
	case ATTACK_FLOOD:
		message_pull(pack, request, talk->territory, MESSAGE_BUDGET_MAX,
			NULL, 0);
		return;
	case ATTACK_COMPARE:
		message_compare(pack, request, none);
		return;
	case ATTACK_NOISE:
		pack_raw(pack, talk->segment, talk->segment_size);
		return;
	case ATTACK_FORGED:
	case ATTACK_FORK:
	case ATTACK_GAP:
	case ATTACK_CLAIM:
	case ATTACK_DIRECTORY:
	case ATTACK_BOMB:
	case ATTACK_CUT_SHORT:
	case ATTACKS:
		break;
	}
	message_push(pack, request, 1);
	message_segment(pack, talk->segment, talk->segment_size);
}

static void
say(struct hostile_talk *talk)
{
	uint32_t times = talk->attack == ATTACK_FLOOD ? FLOOD : 1;
	size_t room = 256 + talk->segment_size;

	for (uint32_t i = 1; i <= times; i++) {
		uint8_t *bytes = alloc(room);
		struct pack pack;

		pack_init(&pack, bytes, room);
		compose(talk, &pack, i);
		channel_send(talk->channel, bytes, pack.size);
	}
	talk->deaf = talk->attack == ATTACK_FLOOD;
}

static void
judge_verdict(struct world *world, const struct hostile_talk *talk,
	enum message_verdict verdict)
{
	const struct sim_node *mole = &world->nodes[world->hostile];

	world_trace(world, "hostile: attack %d, verdict %d", (int)talk->attack,
		(int)verdict);
	world->counts.refused +=
		verdict != VERDICT_KEPT && verdict != VERDICT_HAD;
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

static void
judge_digests(
	struct world *world, int64_t sender_directory, struct message *message)
{
	const struct sim_node *mole = &world->nodes[world->hostile];
	struct territory_digest entry;

	while (message_next_digest(message, &entry)) {
		int place = place_of(entry.territory);

		if (place >= 0 &&
			!ledger_may_read(world->ledger, mole->user, place,
				sender_directory))
			world_fail(world,
				"the hostile node was told a digest of %s",
				places[place].name);
	}
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
	if (message->kind == MESSAGE_COMPARED)
		judge_digests(world, sender_directory, message);
	if (message->kind == MESSAGE_PUSHED &&
		message_next_verdict(message, &verdict))
		judge_verdict(world, talk, verdict);
}

/* ---- it is dialled ---- */

/* Nobody may be kept asking for ever. */
enum { ANSWERS_MAX = 400 };

static void
reply(struct world *world, struct hostile_talk *talk, struct message *message)
{
	uint8_t *bytes = alloc(ROOM);
	struct pack pack;

	pack_init(&pack, bytes, ROOM);
	if (++talk->answers > ANSWERS_MAX)
		world_fail(world,
			"the hostile node keeps a session busy "
			"without end");
	if (ambush_answer(world, talk->ambush, message, &pack)) {
		world->counts.ambushes++;
		channel_send(talk->channel, bytes, pack.size);
	} else {
		free(bytes);
	}
}

struct hostile_talk *
hostile_answer(struct world *world)
{
	struct hostile_talk *talk;

	if (!world_has(world, FAULT_HOSTILE) ||
		random_once_in(&world->random, 3))
		return NULL;
	talk = alloc(sizeof *talk);
	talk->responder = true;
	talk->ambush = (enum ambush)pick(world, AMBUSHES);
	talk->channel = open_channel(&world->nodes[world->hostile], false);
	world_trace(world, "hostile: ambush %d", (int)talk->ambush);
	return talk;
}

/* ---- a talk ---- */

static void
hear(struct world *world, struct hostile_talk *talk, int64_t sender_directory)
{
	struct message message;
	size_t size;
	uint8_t *bytes = channel_take(talk->channel, &size);

	if (message_decode(&message, bytes, size) == STATUS_OK) {
		if (talk->responder)
			reply(world, talk, &message);
		else
			judge(world, talk, sender_directory, &message);
	}
	free(bytes);
	if (!talk->responder) {
		channel_end(talk->channel);
		talk->over = true;
	}
}

void
hostile_talk_receive(struct world *world, struct hostile_talk *talk,
	int64_t sender_directory, const uint8_t *frame, size_t size)
{
	enum channel_event event = CHANNEL_NOTHING;

	if (channel_receive(talk->channel, (uint64_t)WORLD_START_MS, frame,
		    size, &event) != STATUS_OK) {
		talk->over = true;
		return;
	}
	if (event == CHANNEL_OPENED && !talk->responder)
		say(talk);
	if (event == CHANNEL_ENDED)
		talk->over = true;
	if (event == CHANNEL_MESSAGE)
		hear(world, talk, sender_directory);
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

bool
hostile_talk_deaf(const struct hostile_talk *talk)
{
	return talk && talk->deaf;
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
		wild_write(world);
		return;
	}
	if (to == world->hostile)
		return;
	talk = alloc(sizeof *talk);
	talk->attack = (enum attack)pick(world, ATTACKS);
	memcpy(talk->territory, places[pick(world, WORLD_TERRITORIES)].id,
		ID_BYTES);
	if (talk->attack < SEGMENT_ATTACKS)
		talk->segment = forge(world, talk->attack, &talk->segment_size);
	if (talk->attack < SEGMENT_ATTACKS && !talk->segment) {
		free(talk);
		return;
	}
	talk->channel = open_channel(mole, true);
	(void)world_dial(world, world->hostile, to, false, talk);
}
