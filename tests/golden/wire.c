/*
 * A session that an earlier program held, as it was recorded: this one reads
 * the same messages out of it, and holding it again sends the same bytes.
 *
 *     wire FILE…        every frame and message is as it was recorded
 *     wire --tell FILE  prints the messages that the frames decrypt to, as
 *                       {">": […], "<": […]}, for tests/golden/make
 */

#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/message.h"
#include "proto/token.h"
#include "sync/alloc.h"
#include "sync/channel.h"

enum { INITIATOR, RESPONDER, SIDES };

static const char *const ways[SIDES] = {">", "<"};

struct bytes {
	uint8_t *at;
	size_t size;
};

struct recording {
	const char *path;
	json_t *json;
	struct channel *sides[SIDES];
	struct token token; /* of a session that enrols */
	uint8_t psk[TOKEN_PSK_SIZE];
	uint64_t now_ms;
};

static _Noreturn void
fail(const struct recording *r, const char *what, size_t number)
{
	(void)fprintf(stderr, "%s: %s (%zu)\n", r->path, what, number);
	exit(1);
}

static struct bytes
bytes_of(const struct recording *r, const json_t *hex)
{
	const char *text = json_string_value(hex);
	struct bytes bytes;

	if (!text)
		fail(r, "there is no text where bytes should be", 0);
	bytes.at = alloc(strlen(text) / 2);
	if (sodium_hex2bin(bytes.at, strlen(text) / 2, text, strlen(text), NULL,
		    &bytes.size, NULL) != 0)
		fail(r, "there are other bytes than hexadecimal ones", 0);
	return bytes;
}

static struct bytes
member(const struct recording *r, const char *name)
{
	return bytes_of(r, json_object_get(r->json, name));
}

/* Frames or messages of one direction. */
static json_t *
list_of(const struct recording *r, const char *name, int side)
{
	return json_object_get(json_object_get(r->json, name), ways[side]);
}

static bool
find_psk(void *self, const uint8_t *invitation,
	uint8_t psk[static NOISE_PSK_SIZE])
{
	const struct recording *r = self;

	memcpy(psk, r->psk, NOISE_PSK_SIZE);
	return memcmp(invitation, r->token.id, ID_SIZE) == 0;
}

/* ---- the handshake ---- */

static void
open_side(struct recording *r, int side)
{
	static const char *const names[SIDES][3] = {
		{"initiator_link_secret", "initiator_ephemeral",
			"initiator_credentials"},
		{"responder_link_secret", "responder_ephemeral",
			"responder_credentials"}};
	struct bytes company = member(r, "company_key");
	struct bytes secret = member(r, names[side][0]);
	struct bytes ephemeral = member(r, names[side][1]);
	struct bytes credentials = member(r, names[side][2]);
	struct channel_options options = {.initiator = side == INITIATOR,
		.company_key = company.at,
		.link_secret = secret.at,
		.credentials = credentials.size ? credentials.at : NULL,
		.credentials_size = credentials.size,
		.find_self = r,
		.message_max = MESSAGE_SIZE_MAX,
		.ephemeral_secret = ephemeral.at};

	if (json_object_get(r->json, "token") && side == INITIATOR) {
		options.invitation = r->token.id;
		options.psk = r->psk;
	} else if (json_object_get(r->json, "token")) {
		options.find_psk = find_psk;
	}
	r->sides[side] = channel_new(&options);
	free(company.at);
	free(secret.at);
	free(ephemeral.at);
	free(credentials.at);
}

/* What the side sends next is the recorded frame. */
static void
sends_frame(struct recording *r, int side, size_t number)
{
	struct bytes recorded =
		bytes_of(r, json_array_get(list_of(r, "frames", side), number));
	const uint8_t *frame;
	size_t size;

	if (channel_next_frame(r->sides[side], &frame, &size) != STATUS_OK)
		fail(r, "a frame is not sent any more", number);
	if (size != recorded.size || memcmp(frame, recorded.at, size) != 0)
		fail(r, "a frame is not sent as it was", number);
	free(recorded.at);
}

static enum channel_event
receives_frame(struct recording *r, int from, size_t number)
{
	struct bytes frame =
		bytes_of(r, json_array_get(list_of(r, "frames", from), number));
	enum channel_event event = CHANNEL_NOTHING;

	if (channel_receive(r->sides[!from], r->now_ms, frame.at, frame.size,
		    &event) != STATUS_OK)
		fail(r, "a frame is not taken any more", number);
	free(frame.at);
	return event;
}

