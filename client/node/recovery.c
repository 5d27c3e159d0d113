#include "client/node/recovery.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/node/hub/directory.h"
#include "client/node/hub/root.h"
#include "client/node/lease.h"
#include "proto/schema_roadbook.h"
#include "sync/alloc.h"

enum {
	CHECK_SIZE = 8,
	PUBLIC_SIZE = crypto_box_PUBLICKEYBYTES,
	SALT_SIZE = crypto_pwhash_argon2id_SALTBYTES,
	KEPT_SIZE = SALT_SIZE + PUBLIC_SIZE,
	BASE64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
	PREFIX_SIZE = 5,
};
_Static_assert(
	PUBLIC_SIZE + VAULT_SEALED_SIZE + CHECK_SIZE == RECOVERY_REQUEST_SIZE,
	"the request is as told");
_Static_assert(
	crypto_box_SEALBYTES + NODE_DATA_KEY_SIZE == RECOVERY_SEALED_SIZE,
	"the answer is as told");
_Static_assert(PREFIX_SIZE +
			sodium_base64_ENCODED_LEN(
				RECOVERY_REQUEST_SIZE, BASE64) <=
		RECOVERY_TEXT_SIZE,
	"it fits");

static const char request_prefix[] = "rbq1-";
static const char answer_prefix[] = "rba1-";

/* ---- as text ---- */

static void
check_of(const uint8_t *bytes, size_t size, uint8_t out[static CHECK_SIZE])
{
	uint8_t whole[32];

	(void)crypto_generichash(
		whole, sizeof whole, bytes, size, NULL, 0); /* is 0 */
	memcpy(out, whole, CHECK_SIZE);
}

/* The bytes, whose last ones become their check. */
static void
encode(const char *prefix, uint8_t *bytes, size_t size,
	char text[static RECOVERY_TEXT_SIZE])
{
	check_of(bytes, size - CHECK_SIZE, bytes + size - CHECK_SIZE);
	memcpy(text, prefix, PREFIX_SIZE);
	(void)sodium_bin2base64(text + PREFIX_SIZE,
		RECOVERY_TEXT_SIZE - PREFIX_SIZE, bytes, size,
		BASE64); /* it fits */
}

static bool
decode(const char *prefix, const char *text, size_t text_size, uint8_t *bytes,
	size_t size)
{
	uint8_t check[CHECK_SIZE];
	const char *end;
	size_t used;

	while (text_size && strchr(" \t\r\n", text[text_size - 1]))
		text_size--;
	if (text_size < PREFIX_SIZE || memcmp(text, prefix, PREFIX_SIZE) != 0 ||
		sodium_base642bin(bytes, size, text + PREFIX_SIZE,
			text_size - PREFIX_SIZE, NULL, &used, &end,
			BASE64) != 0 ||
		used != size || end != text + text_size)
		return false;
	check_of(bytes, size - CHECK_SIZE, check);
	return memcmp(check, bytes + size - CHECK_SIZE, CHECK_SIZE) == 0;
}

bool
recovery_request_decode(
	struct recovery_request *request, const char *text, size_t size)
{
	uint8_t bytes[RECOVERY_REQUEST_SIZE];

	if (!decode(request_prefix, text, size, bytes, sizeof bytes))
		return false;
	memcpy(request->public_key, bytes, PUBLIC_SIZE);
	memcpy(request->sealed, bytes + PUBLIC_SIZE, VAULT_SEALED_SIZE);
	return true;
}

bool
recovery_answer_decode(uint8_t sealed[static RECOVERY_SEALED_SIZE],
	const char *text, size_t size)
{
	uint8_t bytes[RECOVERY_ANSWER_SIZE];

	if (!decode(answer_prefix, text, size, bytes, sizeof bytes))
		return false;
	memcpy(sealed, bytes, RECOVERY_SEALED_SIZE);
	return true;
}

/* ---- the laptop ---- */

/* The pair that a passphrase makes; `secret` is locked memory. */
static bool
make_pair(const struct passphrase *passphrase, const uint8_t *salt,
	uint8_t *secret, uint8_t *public_key, struct problem *problem)
{
	_Static_assert(crypto_box_SECRETKEYBYTES == NODE_DATA_KEY_SIZE, "");
	if (!vault_stretch(secret, passphrase, salt, VAULT_PASSES,
		    VAULT_MEMORY_MIB, problem))
		return false;
	(void)crypto_scalarmult_base(public_key, secret); /* is 0 */
	return true;
}

static bool
keep(const char *dir, const uint8_t kept[static KEPT_SIZE],
	struct problem *problem)
{
	char *early = folder_file(dir, "recovery.new");
	char *path = folder_file(dir, "recovery");
	bool done;

	(void)unlink(early); /* what one that was cut short has left */
	done = node_write_secret(early, kept, KEPT_SIZE, problem) &&
		node_settle_secret(early, path, problem);
	free(early);
	free(path);
	return done;
}

static bool
recall(const char *dir, uint8_t kept[static KEPT_SIZE], struct problem *problem)
{
	char *path = folder_file(dir, "recovery");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool read_all = fd >= 0 && read(fd, kept, KEPT_SIZE) == KEPT_SIZE;

	if (fd >= 0)
		(void)close(fd); /* only read */
	free(path);
	if (read_all)
		return true;
	problem_set(problem, EXIT_NOT_FOUND,
		T("no request was made here to which this would answer"));
	return problem_hint(problem, "roadbook recover");
}

