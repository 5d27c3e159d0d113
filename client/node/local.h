#ifndef CLIENT_NODE_LOCAL_H
#define CLIENT_NODE_LOCAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "client/text/text.h"

/*
 * The local socket: a second process on a node's folder hands its command
 * line to the process that has the node open, and prints what comes back. The
 * socket lies in $XDG_RUNTIME_DIR, or else in a folder of the user's own in
 * the system's temporary folder, under a hash of the node's folder (the path
 * of a socket may have 107 bytes at most). Only the same user gets an answer.
 *
 * A request is its size in 4 bytes, big-endian, then msgpack: [1, folder of
 * the caller, language, terminal, TZ, standard input, arguments]. The answer is
 * pieces of a tag ('o' out, 'e' err, 'x' exit code), a size in 4 bytes and
 * the bytes; 'x' is the last.
 */

enum { LOCAL_REQUEST_MAX = 64 << 20 };

struct local_request {
	int argc;
	char **argv; /* argv[0] is the program; NULL-terminated */
	const char *cwd;
	enum language language;
	bool terminal;
	const char *zone;  /* the caller's TZ; NULL: not set */
	const char *input; /* NULL: none */
	size_t input_size;
};

/*
 * Hands the command to the node's running process. False: none runs there.
 * True: it was answered: printed to `out` and `err`, its exit code in *code.
 * A process that ends in the middle is code 1, and said.
 */
bool local_ask(const char *dir, const struct local_request *request, FILE *out,
	FILE *err, enum exit_code *code);

/*
 * Where a socket for this folder lies, by what it is for: a prefix of two
 * letters. False when there is no such place. And whether who dialled it is
 * this user.
 */
bool local_address(
	const char *dir, const char *prefix, struct sockaddr_un *address);
bool local_is_same_user(int fd);

/* The serving side; NULL with *problem when the socket cannot be made. */
struct local;
struct local *local_new(const char *dir, struct problem *problem);
void local_free(struct local *local); /* removes the socket; NULL is fine */

/* Readable when somebody asks. */
int local_descriptor(const struct local *local);

/* A request as bytes, malloc'ed. */
uint8_t *local_request_encode(
	const struct local_request *request, size_t *size);

/*
 * Reads a request, which need not be trusted; what it points to lies in
 * `arena`. False: malformed, or over a limit.
 */
struct arena;
bool local_request_decode(struct arena *arena, const uint8_t *bytes,
	size_t size, struct local_request *request);

/*
 * Answers one caller, if one waits: `run` gets the request and streams to
 * print to, and returns the exit code.
 */
typedef enum exit_code local_run(
	void *self, const struct local_request *request, FILE *out, FILE *err);
void local_answer(struct local *local, local_run *run, void *self);

#endif