static void
shake_hands(struct recording *r)
{
	sends_frame(r, INITIATOR, 0);
	(void)receives_frame(r, INITIATOR, 0);
	sends_frame(r, RESPONDER, 0);
	if (receives_frame(r, RESPONDER, 0) != CHANNEL_OPENED)
		fail(r, "the responder is not who it was", 0);
	sends_frame(r, INITIATOR, 1);
	if (receives_frame(r, INITIATOR, 1) != CHANNEL_OPENED)
		fail(r, "the initiator is not who it was", 1);
}

/* ---- messages ---- */

static uint32_t
take_digests(struct message *m, struct territory_digest *list)
{
	uint32_t count = 0;

	while (message_next_digest(m, &list[count]))
		count++;
	return count;
}

static uint32_t
take_frontier(struct message *m, struct frontier_entry *list)
{
	uint32_t count = 0;

	while (message_next_frontier(m, &list[count]))
		count++;
	return count;
}

static void
write_segments(struct pack *pack, struct message m)
{
	struct pack_view segment;

	while (message_next_segment(&m, &segment))
		message_segment(pack, segment.bytes, segment.size);
}

/* Writes again what was read; one of 0 bytes is of a kind not known here. */
static void
write_renewals(struct pack *pack, struct message m)
{
	uint8_t *bytes = alloc(m.count * (size_t)LEASE_SIZE + 1);
	const uint8_t *renewal;
	uint32_t count = 0;

	while (message_next_renewal(&m, &renewal))
		memcpy(bytes + count++ * (size_t)LEASE_SIZE, renewal,
			LEASE_SIZE);
	message_leased(pack, m.request, m.now, bytes, count);
	free(bytes);
}

static void
write_again(struct pack *pack, struct message m)
{
	struct territory_digest *digests =
		alloc((m.count + (size_t)1) * sizeof *digests);
	struct frontier_entry *frontier =
		alloc((m.frontier_count + (size_t)1) * sizeof *frontier);
	enum message_verdict *verdicts =
		alloc((m.count + (size_t)1) * sizeof *verdicts);
	char text[MESSAGE_TEXT_MAX + 1] = "";
	uint32_t count = 0;

	if (m.text.size <= MESSAGE_TEXT_MAX && m.text.size)
		memcpy(text, m.text.bytes, m.text.size);
	switch (m.kind) {
	case MESSAGE_ENROL:
		message_enrol(pack, m.request, m.sign_key, m.proof, text);
		break;
	case MESSAGE_ENROLLED:
		message_enrolled(pack, m.request, m.credentials, m.user, text);
		break;
	case MESSAGE_COMPARE:
		message_compare(pack, m.request, m.digest);
		break;
	case MESSAGE_COMPARED:
		count = take_digests(&m, digests);
		message_compared(
			pack, m.request, m.now, m.same, digests, count);
		break;
	case MESSAGE_PULL:
		count = take_frontier(&m, frontier);
		message_pull(pack, m.request, m.territory, m.budget, frontier,
			count);
		break;
	case MESSAGE_PULLED:
		count = take_frontier(&m, frontier);
		message_pulled(pack, m.request, m.territory, m.more, frontier,
			count, m.count);
		write_segments(pack, m);
		break;
	case MESSAGE_PUSH:
		message_push(pack, m.request, m.count);
		write_segments(pack, m);
		break;
	case MESSAGE_PUSHED:
		while (message_next_verdict(&m, &verdicts[count]))
			count++;
		message_pushed(pack, m.request, verdicts, count);
		break;
	case MESSAGE_WATCH:
		message_watch(pack, m.request);
		break;
	case MESSAGE_MOVED:
		count = take_digests(&m, digests);
		message_moved(pack, m.request, digests, count);
		break;
	case MESSAGE_FAILED:
		message_failed(pack, m.request, m.failure, text);
		break;
	case MESSAGE_ORDER:
		message_order(pack, m.order);
		break;
	case MESSAGE_RENEWED:
		message_renewed(pack, m.credentials);
		break;
	case MESSAGE_INVITE:
		message_invite(pack, m.request, m.invitation, m.secret);
		break;
	case MESSAGE_INVITED:
		message_invited(pack, m.request, m.expires);
		break;
	case MESSAGE_ERASED:
		message_erased(pack, m.digest);
		break;
	case MESSAGE_LEASE:
		message_lease(pack, m.request, m.since);
		break;
	case MESSAGE_LEASED:
		write_renewals(pack, m);
		break;
	case MESSAGE_RECEIPT:
		message_receipt(pack, m.request, m.receipt);
		break;
	case MESSAGE_RECEIVED:
		message_received(pack, m.request);
		break;
	case MESSAGE_REPLACE:
		message_replace(
			pack, m.request, m.sign_key, m.link_key, m.proof);
		break;
	}
	free(digests);
	free(frontier);
	free(verdicts);
}

