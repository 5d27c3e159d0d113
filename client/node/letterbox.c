#include "client/node/letterbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/node/folder.h"
#include "proto/bytes.h"
#include "sync/alloc.h"

static const char magic[4] = {'R', 'B', 'O', '1'};
static const char derive_context[crypto_kdf_CONTEXTBYTES] = "rbkletrs";
static const char name[] = "letters";

enum { SUM_SIZE = 32, KEY_SIZE = 32, AT_NUMBER = 4, AT_SUM = 12 };

/* Of one letter, behind the one whose sum is given. */
static void
sum_letter(const uint8_t *user_key, const uint8_t *id, const uint8_t *before,
	const uint8_t *letter, size_t sealed, uint8_t out[static SUM_SIZE])
{
	uint8_t *key = vault_data_key_room();
	crypto_generichash_state state;

	(void)crypto_kdf_derive_from_key(
		key, KEY_SIZE, 1, derive_context, user_key); /* is 0 */
	(void)crypto_generichash_init(&state, key, KEY_SIZE, SUM_SIZE);
	(void)crypto_generichash_update(&state, before, SUM_SIZE);
	(void)crypto_generichash_update(&state, id, LETTERBOX_ID_SIZE);
	(void)crypto_generichash_update(&state, letter, AT_SUM);
	(void)crypto_generichash_update(
		&state, letter + LETTER_HEAD_SIZE, sealed);
	(void)crypto_generichash_final(&state, out, SUM_SIZE); /* all are 0 */
	sodium_free(key);
}

bool
letterbox_read(struct letterbox *box, const uint8_t *bytes, size_t size,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE], letter_cb *found,
	void *self)
{
	size_t at = LETTERBOX_HEAD_SIZE;

	if (size < LETTERBOX_HEAD_SIZE ||
		memcmp(bytes, magic, sizeof magic) != 0)
		return false;
	*box = (struct letterbox){.count = 0};
	memcpy(box->id, bytes + sizeof magic, LETTERBOX_ID_SIZE);
	while (size - at >= LETTER_HEAD_SIZE) {
		const uint8_t *letter = bytes + at;
		uint32_t sealed = load32(letter);
		uint8_t sum[SUM_SIZE];

		if (sealed < crypto_box_SEALBYTES ||
			sealed > size - at - LETTER_HEAD_SIZE ||
			load64(letter + AT_NUMBER) != box->count + 1)
			break;
		sum_letter(user_key, box->id, box->sum, letter, sealed, sum);
		if (sodium_memcmp(sum, letter + AT_SUM, SUM_SIZE) != 0)
			break;
		box->count++;
		memcpy(box->sum, sum, SUM_SIZE);
		if (found)
			found(self, box->count, letter + LETTER_HEAD_SIZE,
				sealed);
		at += LETTER_HEAD_SIZE + sealed;
	}
	box->size = at;
	box->rest = at < size;
	return true;
}

uint8_t *
letterbox_unseal(const uint8_t *sealed, size_t size,
	const uint8_t secret[static LETTERBOX_KEY_SIZE], size_t *letter_size)
{
	uint8_t public_key[LETTERBOX_KEY_SIZE], *letter;

	if (size < crypto_box_SEALBYTES)
		return NULL;
	*letter_size = size - crypto_box_SEALBYTES;
	letter = alloc(*letter_size + 1);
	(void)crypto_scalarmult_base(public_key, secret); /* is 0 */
	if (crypto_box_seal_open(letter, sealed, size, public_key, secret) == 0)
		return letter;
	free(letter);
	return NULL;
}

bool
letterbox_is_in(const char *dir)
{
	return folder_has(dir, name);
}

static bool
disk_problem(const char *dir, struct problem *problem)
{
	problem_set(problem, EXIT_FAILED, "%s/%s: %s", dir, name,
		text_errno(errno));
	return problem_hint(problem,
		T("see that the disk has room and the folder can be "
		  "written"));
}

