#include "client/node/last_word.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/call.h"
#include "client/node/folder.h"
#include "client/node/handed_over.h"
#include "client/node/keys.h"
#include "client/node/peers.h"
#include "client/node/recast.h"
#include "proto/message.h"
#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'W', '1'};
static const char name[] = "receipt";

enum {
	AT_COMPANY = sizeof magic,
	AT_LINK = AT_COMPANY + SIGNING_KEY_SIZE,
	AT_CREDENTIALS = AT_LINK + LINK_SECRET_SIZE,
	AT_ADDRESSES = AT_CREDENTIALS + 2 + CREDENTIALS_SIZE_MAX,
	AT_RECEIPT = AT_ADDRESSES + 2 + LEASE_ADDRESSES_MAX,
	AT_CHECK = AT_RECEIPT + RECEIPT_SIZE,
	CHECK_SIZE = LAST_WORD_SIZE - AT_CHECK,
};

_Static_assert(CHECK_SIZE == 32, "the layout");

/* ---- the file ---- */

static void
put_sized(uint8_t *out, const void *bytes, size_t size)
{
	out[0] = (uint8_t)(size >> 8);
	out[1] = (uint8_t)size;
	memcpy(out + 2, bytes, size);
}

static bool
take_sized(const uint8_t *bytes, void *out, size_t room, size_t *size)
{
	*size = (size_t)bytes[0] << 8 | bytes[1];
	if (*size > room)
		return false;
	memcpy(out, bytes + 2, *size);
	return true;
}

static void
check_sum(const uint8_t *bytes, uint8_t out[static CHECK_SIZE])
{
	(void)crypto_generichash(out, CHECK_SIZE, bytes, AT_CHECK, NULL,
		0); /* sizes are in bounds */
}

void
last_word_encode(
	uint8_t bytes[static LAST_WORD_SIZE], const struct last_word *word)
{
	memset(bytes, 0, LAST_WORD_SIZE);
	memcpy(bytes, magic, sizeof magic);
	memcpy(bytes + AT_COMPANY, word->company_key, SIGNING_KEY_SIZE);
	memcpy(bytes + AT_LINK, word->link_secret, LINK_SECRET_SIZE);
	put_sized(bytes + AT_CREDENTIALS, word->credentials,
		word->credentials_size);
	put_sized(bytes + AT_ADDRESSES, word->addresses, word->addresses_size);
	memcpy(bytes + AT_RECEIPT, word->receipt, RECEIPT_SIZE);
	check_sum(bytes, bytes + AT_CHECK);
}

bool
last_word_decode(struct last_word *word, const uint8_t *bytes, size_t size)
{
	uint8_t check[CHECK_SIZE];

	if (size != LAST_WORD_SIZE || memcmp(bytes, magic, sizeof magic) != 0)
		return false;
	check_sum(bytes, check);
	if (memcmp(check, bytes + AT_CHECK, sizeof check) != 0)
		return false;
	memcpy(word->company_key, bytes + AT_COMPANY, SIGNING_KEY_SIZE);
	memcpy(word->link_secret, bytes + AT_LINK, LINK_SECRET_SIZE);
	memcpy(word->receipt, bytes + AT_RECEIPT, RECEIPT_SIZE);
	return take_sized(bytes + AT_CREDENTIALS, word->credentials,
		       sizeof word->credentials, &word->credentials_size) &&
		take_sized(bytes + AT_ADDRESSES, word->addresses,
			sizeof word->addresses, &word->addresses_size) &&
		(word->addresses_size == 0 ||
			word->addresses[word->addresses_size - 1] == '\0');
}

static bool
save(const char *dir, const struct last_word *word)
{
	char *early = folder_file(dir, "receipt.new");
	char *path = folder_file(dir, name);
	uint8_t bytes[LAST_WORD_SIZE];
	struct problem problem;
	bool saved;

	last_word_encode(bytes, word);
	(void)unlink(early); /* what one that was cut short has left */
	saved = node_write_secret(early, bytes, sizeof bytes, &problem) &&
		node_settle_secret(early, path, &problem);
	sodium_memzero(bytes, sizeof bytes);
	free(early);
	free(path);
	return saved;
}

/* STATUS_MALFORMED: it is none, or was given and then not removed to the end.
 */
static enum status
load(const char *dir, struct last_word *word)
{
	char *path = folder_file(dir, name);
	uint8_t bytes[LAST_WORD_SIZE + 1];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, bytes, sizeof bytes);

	if (fd >= 0)
		(void)close(fd); /* only read */
	free(path);
	if (size < 0)
		return STATUS_FAILED;
	return last_word_decode(word, bytes, (size_t)size) ? STATUS_OK
							   : STATUS_MALFORMED;
}

