#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "sync/alloc.h"
#include "sync/channel.h"
#include "tests/sync/nodes.h"

/*
 * The bytes as a decrypted message of a peer that may read one territory, into
 * a responder with a small store. A session that broke is made anew.
 */

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static struct node *hub, *rep;
static struct session *session;
static struct channel *channel;
static int64_t ticks;

static void
found(void)
{
	if (sodium_init() < 0)
		abort();
	hub = node_new(50, 0);
	rep = node_new(60, REP);
	hub_found(hub);
	hub_add_device(hub, rep);
	node_introduce(rep, hub);
	(void)sync_nodes(rep, hub);
	node_write(rep, LINXI, GRANT_LINXI, 1, "Linxi Paper");
	(void)sync_nodes(rep, hub);
	node_write(rep, LINXI, GRANT_LINXI, 2, "Dahua");
}

static void
carry_frames(void)
{
	const uint8_t *frame;
	enum channel_event event;
	size_t size;
	bool any = true;

	while (any) {
		any = false;
		while (channel_next_frame(channel, &frame, &size) ==
			STATUS_OK) {
			any = true;
			if (session_receive(session, NODES_NOW, frame, size) !=
				STATUS_OK)
				break;
		}
		while (session_next_frame(session, NODES_NOW, &frame, &size) ==
			STATUS_OK) {
			any = true;
			if (channel_receive(channel, NODES_NOW, frame, size,
				    &event) != STATUS_OK)
				abort();
			if (event == CHANNEL_MESSAGE)
				free(channel_take(channel, &size));
		}
	}
}

static void
call(void)
{
	struct session_options options = node_options(hub, false);
	struct channel_options with = {
		.initiator = true,
		.company_key = rep->company_key,
		.link_secret = rep->link_secret,
		.credentials = rep->credentials,
		.credentials_size = rep->credentials_size,
		.message_max = MESSAGE_SIZE_MAX,
	};

	session_free(session);
	channel_free(channel);
	session = session_new(&options);
	channel = channel_new(&with);
	carry_frames();
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	if (!hub)
		found();
	if (!session || session_report(session)->state != SESSION_OPEN)
		call();
	if (size == 0)
		return 0;
	channel_send(channel, alloc_copy(bytes, size), size);
	carry_frames();
	/* One that watches is told; of what it may not read, nothing. */
	session_moved(session, id_of(LINXI));
	session_moved(session, id_of(WEST));
	session_tick(session, NODES_NOW + ++ticks * SESSION_TELL_MS);
	carry_frames();
	/* Only what the rep signed can be there, and only where it may. */
	if (node_kept(hub, WEST) != 0 || node_kept(hub, LINXI) > 2)
		abort();
	return 0;
}
