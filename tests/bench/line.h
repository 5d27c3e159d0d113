#ifndef TESTS_BENCH_LINE_H
#define TESTS_BENCH_LINE_H

#include <stdint.h>

#include "sync/link.h"

/*
 * A line between two nodes, on a thread of its own: it listens on loopback,
 * hands one connection's bytes on, and counts the frames of each way that come
 * after the handshake (Noise XX: two there, one back).
 */
struct line;

struct line *line_new(const char *url);
/* Where to dial instead. */
const char *line_url(const struct line *line);
/* Ends it; bytes after the handshake, both ways, lengths of frames included. */
uint64_t line_end(struct line *line);

#endif