static void
reads_and_writes(const struct recording *r, struct bytes message, size_t number)
{
	struct message read;
	struct bytes again;
	struct pack pack;

	if (message_decode(&read, message.at, message.size) != STATUS_OK)
		fail(r, "a message is not read any more", number);
	pack_init(&pack, NULL, 0);
	write_again(&pack, read);
	again.size = pack.size;
	again.at = alloc(again.size);
	pack_init(&pack, again.at, again.size);
	write_again(&pack, read);
	if (again.size != message.size ||
		memcmp(again.at, message.at, again.size) != 0)
		fail(r, "a message is not written as it was", number);
	free(again.at);
}

/* The next message of one side: the frames from *number on. Size 0: the end. */
static struct bytes
next_message(struct recording *r, int from, size_t *number)
{
	size_t count = json_array_size(list_of(r, "frames", from));
	struct bytes message = {0};

	while (*number < count) {
		enum channel_event event = receives_frame(r, from, *number);

		++*number;
		if (event == CHANNEL_MESSAGE) {
			message.at =
				channel_take(r->sides[!from], &message.size);
			break;
		}
	}
	return message;
}

/* All that one side said, read; and said again by the same side. */
static void
holds_side(struct recording *r, int from)
{
	json_t *frames = list_of(r, "frames", from);
	json_t *messages = list_of(r, "messages", from);
	size_t number = from == INITIATOR ? 2 : 1, sent = number, said = 0;
	struct bytes message;

	while ((message = next_message(r, from, &number)).size) {
		struct bytes recorded =
			bytes_of(r, json_array_get(messages, said));

		if (message.size != recorded.size ||
			memcmp(message.at, recorded.at, message.size) != 0)
			fail(r, "a message is not what was recorded", said);
		reads_and_writes(r, message, said++);
		channel_send(r->sides[from], message.at, message.size);
		while (sent < number)
			sends_frame(r, from, sent++);
		free(recorded.at);
	}
	if (said != json_array_size(messages))
		fail(r, "messages are missing", said);
	/* Whoever went last said that nothing more comes. */
	if (sent < json_array_size(frames)) {
		channel_end(r->sides[from]);
		while (sent < json_array_size(frames))
			sends_frame(r, from, sent++);
	}
}

static void
tell(struct recording *r)
{
	json_t *all = json_object();

	for (int from = INITIATOR; from < SIDES; from++) {
		size_t number = from == INITIATOR ? 2 : 1;
		json_t *list = json_array();
		struct bytes message;

		while ((message = next_message(r, from, &number)).size) {
			char *hex = alloc(message.size * 2 + 1);

			(void)sodium_bin2hex(hex, message.size * 2 + 1,
				message.at, message.size);
			json_array_append_new(list, json_string(hex));
			free(hex);
			free(message.at);
		}
		json_object_set_new(all, ways[from], list);
	}
	(void)json_dumpf(all, stdout, JSON_COMPACT);
	json_decref(all);
}

static void
play(const char *path, bool telling)
{
	struct recording r = {.path = path};
	const char *token;

	r.json = json_load_file(path, 0, NULL);
	if (!r.json)
		fail(&r, "it is no JSON", 0);
	r.now_ms =
		(uint64_t)json_integer_value(json_object_get(r.json, "now_ms"));
	token = json_string_value(json_object_get(r.json, "token"));
	if (token && token_decode(&r.token, token) != STATUS_OK)
		fail(&r, "the invitation is not read any more", 0);
	if (token)
		token_psk(r.psk, r.token.secret);
	open_side(&r, INITIATOR);
	open_side(&r, RESPONDER);
	shake_hands(&r);
	if (telling) {
		tell(&r);
	} else {
		holds_side(&r, INITIATOR);
		holds_side(&r, RESPONDER);
		(void)printf("%s: as it was recorded\n", path);
	}
	channel_free(r.sides[INITIATOR]);
	channel_free(r.sides[RESPONDER]);
	if (token)
		token_clear(&r.token);
	json_decref(r.json);
}

int
main(int argc, char **argv)
{
	bool telling = argc > 1 && strcmp(argv[1], "--tell") == 0;

	if (sodium_init() < 0 || argc < 2 + telling)
		return 2;
	for (int i = 1 + telling; i < argc; i++)
		play(argv[i], telling);
	return 0;
}
