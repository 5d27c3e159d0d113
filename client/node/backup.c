#include "client/node/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "client/store/page_seal.h"
#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'B', '2'};
static const char derive_context[crypto_kdf_CONTEXTBYTES] = "rbkbacku";

enum {
	AT_KIND = 4,
	AT_PAGES = 8,
	AT_SALT = 16,
	AT_VAULT = AT_SALT + BACKUP_SALT_SIZE,
	AT_KEYS = AT_VAULT + VAULT_SIZE,
	AT_SUM = AT_KEYS + NODE_KEYS_SEALED_SIZE,
	SUM_SIZE = 32,
	CHUNK = 1 << 16,
	KEY_SIZE = NODE_DATA_KEY_SIZE,
};
_Static_assert(AT_SUM + SUM_SIZE == BACKUP_END_SIZE, "the end is as told");

static void
put_le(uint8_t *out, uint64_t value, int size)
{
	for (int i = 0; i < size; i++)
		out[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t
take_le(const uint8_t *bytes, int size)
{
	uint64_t value = 0;

	for (int i = 0; i < size; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static bool
disk_problem(struct problem *problem, const char *path, const char *why)
{
	problem_set(problem, EXIT_FAILED, "%s: %s", path, why);
	return problem_hint(problem,
		T("see that the disk has room and the folder can be written"));
}

static bool
damaged(struct problem *problem, const char *path)
{
	problem_set(problem, EXIT_FAILED, T("%s was damaged, or is not whole"),
		path);
	return problem_hint(problem, T("take another copy of the backup"));
}

/* The key of one backup, in locked memory. */
static uint8_t *
backup_key(const uint8_t *data_key, const uint8_t *salt)
{
	uint8_t *key = vault_data_key_room();

	(void)crypto_generichash(key, KEY_SIZE, salt, BACKUP_SALT_SIZE,
		data_key, NODE_DATA_KEY_SIZE); /* sizes are in bounds */
	return key;
}

/* A sum over pages and end, begun. */
static void
sum_begin(crypto_generichash_state *sum, const uint8_t *key)
{
	uint8_t *own = vault_data_key_room();

	(void)crypto_kdf_derive_from_key(
		own, KEY_SIZE, 1, derive_context, key); /* sizes are right */
	(void)crypto_generichash_init(sum, own, KEY_SIZE, SUM_SIZE); /* too */
	sodium_free(own);
}

/* Up to `size` bytes; -1 with errno. */
static ssize_t
read_some(int fd, uint8_t *bytes, size_t size)
{
	ssize_t n;

	do
		n = read(fd, bytes, size);
	while (n < 0 && errno == EINTR);
	return n;
}

/*
 * Reads `size` bytes of pages from one file, adds them to the sum, and writes
 * them to another one if there is one (-1). False with errno; EBADMSG: there
 * are fewer.
 */
static bool
pass_pages(int from, int to, uint64_t size, crypto_generichash_state *sum)
{
	uint8_t chunk[CHUNK];

	while (size) {
		size_t want = size < CHUNK ? (size_t)size : CHUNK;
		ssize_t n = read_some(from, chunk, want);

		if (n == 0)
			errno = EBADMSG;
		if (n <= 0)
			return false;
		(void)crypto_generichash_update(
			sum, chunk, (size_t)n); /* is 0 */
		if (to >= 0 && !file_write_all(to, chunk, (size_t)n))
			return false;
		size -= (uint64_t)n;
	}
	return true;
}

/* ---- writing ---- */

/* The node's vault and its data key; a plain one gets them for this backup. */
static bool
take_vault(struct node *node, const struct passphrase *passphrase,
	struct vault *vault, uint8_t *data_key, struct problem *problem)
{
	if (node->keys->sealed) {
		memcpy(data_key, node->keys->data_key, NODE_DATA_KEY_SIZE);
		if (!vault_load(vault, node->dir, problem))
			return false;
		/* What is restored has no lease until the hub gives it one. */
		return vault_lease(vault, data_key, NULL) ||
			problem_set(problem, EXIT_LOCKED,
				T("the key of this node was changed"));
	}
	randombytes_buf(data_key, NODE_DATA_KEY_SIZE);
	return vault_make(vault, data_key, NULL, passphrase, node->company_key,
		node->device, problem);
}

/* Its keys, sealed under the backup's. */
static void
put_keys(const struct node *node, const uint8_t *key, uint8_t *out)
{
	struct node_keys *keys = sodium_malloc(sizeof *keys);

	if (!keys)
		alloc_failed();
	memcpy(keys, node->keys, sizeof *keys);
	node_keys_seal(keys, key);
	node_keys_encode_sealed(keys, out);
	node_keys_free(keys);
}

/* Behind the pages: all of the end but its sum. */
static bool
append_end(
	int fd, struct node *node, struct backup_end *end, const uint8_t *key)
{
	crypto_generichash_state sum;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return false;
	memcpy(end->bytes, magic, sizeof magic);
	put_le(end->bytes + AT_KIND,
		node->hub ? BACKUP_OF_HUB : BACKUP_OF_DEVICE, 4);
	put_le(end->bytes + AT_PAGES, (uint64_t)st.st_size / PAGE_SEAL_SIZE, 8);
	memcpy(end->bytes + AT_SALT, end->salt, sizeof end->salt);
	memcpy(end->bytes + AT_VAULT, end->vault.bytes, VAULT_SIZE);
	if (!node->hub)
		put_keys(node, key, end->bytes + AT_KEYS);
	sum_begin(&sum, key);
	if (!pass_pages(fd, -1, (uint64_t)st.st_size, &sum))
		return false;
	(void)crypto_generichash_update(&sum, end->bytes, AT_SUM); /* is 0 */
	(void)crypto_generichash_final(
		&sum, end->bytes + AT_SUM, SUM_SIZE); /* is 0 */
	return file_write_all(fd, end->bytes, BACKUP_END_SIZE) &&
		fsync(fd) == 0;
}

/* The whole file, under its early name. */
static bool
write_early(struct node *node, const char *early,
	const struct passphrase *passphrase, struct problem *problem)
{
	struct backup_end *end = alloc(sizeof *end);
	uint8_t *data_key = vault_data_key_room(), *key = NULL;
	bool done =
		take_vault(node, passphrase, &end->vault, data_key, problem);
	int fd = -1;

	if (done) {
		randombytes_buf(end->salt, sizeof end->salt);
		key = backup_key(data_key, end->salt);
		done = store_sqlite_copy(node->store, early, key) ==
				STATUS_OK ||
			disk_problem(problem, early,
				store_sqlite_problem(node->store));
	}
	if (done) {
		fd = open(early, O_RDWR | O_CLOEXEC);
		done = (fd >= 0 && append_end(fd, node, end, key)) ||
			disk_problem(problem, early, text_errno(errno));
	}
	if (fd >= 0)
		(void)close(fd); /* synced */
	sodium_free(key);
	sodium_free(data_key);
	free(end);
	return done;
}

bool
backup_write(struct node *node, const char *path,
	const struct passphrase *passphrase, struct problem *problem)
{
	char *early;
	bool done;

	if (access(path, F_OK) == 0)
		return problem_set(problem, EXIT_AMBIGUOUS,
			T("%s is there already; it is not overwritten"), path);
	if (asprintf(&early, "%s.new", path) < 0)
		alloc_failed();
	done = write_early(node, early, passphrase, problem) &&
		node_settle_secret(early, path, problem);
	if (!done)
		(void)unlink(early);
	free(early);
	return done;
}

/* ---- reading ---- */

bool
backup_decode(struct backup_end *end,
	const uint8_t bytes[static BACKUP_END_SIZE], uint64_t size)
{
	if (memcmp(bytes, magic, sizeof magic) != 0)
		return false;
	memcpy(end->bytes, bytes, BACKUP_END_SIZE);
	memcpy(end->salt, bytes + AT_SALT, sizeof end->salt);
	end->kind = (uint32_t)take_le(bytes + AT_KIND, 4);
	end->pages = take_le(bytes + AT_PAGES, 8);
	return (end->kind == BACKUP_OF_DEVICE || end->kind == BACKUP_OF_HUB) &&
		size >= BACKUP_END_SIZE && end->pages > 0 &&
		end->pages == (size - BACKUP_END_SIZE) / PAGE_SEAL_SIZE &&
		(size - BACKUP_END_SIZE) % PAGE_SEAL_SIZE == 0 &&
		vault_decode(&end->vault, bytes + AT_VAULT, VAULT_SIZE);
}

/* Its last bytes, and how long it is; false with errno, EBADMSG: too short. */
static bool
read_end(int fd, uint8_t bytes[static BACKUP_END_SIZE], uint64_t *size)
{
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	errno = EBADMSG;
	*size = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode) && st.st_size >= BACKUP_END_SIZE &&
		pread(fd, bytes, BACKUP_END_SIZE,
			st.st_size - BACKUP_END_SIZE) == BACKUP_END_SIZE;
}

bool
backup_is(const char *path)
{
	uint8_t bytes[BACKUP_END_SIZE];
	uint64_t size;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool is = read_end(fd, bytes, &size) &&
		memcmp(bytes, magic, sizeof magic) == 0;

	if (fd >= 0)
		(void)close(fd); /* only read */
	return is;
}

bool
backup_read(struct backup_end *end, const char *path, struct problem *problem)
{
	uint8_t bytes[BACKUP_END_SIZE];
	uint64_t size = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool read = read_end(fd, bytes, &size);

	if (!read && errno == ENOENT)
		problem_set(problem, EXIT_NOT_FOUND, T("there is no file %s"),
			path);
	else if (!read && errno != EBADMSG)
		problem_set(problem, EXIT_FAILED, "%s: %s", path,
			text_errno(errno));
	else if (!read || memcmp(bytes, magic, sizeof magic) != 0)
		read = problem_set(problem, EXIT_USAGE,
			T("%s is no backup, or its end is missing"), path);
	else if (!backup_decode(end, bytes, size))
		read = damaged(problem, path);
	if (fd >= 0)
		(void)close(fd); /* only read */
	return read;
}

/* The pages into a new file, and whether all is as it was written. */
static bool
take_pages(const struct backup_end *end, const char *path, const uint8_t *key,
	const char *to, struct problem *problem)
{
	crypto_generichash_state sum;
	uint8_t own[SUM_SIZE];
	int in = open(path, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool done = in >= 0 && out >= 0, whole = true;

	sum_begin(&sum, key);
	done = done && pass_pages(in, out, end->pages * PAGE_SEAL_SIZE, &sum) &&
		fsync(out) == 0;
	if (done) {
		(void)crypto_generichash_update(
			&sum, end->bytes, AT_SUM);                   /* is 0 */
		(void)crypto_generichash_final(&sum, own, SUM_SIZE); /* is 0 */
		whole = sodium_memcmp(own, end->bytes + AT_SUM, SUM_SIZE) == 0;
	}
	if (!whole || (!done && errno == EBADMSG))
		done = damaged(problem, path);
	else if (!done)
		disk_problem(problem, in < 0 ? path : to, text_errno(errno));
	if (in >= 0)
		(void)close(in); /* only read */
	if (out >= 0)
		(void)close(out); /* synced */
	return done;
}

bool
backup_take(const struct backup_end *end, const char *path,
	const uint8_t data_key[static NODE_DATA_KEY_SIZE], const char *to,
	uint8_t **key, struct node_keys **keys, struct problem *problem)
{
	bool done;

	*keys = NULL;
	*key = backup_key(data_key, end->salt);
	done = take_pages(end, path, *key, to, problem);
	/* The sum covers it, so what does not open was never whole. */
	if (done && end->kind == BACKUP_OF_DEVICE)
		done = node_keys_open_sealed(keys, end->bytes + AT_KEYS,
			       NODE_KEYS_SEALED_SIZE, *key) ||
			damaged(problem, path);
	if (done)
		return true;
	(void)unlink(to);
	sodium_free(*key);
	*key = NULL;
	return false;
}
