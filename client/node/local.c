#include "client/node/local.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/text/text_stream.h"
#include "proto/bytes.h"
#include "proto/pack.h"
#include "sync/alloc.h"

enum {
	VERSION = 1,
	PIECE_HEAD = 5,
	PIECE_MAX = 1 << 20,
	ARGUMENTS_MAX = 4096,
	PATIENCE_S = 5, /* for a caller that stops reading or writing */
	HASH_SIZE = 16,
};

/* ---- where the socket lies ---- */

/* A folder that only this user can enter, or NULL. */
static char *
runtime_folder(void)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *temporary = getenv("TMPDIR");
	char *folder = NULL;
	struct stat st;

	if (runtime && *runtime == '/' && stat(runtime, &st) == 0 &&
		S_ISDIR(st.st_mode) && st.st_uid == getuid())
		return alloc_copy(runtime, strlen(runtime) + 1);
	if (asprintf(&folder, "%s/roadbook-%u",
		    temporary && *temporary == '/' ? temporary : "/tmp",
		    (unsigned)getuid()) < 0)
		alloc_failed();
	(void)mkdir(folder, 0700); /* or it is there: looked at next */
	if (lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) &&
		st.st_uid == getuid() && (st.st_mode & 077) == 0)
		return folder;
	free(folder);
	return NULL;
}

bool
local_address(const char *dir, const char *prefix, struct sockaddr_un *address)
{
	char *whole = realpath(dir, NULL);
	char *folder = runtime_folder();
	uint8_t hash[HASH_SIZE];
	char name[HASH_SIZE * 2 + 1];
	int n = -1;

	if (!whole && errno == ENOMEM)
		alloc_failed();
	*address = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (whole && folder) {
		(void)crypto_generichash(hash, sizeof hash,
			(const uint8_t *)whole, strlen(whole), NULL, 0);
		(void)sodium_bin2hex(name, sizeof name, hash, sizeof hash);
		n = snprintf(address->sun_path, sizeof address->sun_path,
			"%s/%s-%s", folder, prefix, name);
	}
	free(whole);
	free(folder);
	return n > 0 && (size_t)n < sizeof address->sun_path;
}

/* ---- bytes through a socket ---- */

