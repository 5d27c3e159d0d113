#include "client/node/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'K', '1'};

enum {
	AT_SIGN = 4,
	AT_LINK = AT_SIGN + SIGNING_SECRET_SIZE,
	AT_ISSUING = AT_LINK + LINK_SECRET_SIZE,
	AT_CHECK = AT_ISSUING + SIGNING_SECRET_SIZE,
	CHECK_SIZE = 32,
	FILE_SIZE = NODE_KEYS_FILE_SIZE,
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
write_all(int fd, const uint8_t *bytes, size_t size)
{
	while (size) {
		ssize_t n = write(fd, bytes, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		size -= (size_t)n;
	}
	return true;
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
	written = write_all(fd, bytes, size) && fsync(fd) == 0;
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

bool
node_keys_save(
	const struct node_keys *keys, const char *path, struct problem *problem)
{
	uint8_t *bytes = sodium_malloc(FILE_SIZE);
	bool saved;

	if (!bytes)
		alloc_failed();
	memcpy(bytes, magic, sizeof magic);
	memcpy(bytes + AT_SIGN, keys->sign_secret, SIGNING_SECRET_SIZE);
	memcpy(bytes + AT_LINK, keys->link_secret, LINK_SECRET_SIZE);
	memcpy(bytes + AT_ISSUING, keys->issuing_secret, SIGNING_SECRET_SIZE);
	(void)crypto_generichash(bytes + AT_CHECK, CHECK_SIZE, bytes, AT_CHECK,
		NULL, 0); /* sizes are in bounds */
	saved = node_write_secret(path, bytes, FILE_SIZE, problem);
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
	memcpy(keys->sign_secret, bytes + AT_SIGN, SIGNING_SECRET_SIZE);
	memcpy(keys->link_secret, bytes + AT_LINK, LINK_SECRET_SIZE);
	memcpy(keys->issuing_secret, bytes + AT_ISSUING, SIGNING_SECRET_SIZE);
	return true;
}

bool
node_keys_load(
	struct node_keys **out, const char *path, struct problem *problem)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t *bytes;
	ssize_t size;
	bool loaded;

	if (fd < 0)
		return problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
	bytes = sodium_malloc(FILE_SIZE + 1);
	if (!bytes)
		alloc_failed();
	size = read(fd, bytes, FILE_SIZE + 1);
	if (size < 0) {
		problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
		(void)close(fd);
		sodium_free(bytes);
		return false;
	}
	(void)close(fd); /* only read */
	*out = locked_keys();
	loaded = node_keys_decode(*out, bytes, (size_t)size);
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
