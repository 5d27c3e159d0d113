/*
 * The link of the shipped client/node/call.c: what one side says reaches the
 * session of the other at once, or the line breaks.
 */

#include <stdlib.h>
#include <string.h>

#include "sync/alloc.h"
#include "sync/link.h"
#include "tests/sim/laptop.h"
#include "tests/sim/network.h"

enum { FRAMES_MAX = 32 };

struct link {
	struct world *world;
	struct sim_node *to;
	struct session *session;
	struct random chance;
	bool parted, poor, connected, broken;
	uint8_t *frames[FRAMES_MAX];
	size_t sizes[FRAMES_MAX];
	size_t first, count;
};

static struct link line;

void
line_lay(struct world *world, int from, int to)
{
	memset(&line, 0, sizeof line);
	line.world = world;
	line.to = &world->nodes[to];
	line.chance = world_chance(
		world, CHANCE_NETWORK, from * WORLD_NODES_ALL + to);
	line.parted = network_parted(world, from, to);
	line.poor =
		world_has(world, FAULT_LOSS) && random_once_in(&line.chance, 3);
}

struct link *
link_nng_new(void)
{
	return &line;
}

static bool
answers(const struct sim_node *node)
{
	return node->up && !node->crashed && !disk_dead(node->disk);
}

enum status
link_dial(struct link *link, const char *url, uint64_t *connection)
{
	struct session_options options;

	(void)url; /* whoever it is, line_lay() was told */
	*connection = 1;
	link->broken = link->parted || !answers(link->to);
	if (link->broken)
		return STATUS_OK;
	options = node_options(link->to, false);
	link->session = session_new(&options);
	return STATUS_OK;
}

void
link_trust(struct link *link, uint64_t connection)
{
	(void)link;
	(void)connection;
}

static bool
breaks(struct link *link)
{
	link->broken = link->broken ||
		(link->poor && random_once_in(&link->chance, 6));
	return link->broken;
}

static void
gather(struct link *link)
{
	const uint8_t *frame;
	size_t size;

	while (session_next_frame(link->session, node_now(link->to), &frame,
		       &size) == STATUS_OK &&
		answers(link->to) && !breaks(link)) {
		if (link->first + link->count == FRAMES_MAX) {
			link->broken = true;
			return;
		}
		link->frames[link->first + link->count] =
			alloc_copy(frame, size);
		link->sizes[link->first + link->count++] = size;
	}
}

bool
link_send(struct link *link, uint64_t connection, const uint8_t *bytes,
	size_t size)
{
	enum status status;

	(void)connection;
	if (!link->session || breaks(link) || !answers(link->to))
		return false;
	status =
		session_receive(link->session, node_now(link->to), bytes, size);
	(void)status; /* it says what is wrong itself */
	gather(link);
	return true;
}

void
link_wait(struct link *link, int timeout_ms, struct link_event *event)
{
	(void)timeout_ms;
	*event = (struct link_event){.kind = LINK_CLOSED, .connection = 1};
	if (link->count) {
		event->kind = LINK_FRAME;
		event->bytes = link->frames[link->first];
		event->size = link->sizes[link->first++];
		link->count--;
	} else if (!link->broken && !link->connected) {
		link->connected = true;
		event->kind = LINK_CONNECTED;
	}
}

void
link_free(struct link *link)
{
	session_free(link->session);
	link->session = NULL;
	for (size_t i = 0; i < FRAMES_MAX; i++) {
		free(link->frames[i]);
		link->frames[i] = NULL;
	}
}