bool
letterbox_load(
	const char *dir, uint8_t **bytes, size_t *size, struct problem *problem)
{
	char *path = folder_file(dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	bool loaded = false;

	*bytes = NULL;
	*size = 0;
	free(path);
	if (fd < 0)
		return errno == ENOENT || disk_problem(dir, problem);
	if (fstat(fd, &st) == 0 && st.st_size <= LETTERBOX_MAX) {
		*bytes = alloc((size_t)st.st_size + 1);
		loaded = true;
		while (loaded && *size < (size_t)st.st_size) {
			ssize_t n = read(
				fd, *bytes + *size, (size_t)st.st_size - *size);

			if (n < 0 && errno == EINTR)
				continue;
			if (n == 0)
				break;
			loaded = n > 0;
			*size += n > 0 ? (size_t)n : 0;
		}
	} else {
		errno = EFBIG;
	}
	if (!loaded) {
		(void)disk_problem(dir, problem);
		free(*bytes);
		*bytes = NULL;
	}
	(void)close(fd); /* only read */
	return loaded;
}

bool
letterbox_end(const char *dir, bool damaged)
{
	char *path = folder_file(dir, name);
	char *kept = folder_file(dir, "letters.damaged");
	bool ended = damaged ? rename(path, kept) == 0
			     : unlink(path) == 0 || errno == ENOENT;

	free(kept);
	free(path);
	return ended;
}

/* An empty one, on the disk under its name. */
static bool
begin(const char *dir, struct letterbox *box, struct problem *problem)
{
	char *early = folder_file(dir, "letters.new");
	char *path = folder_file(dir, name);
	uint8_t head[LETTERBOX_HEAD_SIZE];
	bool done;

	*box = (struct letterbox){.size = sizeof head};
	randombytes_buf(box->id, sizeof box->id);
	memcpy(head, magic, sizeof magic);
	memcpy(head + sizeof magic, box->id, sizeof box->id);
	(void)unlink(early); /* what one that was cut short has left */
	done = node_write_secret(early, head, sizeof head, problem) &&
		node_settle_secret(early, path, problem);
	free(early);
	free(path);
	return done;
}

/* The one that there is, or a new one. */
static bool
find_box(const char *dir, const struct lease *lease, const uint8_t *user_key,
	struct letterbox *box, struct problem *problem)
{
	uint8_t *bytes;
	size_t size;
	bool good;

	if (!letterbox_load(dir, &bytes, &size, problem))
		return false;
	if (!bytes)
		return begin(dir, box, problem);
	good = letterbox_read(box, bytes, size, user_key, NULL, NULL);
	free(bytes);
	/* Behind what was acknowledged nothing is anybody's. */
	if (good &&
		(memcmp(box->id, lease->letterbox_id, sizeof box->id) != 0 ||
			box->count >= lease->letters))
		return true;
	problem_set(problem, EXIT_FAILED,
		T("%s/%s was altered or damaged, and takes no more"), dir,
		name);
	return problem_hint(problem,
		T("put it back from a copy; when the lease is renewed, what "
		  "can be read of it is written"));
}

static bool
append(const char *dir, const struct letterbox *box, const uint8_t *bytes,
	size_t size, struct problem *problem)
{
	char *path = folder_file(dir, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	/* What one that was cut short has left stands there. */
	bool done = fd >= 0 && ftruncate(fd, (off_t)box->size) == 0 &&
		lseek(fd, 0, SEEK_END) >= 0 &&
		file_write_all(fd, bytes, size) && fsync(fd) == 0;

	if (!done)
		(void)disk_problem(dir, problem);
	if (fd >= 0)
		(void)close(fd); /* synced */
	free(path);
	return done;
}

bool
letterbox_put(const char *dir, struct lease *lease,
	const uint8_t user_key[static VAULT_USER_KEY_SIZE],
	const uint8_t *letter, size_t size, uint64_t *number,
	struct problem *problem)
{
	size_t sealed = size + crypto_box_SEALBYTES;
	struct letterbox box;
	uint8_t *bytes;
	bool done;

	if (size > LETTER_MAX)
		return problem_set(problem, EXIT_USAGE,
			T("that is too long to be taken while this device is "
			  "locked"));
	if (!find_box(dir, lease, user_key, &box, problem))
		return false;
	if (box.size + LETTER_HEAD_SIZE + sealed > LETTERBOX_MAX)
		return problem_set(problem, EXIT_FAILED,
			T("no more can be taken while this device is locked"));
	bytes = alloc(LETTER_HEAD_SIZE + sealed);
	store32(bytes, (uint32_t)sealed);
	store64(bytes + AT_NUMBER, box.count + 1);
	done = crypto_box_seal(bytes + LETTER_HEAD_SIZE, letter, size,
		       lease->letterbox_key) == 0;
	if (done)
		sum_letter(user_key, box.id, box.sum, bytes, sealed,
			bytes + AT_SUM);
	else
		problem_set(problem, EXIT_FAILED,
			T("the company's key is damaged"));
	done = done &&
		append(dir, &box, bytes, LETTER_HEAD_SIZE + sealed, problem);
	free(bytes);
	if (!done)
		return false;
	memcpy(lease->letterbox_id, box.id, sizeof box.id);
	lease->letters = *number = box.count + 1;
	return lease_save(lease, dir, user_key, problem);
}
