#include "client/node/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'K', '1'};
static const char sealed_magic[4] = {'R', 'B', 'K', '2'};
static const char derive_context[crypto_kdf_CONTEXTBYTES] = "rbkdevic";

enum {
	AT_SIGN = 4,
	AT_LINK = AT_SIGN + SIGNING_SECRET_SIZE,
	AT_ISSUING = AT_LINK + LINK_SECRET_SIZE,
	AT_CHECK = AT_ISSUING + SIGNING_SECRET_SIZE,
	CHECK_SIZE = 32,
	FILE_SIZE = NODE_KEYS_FILE_SIZE,
	/* Of a sealed one. */
	AT_NONCE = 4,
	NONCE_SIZE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	AT_BODY = AT_NONCE + NONCE_SIZE,
	BODY_SIZE = AT_CHECK - AT_SIGN,
	AT_TAG = AT_BODY + BODY_SIZE,
	SEALED_SIZE = NODE_KEYS_SEALED_SIZE,
};

static struct node_keys *
locked_keys(void)
{
	struct node_keys *keys = sodium_malloc(sizeof *keys);

	if (!keys)
		alloc_failed();
	sodium_memzero(keys, sizeof *keys);
	return keys;
}

struct node_keys *
node_keys_new(bool hub)
{
	struct node_keys *keys = locked_keys();
	uint8_t public_key[SIGNING_KEY_SIZE];

	(void)crypto_sign_keypair(public_key, keys->sign_secret); /* is 0 */
	randombytes_buf(keys->link_secret, sizeof keys->link_secret);
	if (hub)
		(void)crypto_sign_keypair(
			public_key, keys->issuing_secret); /* is 0 */
	return keys;
}

void
node_keys_free(struct node_keys *keys)
{
	sodium_free(keys);
}

/* libsodium's secret is the seed, then the public key. */
enum { PUBLIC_AT = SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE };

const uint8_t *
node_keys_sign_public(const struct node_keys *keys)
{
	return keys->sign_secret + PUBLIC_AT;
}

const uint8_t *
node_keys_issuing_public(const struct node_keys *keys)
{
	return keys->issuing_secret + PUBLIC_AT;
}

void
node_keys_link_public(
	const struct node_keys *keys, uint8_t out[static LINK_KEY_SIZE])
{
	(void)crypto_scalarmult_base(out, keys->link_secret); /* is 0 */
}

/* So that the name, too, survives a power cut. */
static bool
sync_folder_of(const char *path)
{
	char *folder = alloc_copy(path, strlen(path) + 1);
	char *slash = strrchr(folder, '/');
	bool synced = false;
	int fd;

	if (slash)
		*slash = '\0';
	fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		synced = fsync(fd) == 0;
		(void)close(fd); /* only synced */
	}
	free(folder);
	return synced;
}

static bool
disk_problem(struct problem *problem, const char *path, int error)
{
	problem_set(problem, EXIT_FAILED, "%s: %s", path, text_errno(error));
	return problem_hint(problem,
		T("see that the disk has room and the folder can be written"));
}

bool
node_write_secret(const char *path, const void *bytes, size_t size,
	struct problem *problem)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool written;
	int why;

	if (fd < 0 && errno == EEXIST)
		return problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is there already; it is not overwritten"), path);
	if (fd < 0)
		return disk_problem(problem, path, errno);
	written = file_write_all(fd, bytes, size) && fsync(fd) == 0;
	why = errno;
	if (close(fd) != 0 || !written || !sync_folder_of(path)) {
		(void)disk_problem(problem, path, written ? errno : why);
		(void)unlink(path); /* nothing half done */
		return false;
	}
	return true;
}

bool
node_settle_secret(const char *early, const char *path, struct problem *problem)
{
	if (rename(early, path) == 0 && sync_folder_of(path))
		return true;
	return disk_problem(problem, path, errno);
}

/* The secrets one after the other: the body of either file. */
static void
put_secrets(uint8_t *out, const struct node_keys *keys)
{
	memcpy(out, keys->sign_secret, SIGNING_SECRET_SIZE);
	memcpy(out + AT_LINK - AT_SIGN, keys->link_secret, LINK_SECRET_SIZE);
	memcpy(out + AT_ISSUING - AT_SIGN, keys->issuing_secret,
		SIGNING_SECRET_SIZE);
}

static void
take_secrets(struct node_keys *keys, const uint8_t *body)
{
	memcpy(keys->sign_secret, body, SIGNING_SECRET_SIZE);
	memcpy(keys->link_secret, body + AT_LINK - AT_SIGN, LINK_SECRET_SIZE);
	memcpy(keys->issuing_secret, body + AT_ISSUING - AT_SIGN,
		SIGNING_SECRET_SIZE);
}

