#include "tests/sim/ambush.h"

#include <stdlib.h>
#include <string.h>

#include "sync/policy.h"
#include "tests/sim/forge.h"

enum { SEGMENTS = 3, VERDICTS = 64, NOISE_MAX = 600 };

static uint32_t
pick(struct world *world, uint32_t below)
{
	return random_below(&world->random, below);
}

static int
compare_digests(const void *left, const void *right)
{
	const struct territory_digest *a = left, *b = right;

	return memcmp(a->territory, b->territory, ID_BYTES);
}

/* Everything, of digests that nobody has, at a time when all is over. */
static void
compared(struct world *world, enum ambush ambush, uint32_t request,
	struct pack *pack)
{
	const struct sim_node *mole = &world->nodes[world->hostile];
	struct territory_digest list[WORLD_TERRITORIES + 1];
	uint8_t digest[DIGEST_BYTES];
	uint32_t count = 0;

	random_bytes(&world->random, digest, sizeof digest);
	for (int i = 0; i < WORLD_TERRITORIES; i++)
		list[count++] = (struct territory_digest){places[i].id, digest};
	list[count++] = (struct territory_digest){
		policy_directory(mole->policy), digest};
	qsort(list, count, sizeof *list, compare_digests);
	if (ambush == AMBUSH_SAME)
		count = 0;
	message_compared(pack, request, CHANGE_TIME_MAX, ambush == AMBUSH_SAME,
		list, count);
}

static uint32_t
forge_some(struct world *world, uint8_t **segments, size_t *sizes)
{
	uint32_t count = 0;

	for (int i = 0; i < SEGMENTS; i++) {
		segments[count] =
			forge(world, (enum attack)pick(world, SEGMENT_ATTACKS),
				&sizes[count]);
		count += segments[count] != NULL;
	}
	return count;
}

/* What it says to hold goes far beyond what there is. */
static void
pulled(struct world *world, enum ambush ambush, const struct message *request,
	struct pack *pack)
{
	uint8_t *segments[SEGMENTS], log[LOG_BYTES], name[SEGMENT_NAME_SIZE];
	size_t sizes[SEGMENTS];
	struct frontier_entry far = {log, 1000000, name};
	uint32_t count = 0;
	const uint8_t *territory = request->territory;

	if (ambush == AMBUSH_FORGED || ambush == AMBUSH_OTHER)
		count = forge_some(world, segments, sizes);
	if (ambush == AMBUSH_OTHER)
		territory = places[pick(world, WORLD_TERRITORIES)].id;
	random_bytes(&world->random, log, sizeof log);
	random_bytes(&world->random, name, sizeof name);
	message_pulled(pack, request->request, territory,
		ambush == AMBUSH_MORE || pick(world, 2), &far,
		ambush != AMBUSH_SAME, count);
	for (uint32_t i = 0; i < count; i++) {
		message_segment(pack, segments[i], sizes[i]);
		free(segments[i]);
	}
}

static void
pushed(struct world *world, enum ambush ambush, const struct message *request,
	struct pack *pack)
{
	enum message_verdict verdicts[VERDICTS];
	uint32_t count = request->count < VERDICTS ? request->count : VERDICTS;

	for (uint32_t i = 0; i < count; i++)
		verdicts[i] = ambush == AMBUSH_FORGED
			? (enum message_verdict)pick(world, 9)
			: VERDICT_KEPT;
	if (ambush == AMBUSH_OTHER && count)
		count--;
	message_pushed(pack, request->request, verdicts, count);
}

static void
noise(struct world *world, struct pack *pack)
{
	uint8_t bytes[NOISE_MAX];
	size_t size = 1 + pick(world, sizeof bytes - 1);

	random_bytes(&world->random, bytes, size);
	pack_raw(pack, bytes, size);
}

bool
ambush_answer(struct world *world, enum ambush ambush, struct message *request,
	struct pack *pack)
{
	/* A number that nobody asked under. */
	if (ambush == AMBUSH_OTHER && random_once_in(&world->random, 3))
		request->request += 7;
	switch (ambush) {
	case AMBUSH_SILENCE:
		return false;
	case AMBUSH_NOISE:
		noise(world, pack);
		return true;
	case AMBUSH_REFUSAL:
		message_failed(pack, request->request,
			(enum message_failure)(1 + pick(world, 6)), "no");
		return true;
	case AMBUSH_FORGED:
	case AMBUSH_SWALLOW:
	case AMBUSH_SAME:
	case AMBUSH_OTHER:
	case AMBUSH_MORE:
	case AMBUSHES:
		break;
	}
	if (request->kind == MESSAGE_COMPARE)
		compared(world, ambush, request->request, pack);
	else if (request->kind == MESSAGE_PULL)
		pulled(world, ambush, request, pack);
	else if (request->kind == MESSAGE_PUSH)
		pushed(world, ambush, request, pack);
	else
		message_moved(pack, request->request, NULL, 0);
	return true;
}