bool
recovery_ask(const char *dir, const struct passphrase *fresh,
	char text[static RECOVERY_TEXT_SIZE], struct problem *problem)
{
	uint8_t bytes[RECOVERY_REQUEST_SIZE], kept[KEPT_SIZE];
	uint8_t *secret = vault_data_key_room();
	struct vault vault;
	bool done = vault_load(&vault, dir, problem);

	randombytes_buf(kept, SALT_SIZE);
	done = done &&
		make_pair(fresh, kept, secret, kept + SALT_SIZE, problem) &&
		keep(dir, kept, problem);
	sodium_free(secret);
	if (!done)
		return false;
	memcpy(bytes, kept + SALT_SIZE, PUBLIC_SIZE);
	memcpy(bytes + PUBLIC_SIZE, vault_sealed(&vault), VAULT_SEALED_SIZE);
	encode(request_prefix, bytes, sizeof bytes, text);
	return true;
}

/* The data key, out of the answer. */
static bool
open_answer(const uint8_t *kept, const char *answer,
	const struct passphrase *fresh, const struct vault *vault,
	uint8_t *data_key, struct problem *problem)
{
	uint8_t sealed[RECOVERY_SEALED_SIZE], public_key[PUBLIC_SIZE];
	uint8_t *secret = vault_data_key_room();
	bool done;

	if (!recovery_answer_decode(sealed, answer, strlen(answer))) {
		problem_set(problem, EXIT_USAGE,
			T("that is no answer, or a part of it is missing"));
		problem_hint(
			problem, T("paste all of it; it begins with rba1-"));
		sodium_free(secret);
		return false;
	}
	done = make_pair(fresh, kept, secret, public_key, problem);
	if (done &&
		memcmp(public_key, kept + SALT_SIZE, sizeof public_key) != 0) {
		done = problem_set(problem, EXIT_LOCKED,
			T("that is not the passphrase that the request was "
			  "made with"));
		problem_hint(problem,
			T("if that is forgotten too: roadbook recover, for "
			  "another request"));
	}
	if (done &&
		(crypto_box_seal_open(data_key, sealed, sizeof sealed,
			 public_key, secret) != 0 ||
			!vault_is_key(vault, data_key)))
		done = problem_set(problem, EXIT_REFUSED,
			T("that answers another request"));
	sodium_free(secret);
	return done;
}

bool
recovery_take(const char *dir, const char *answer,
	const struct passphrase *fresh, struct problem *problem)
{
	char *path = folder_file(dir, "recovery");
	uint8_t kept[KEPT_SIZE], *data_key = vault_data_key_room();
	struct vault vault;
	bool done = vault_load(&vault, dir, problem) &&
		recall(dir, kept, problem) &&
		open_answer(kept, answer, fresh, &vault, data_key, problem) &&
		vault_wrap(&vault, data_key, fresh, problem) &&
		vault_lease(&vault, data_key, NULL) &&
		vault_save(&vault, dir, problem);

	if (done) {
		(void)unlink(path); /* it opens nothing that is not open */
		/* Head office opened it; the next sync brings a new one. */
		(void)lease_remove(dir); /* the vault takes none any more */
	}
	sodium_free(data_key);
	free(path);
	return done;
}

/* ---- the hub ---- */

/* Whether a device is, or became by new keys, the one that is asked for. */
static bool
became(struct node *node, const uint8_t *was, const uint8_t *device)
{
	const struct policy_device *d = policy_device(node->policy, device);

	/* A device has not been more devices than there are. */
	for (uint32_t i = 0; d && policy_device_at(node->policy, i); i++) {
		if (memcmp(d->id, was, ID_BYTES) == 0)
			return true;
		d = policy_device(node->policy, d->replaces);
	}
	return false;
}

static bool
write_down(struct node *node, const uint8_t *device, const char *reason,
	struct problem *problem)
{
	struct directory_draft draft = {0};

	directory_text(&draft, TYPE_DEVICE, device, DEVICE_RECOVERED, reason);
	return directory_write(node, &draft, problem);
}

static bool
open_request(struct node *node, const struct recovery_request *request,
	const uint8_t *device, const char *root_file, uint8_t *data_key,
	struct problem *problem)
{
	uint8_t *root = sodium_malloc(SIGNING_SECRET_SIZE);
	uint8_t was[ID_BYTES];
	bool done;

	if (!root)
		alloc_failed();
	done = root_load(root_file, node->company_key, root, problem) &&
		vault_unseal(request->sealed, root, data_key, was, problem);
	sodium_free(root);
	if (!done || became(node, was, device))
		return done;
	problem_set(problem, EXIT_REFUSED,
		T("that request was made on another device"));
	return problem_hint(problem, "roadbook hub devices");
}

bool
recovery_grant(struct node *node, const uint8_t *device, const char *text,
	const char *root_file, const char *reason,
	char answer[static RECOVERY_TEXT_SIZE], struct problem *problem)
{
	uint8_t bytes[RECOVERY_ANSWER_SIZE];
	uint8_t *data_key = vault_data_key_room();
	struct recovery_request request;
	bool done = recovery_request_decode(&request, text, strlen(text));

	if (!done) {
		problem_set(problem, EXIT_USAGE,
			T("that is no request, or a part of it is missing"));
		problem_hint(
			problem, T("paste all of it; it begins with rbq1-"));
	}
	done = done &&
		open_request(
			node, &request, device, root_file, data_key, problem);
	if (done &&
		crypto_box_seal(bytes, data_key, NODE_DATA_KEY_SIZE,
			request.public_key) != 0)
		done = problem_set(problem, EXIT_USAGE,
			T("that is no request, or a part of it is missing"));
	done = done && write_down(node, device, reason, problem);
	if (done)
		encode(answer_prefix, bytes, sizeof bytes, answer);
	sodium_free(data_key);
	return done;
}