void
last_word_forget(const char *dir)
{
	char *path = folder_file(dir, name);

	if (access(path, F_OK) == 0) {
		recast_scrub(path);
		(void)unlink(path); /* or the next time */
	}
	free(path);
}

/* ---- writing it ---- */

static uint64_t
bounded(uint64_t value)
{
	return value < (uint64_t)CHANGE_SEQ_MAX ? value : CHANGE_SEQ_MAX;
}

static void
sign(struct last_word *word, const uint8_t *sign_secret,
	enum receipt_order order, const struct handed_over *tally)
{
	int64_t now = node_now_ms();
	struct receipt receipt = {.at_ms = now > 0 ? bounded((uint64_t)now) : 0,
		.order = order,
		.handed_over = bounded(tally->changes),
		.lost = bounded(tally->lost)};

	company_id(receipt.company, word->company_key);
	device_id(receipt.device,
		sign_secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE);
	receipt_encode(word->receipt, &receipt, sign_secret);
}

static void
take_addresses(struct node *node, struct last_word *word)
{
	char **urls = peers_hub_urls(node);

	for (size_t i = 0; urls[i]; i++) {
		size_t size = strlen(urls[i]) + 1;

		if (word->addresses_size + size > sizeof word->addresses)
			break;
		memcpy(word->addresses + word->addresses_size, urls[i], size);
		word->addresses_size += size;
	}
	peers_free_urls(urls);
}

static struct last_word *
word_room(void)
{
	struct last_word *word = sodium_malloc(sizeof *word);

	if (!word)
		alloc_failed();
	memset(word, 0, sizeof *word);
	return word;
}

bool
last_word_write(struct node *node, enum receipt_order order)
{
	struct last_word *word = word_room();
	struct handed_over tally = handed_over_read(node);
	bool written;

	memcpy(word->company_key, node->company_key, SIGNING_KEY_SIZE);
	memcpy(word->link_secret, node->keys->link_secret, LINK_SECRET_SIZE);
	word->credentials_size = node->credentials_size;
	memcpy(word->credentials, node->credentials, node->credentials_size);
	take_addresses(node, word);
	sign(word, node->keys->sign_secret, order, &tally);
	written = save(node->dir, word);
	sodium_free(word);
	return written;
}

bool
last_word_write_locked(const char *dir, const struct lease *lease)
{
	static const struct handed_over unknown;
	struct last_word *word = word_room();
	bool written;

	memcpy(word->company_key, lease->company_key, SIGNING_KEY_SIZE);
	memcpy(word->link_secret, lease->link_secret, LINK_SECRET_SIZE);
	word->credentials_size = lease->credentials_size;
	memcpy(word->credentials, lease->credentials, lease->credentials_size);
	word->addresses_size = lease->addresses_size;
	memcpy(word->addresses, lease->addresses, lease->addresses_size);
	sign(word, lease->sign_secret, RECEIPT_LEASE, &unknown);
	written = save(dir, word);
	sodium_free(word);
	return written;
}

/* ---- giving it ---- */

static bool
was_received(void *self, struct message *answer, const struct credentials *peer)
{
	(void)self;
	(void)answer; /* that it came is all */
	return peer->device.kind == CERTIFICATE_HUB;
}

/* Signed before anything is erased, it is not true until it is. */
static bool
is_so(const char *dir, const struct last_word *word)
{
	uint8_t company[COMPANY_ID_SIZE];
	struct receipt receipt;

	company_id(company, word->company_key);
	return receipt_decode(&receipt, word->receipt, RECEIPT_SIZE, company) ==
		STATUS_OK &&
		(receipt.order == RECEIPT_BACKUP || folder_has(dir, "wiped"));
}

bool
last_word_deliver(const char *dir)
{
	struct last_word *word;
	uint8_t request[RECEIPT_SIZE + 16];
	struct problem problem;
	struct pack pack;
	enum status status;
	bool revoked, done;

	if (!folder_has(dir, name))
		return true;
	word = word_room();
	status = load(dir, word);
	done = status == STATUS_MALFORMED;
	if (status == STATUS_OK && is_so(dir, word)) {
		const char *at = word->addresses;

		pack_init(&pack, request, sizeof request);
		message_receipt(&pack, 1, word->receipt);
		for (; !done && at < word->addresses + word->addresses_size;
			at += strlen(at) + 1) {
			struct call call = {.url = at,
				.company_key = word->company_key,
				.link_secret = word->link_secret,
				.credentials = word->credentials,
				.credentials_size = word->credentials_size,
				.request = request,
				.request_size = pack.size,
				.answer = MESSAGE_RECEIVED};

			done = call_peer(
				&call, was_received, NULL, &revoked, &problem);
		}
	}
	sodium_free(word);
	if (done)
		last_word_forget(dir);
	return done;
}
