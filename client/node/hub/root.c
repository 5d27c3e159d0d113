#include "client/node/hub/root.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/node/keys.h"
#include "sync/alloc.h"

static const char note[] =
	"# Roadbook: the root key of this company. With it a lost or stolen "
	"hub is replaced,\n"
	"# and whoever has it can do the same. Put it away: two copies in two "
	"places, on\n"
	"# paper or sticks in a safe; not on the hub, in no mail and no cloud. "
	"Delete it here.\n"
	"# It is wanted for: roadbook hub key rotate, roadbook hub restore "
	"(--root-file).\n"
	"# 这是公司的根密钥，用于更换丢失或被盗的总部节点；\n"
	"# 谁持有它，谁就能做到同样的事。请保存两份，分放两处\n"
	"# （纸质或保险柜中的移动盘），不要留在总部机器、邮件\n"
	"# 或网盘里，并从此处删除。以下命令用 --root-file 要它：\n"
	"# roadbook hub key rotate、roadbook hub restore。\n";

enum {
	FILE_MAX = 4096,
	BASE64_SIZE = sodium_base64_ENCODED_LEN(
		SIGNING_SECRET_SIZE, sodium_base64_VARIANT_ORIGINAL),
	TEXT_SIZE = sizeof note + BASE64_SIZE + 1,
};

static void *
locked(size_t size)
{
	void *memory = sodium_malloc(size);

	if (!memory)
		alloc_failed();
	return memory;
}

const uint8_t *
root_public(const uint8_t secret[static SIGNING_SECRET_SIZE])
{
	return secret + SIGNING_SECRET_SIZE - SIGNING_KEY_SIZE;
}

bool
root_save(const char *path, const uint8_t secret[static SIGNING_SECRET_SIZE],
	struct problem *problem)
{
	char *text = locked(TEXT_SIZE);
	char *at = text + sizeof note - 1;
	bool saved;

	memcpy(text, note, sizeof note - 1);
	(void)sodium_bin2base64(at, BASE64_SIZE, secret, SIGNING_SECRET_SIZE,
		sodium_base64_VARIANT_ORIGINAL);
	strcat(at, "\n");
	saved = node_write_secret(path, text, strlen(text), problem);
	sodium_free(text);
	return saved;
}

/* The seed makes the pair: a letter that is wrong shows. */
static bool
is_pair(const uint8_t secret[static SIGNING_SECRET_SIZE])
{
	uint8_t public_key[SIGNING_KEY_SIZE];
	uint8_t *again = locked(SIGNING_SECRET_SIZE);
	bool same;

	(void)crypto_sign_seed_keypair(public_key, again, secret); /* is 0 */
	same = sodium_memcmp(again, secret, SIGNING_SECRET_SIZE) == 0;
	sodium_free(again);
	return same;
}

bool
root_decode(const char *text, size_t size,
	uint8_t secret[static SIGNING_SECRET_SIZE])
{
	const char *end = text + size;
	bool found = false;

	while (text < end) {
		const char *line = text;
		const char *stop = memchr(text, '\n', (size_t)(end - text));
		size_t length, used = 0;

		stop = stop ? stop : end;
		text = stop < end ? stop + 1 : end;
		length = (size_t)(stop - line);
		while (length && strchr(" \t\r", line[length - 1]))
			length--;
		if (length == 0 || *line == '#')
			continue;
		if (found ||
			sodium_base642bin(secret, SIGNING_SECRET_SIZE, line,
				length, " \t", &used, NULL,
				sodium_base64_VARIANT_ORIGINAL) != 0 ||
			used != SIGNING_SECRET_SIZE)
			return false;
		found = true;
	}
	return found && is_pair(secret);
}

/* At most `size` bytes of the file; negative when it cannot be read. */
static ssize_t
read_file(const char *path, char *out, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n = 1;

	if (fd < 0)
		return -1;
	while (n > 0 && used < size) {
		n = read(fd, out + used, size - used);
		if (n < 0 && errno == EINTR)
			n = 1;
		else if (n > 0)
			used += (size_t)n;
	}
	(void)close(fd); /* only read */
	return n < 0 ? n : (ssize_t)used;
}

bool
root_load(const char *path, const uint8_t *company_key,
	uint8_t secret[static SIGNING_SECRET_SIZE], struct problem *problem)
{
	char *text = locked(FILE_MAX);
	ssize_t size = read_file(path, text, FILE_MAX);
	bool read = size >= 0 && size < FILE_MAX &&
		root_decode(text, (size_t)size, secret);

	sodium_free(text);
	if (size < 0) {
		if (errno == ENOENT)
			problem_set(problem, EXIT_NOT_FOUND,
				T("there is no file %s"), path);
		else
			problem_set(problem, EXIT_FAILED, "%s: %s", path,
				strerror(errno));
		return problem_hint(problem,
			T("--root-file names the file with the company's root "
			  "key, which hub init wrote and which was put away"));
	}
	if (!read) {
		problem_set(problem, EXIT_USAGE,
			T("%s is not the file of a root key, or a part of it "
			  "is wrong"),
			path);
		return problem_hint(problem,
			T("one line of 88 letters; lines with # do not "
			  "matter"));
	}
	if (!company_key ||
		memcmp(root_public(secret), company_key, SIGNING_KEY_SIZE) == 0)
		return true;
	problem_set(problem, EXIT_REFUSED,
		T("%s is the root key of another company"), path);
	return problem_hint(problem,
		T("take the file that hub init wrote when this company was "
		  "made"));
}