static bool
send_all(int fd, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size) {
		ssize_t n = send(fd, at, size, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

static bool
receive_all(int fd, void *bytes, size_t size)
{
	uint8_t *at = bytes;

	while (size) {
		ssize_t n = recv(fd, at, size, 0);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		size -= (size_t)n;
	}
	return true;
}

/* In pieces of a megabyte, so that no answer is too long. */
static bool
send_pieces(int fd, char tag, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;

	while (size) {
		size_t part = size < PIECE_MAX ? size : PIECE_MAX;
		uint8_t head[PIECE_HEAD];

		head[0] = (uint8_t)tag;
		store32(head + 1, (uint32_t)part);
		if (!send_all(fd, head, sizeof head) || !send_all(fd, at, part))
			return false;
		at += part;
		size -= part;
	}
	return true;
}

/* ---- the asking side ---- */

static void
pack_request(struct pack *pack, const struct local_request *request)
{
	pack_array(pack, 7);
	pack_integer(pack, VERSION);
	pack_bytes(pack, request->cwd, strlen(request->cwd));
	pack_integer(pack, request->language);
	pack_bool(pack, request->terminal);
	if (request->zone)
		pack_bytes(pack, request->zone, strlen(request->zone));
	else
		pack_nil(pack);
	if (request->input)
		pack_bytes(pack, request->input, request->input_size);
	else
		pack_nil(pack);
	pack_array(pack, (uint32_t)request->argc);
	for (int i = 0; i < request->argc; i++)
		pack_bytes(pack, request->argv[i], strlen(request->argv[i]));
}

uint8_t *
local_request_encode(const struct local_request *request, size_t *size)
{
	struct pack pack;
	uint8_t *bytes;

	pack_init(&pack, NULL, 0);
	pack_request(&pack, request);
	*size = pack.size;
	bytes = alloc(*size);
	pack_init(&pack, bytes, *size);
	pack_request(&pack, request);
	return bytes;
}

static bool
send_request(int fd, const struct local_request *request)
{
	size_t size;
	uint8_t *bytes = local_request_encode(request, &size);
	uint8_t head[4];
	bool sent;

	store32(head, (uint32_t)size);
	sent = size <= LOCAL_REQUEST_MAX && send_all(fd, head, sizeof head) &&
		send_all(fd, bytes, size);
	free(bytes);
	return sent;
}

/*
 * Everything is read before anything is printed: a pager that stops reading
 * us must not stop the node.
 */
static bool
receive_answer(int fd, FILE *out, FILE *err, enum exit_code *code)
{
	uint8_t head[PIECE_HEAD];

	while (receive_all(fd, head, sizeof head)) {
		uint32_t size = load32(head + 1);
		uint8_t *bytes;

		if (size > PIECE_MAX)
			return false;
		bytes = alloc(size + 1);
		if (!receive_all(fd, bytes, size)) {
			free(bytes);
			return false;
		}
		if (head[0] == 'x') {
			*code = (enum exit_code)bytes[0];
			free(bytes);
			return true;
		}
		/* A full disk or a closed pipe shows at the final flush. */
		(void)fwrite(bytes, 1, size, head[0] == 'o' ? out : err);
		free(bytes);
	}
	return false;
}

bool
local_ask(const char *dir, const struct local_request *request, FILE *out,
	FILE *err, enum exit_code *code)
{
	struct sockaddr_un address;
	struct text_stream out_text, err_text;
	FILE *out_memory, *err_memory;
	int fd;

	if (!local_address(dir, "rb", &address))
		return false;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
		!send_request(fd, request)) {
		(void)close(fd); /* nobody there */
		return false;
	}
	out_memory = text_stream_open(&out_text);
	err_memory = text_stream_open(&err_text);
	if (!receive_answer(fd, out_memory, err_memory, code)) {
		(void)fprintf(err_memory, "%s%s\n", T("error: "),
			T("the running node ended in the middle of this "
			  "command; look with: roadbook status"));
		*code = EXIT_FAILED;
	}
	(void)close(fd);
	(void)fclose(out_memory); /* memory only */
	(void)fclose(err_memory);
	/* What cannot be written shows at the flush. */
	(void)fwrite(out_text.bytes, 1, out_text.size, out);
	(void)fwrite(err_text.bytes, 1, err_text.size, err);
	free(out_text.bytes);
	free(err_text.bytes);
	return true;
}

/* ---- the serving side ---- */

struct local {
	int fd;
	struct sockaddr_un address;
};

struct local *
local_new(const char *dir, struct problem *problem)
{
	struct local *local = alloc(sizeof *local);

	local->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (local->fd >= 0 && local_address(dir, "rb", &local->address)) {
		/* The node's lock is ours, so whoever left this is gone. */
		(void)unlink(local->address.sun_path);
		if (bind(local->fd, (struct sockaddr *)&local->address,
			    sizeof local->address) == 0 &&
			chmod(local->address.sun_path, 0600) == 0 &&
			listen(local->fd, SOMAXCONN) == 0)
			return local;
	}
	problem_set(problem, EXIT_FAILED, T("no local socket for %s: %s"), dir,
		text_errno(errno));
	if (local->fd >= 0)
		(void)close(local->fd);
	free(local);
	return NULL;
}

void
local_free(struct local *local)
{
	if (!local)
		return;
	(void)unlink(local->address.sun_path);
	(void)close(local->fd);
	free(local);
}

int
local_descriptor(const struct local *local)
{
	return local->fd;
}

bool
local_is_same_user(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
		peer.uid == getuid();
}

static char *
text_of_view(struct arena *arena, struct pack_view view)
{
	char *text = arena_take(arena, view.size + 1);

	memcpy(text, view.bytes, view.size);
	return text;
}

/* Text, or nil for NULL. */
static bool
unpack_optional(
	struct arena *arena, struct unpack *u, const char **text, size_t *size)
{
	struct pack_view view;
	enum pack_kind kind;

	if (!unpack_peek(u, &kind))
		return false;
	if (kind == PACK_NIL)
		return unpack_nil(u);
	if (!unpack_bytes(u, LOCAL_REQUEST_MAX, &view))
		return false;
	*text = text_of_view(arena, view);
	*size = view.size;
	return true;
}

bool
local_request_decode(struct arena *arena, const uint8_t *bytes, size_t size,
	struct local_request *request)
{
	struct unpack u;
	int64_t version, language;
	uint32_t count;
	struct pack_view view;

	unpack_init(&u, bytes, size);
	if (!unpack_array(&u, 7, 7, &count) ||
		!unpack_integer(&u, VERSION, VERSION, &version) ||
		!unpack_bytes(&u, 1 << 16, &view))
		return false;
	request->cwd = text_of_view(arena, view);
	if (!unpack_integer(&u, LANGUAGE_EN, LANGUAGE_ZH, &language) ||
		!unpack_bool(&u, &request->terminal) ||
		!unpack_optional(arena, &u, &request->zone, &size) ||
		!unpack_optional(
			arena, &u, &request->input, &request->input_size))
		return false;
	request->language = (enum language)language;
	if (!unpack_array(&u, 1, ARGUMENTS_MAX, &count))
		return false;
	request->argc = (int)count;
	request->argv = arena_take(arena, (count + 1) * sizeof *request->argv);
	for (uint32_t i = 0; i < count; i++) {
		if (!unpack_bytes(&u, LOCAL_REQUEST_MAX, &view))
			return false;
		request->argv[i] = text_of_view(arena, view);
	}
	return unpack_done(&u);
}

static void
answer_request(
	int fd, const struct local_request *request, local_run *run, void *self)
{
	struct text_stream out_text, err_text;
	FILE *out = text_stream_open(&out_text);
	FILE *err = text_stream_open(&err_text);
	uint8_t code;

	code = (uint8_t)run(self, request, out, err);
	(void)fclose(out); /* memory only */
	(void)fclose(err);
	/* A caller that went away needs no answer. */
	(void)(send_pieces(fd, 'o', out_text.bytes, out_text.size) &&
		send_pieces(fd, 'e', err_text.bytes, err_text.size) &&
		send_pieces(fd, 'x', &code, 1));
	free(out_text.bytes);
	free(err_text.bytes);
}

void
local_answer(struct local *local, local_run *run, void *self)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct local_request request = {0};
	struct arena arena = {0};
	uint8_t head[4];
	uint8_t *bytes = NULL;
	int fd = accept4(local->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	(void)setsockopt(
		fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	(void)setsockopt(
		fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
	if (local_is_same_user(fd) && receive_all(fd, head, sizeof head) &&
		load32(head) <= LOCAL_REQUEST_MAX) {
		size_t size = load32(head);

		bytes = alloc(size + 1);
		if (receive_all(fd, bytes, size) &&
			local_request_decode(&arena, bytes, size, &request))
			answer_request(fd, &request, run, self);
	}
	(void)close(fd);
	free(bytes);
	arena_clear(&arena);
}