static void
encode(uint8_t *bytes, const struct node_keys *keys)
{
	memcpy(bytes, magic, sizeof magic);
	put_secrets(bytes + AT_SIGN, keys);
	(void)crypto_generichash(bytes + AT_CHECK, CHECK_SIZE, bytes, AT_CHECK,
		NULL, 0); /* sizes are in bounds */
}

/* Of the data key, for this file alone. */
static uint8_t *
file_key(const uint8_t *data_key)
{
	uint8_t *key = sodium_malloc(NODE_DATA_KEY_SIZE);

	if (!key)
		alloc_failed();
	(void)crypto_kdf_derive_from_key(key, NODE_DATA_KEY_SIZE, 1,
		derive_context, data_key); /* sizes are in bounds */
	return key;
}

void
node_keys_encode_sealed(const struct node_keys *keys,
	uint8_t bytes[static NODE_KEYS_SEALED_SIZE])
{
	uint8_t *key = file_key(keys->data_key);

	memcpy(bytes, sealed_magic, sizeof sealed_magic);
	randombytes_buf(bytes + AT_NONCE, NONCE_SIZE);
	put_secrets(bytes + AT_BODY, keys);
	(void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(
		bytes + AT_BODY, bytes + AT_TAG, NULL, bytes + AT_BODY,
		BODY_SIZE, bytes, sizeof sealed_magic, NULL, bytes + AT_NONCE,
		key); /* is 0 */
	sodium_free(key);
}

bool
node_keys_save(
	const struct node_keys *keys, const char *path, struct problem *problem)
{
	uint8_t *bytes = sodium_malloc(SEALED_SIZE);
	bool saved;

	if (!bytes)
		alloc_failed();
	if (keys->sealed)
		node_keys_encode_sealed(keys, bytes);
	else
		encode(bytes, keys);
	saved = node_write_secret(path, bytes,
		keys->sealed ? (size_t)SEALED_SIZE : (size_t)FILE_SIZE,
		problem);
	sodium_free(bytes);
	return saved;
}

bool
node_keys_decode(struct node_keys *keys, const uint8_t *bytes, size_t size)
{
	uint8_t check[CHECK_SIZE];

	if (size != FILE_SIZE || memcmp(bytes, magic, sizeof magic) != 0)
		return false;
	(void)crypto_generichash(check, CHECK_SIZE, bytes, AT_CHECK, NULL,
		0); /* sizes are in bounds */
	if (sodium_memcmp(check, bytes + AT_CHECK, CHECK_SIZE) != 0)
		return false;
	take_secrets(keys, bytes + AT_SIGN);
	return true;
}

bool
node_keys_decode_sealed(struct node_keys *keys, const uint8_t *bytes,
	size_t size, const uint8_t data_key[static NODE_DATA_KEY_SIZE])
{
	uint8_t *body, *key;
	bool opened;

	if (size != SEALED_SIZE ||
		memcmp(bytes, sealed_magic, sizeof sealed_magic) != 0)
		return false;
	key = file_key(data_key);
	body = sodium_malloc(BODY_SIZE);
	if (!body)
		alloc_failed();
	opened = crypto_aead_xchacha20poly1305_ietf_decrypt_detached(body, NULL,
			 bytes + AT_BODY, BODY_SIZE, bytes + AT_TAG, bytes,
			 sizeof sealed_magic, bytes + AT_NONCE, key) == 0;
	if (opened) {
		take_secrets(keys, body);
		node_keys_seal(keys, data_key);
	}
	sodium_free(body);
	sodium_free(key);
	return opened;
}

bool
node_keys_open_sealed(struct node_keys **out, const uint8_t *bytes, size_t size,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE])
{
	*out = locked_keys();
	if (node_keys_decode_sealed(*out, bytes, size, data_key))
		return true;
	node_keys_free(*out);
	*out = NULL;
	return false;
}

bool
node_keys_load(
	struct node_keys **out, const char *path, struct problem *problem)
{
	return node_keys_load_sealed(out, path, NULL, problem);
}

bool
node_keys_load_sealed(struct node_keys **out, const char *path,
	const uint8_t *data_key, struct problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *bytes;
	ssize_t size;
	bool loaded;

	if (fd < 0)
		return problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
	bytes = sodium_malloc(SEALED_SIZE + 1);
	if (!bytes)
		alloc_failed();
	size = read(fd, bytes, SEALED_SIZE + 1);
	if (size < 0) {
		problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
		(void)close(fd);
		sodium_free(bytes);
		return false;
	}
	(void)close(fd); /* only read */
	*out = locked_keys();
	loaded = data_key
		? node_keys_decode_sealed(*out, bytes, (size_t)size, data_key)
		: node_keys_decode(*out, bytes, (size_t)size);
	sodium_free(bytes);
	if (loaded)
		return true;
	node_keys_free(*out);
	*out = NULL;
	problem_set(problem, EXIT_FAILED,
		T("%s is not a key file, or it was damaged"), path);
	return problem_hint(problem,
		T("put it back from a copy, or enrol this device anew in "
		  "another folder"));
}
